"""What is known of devices that are real? Profiles that a probe measured, and behaviours that others reported."""
