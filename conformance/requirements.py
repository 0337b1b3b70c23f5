"""What does the suite claim? The one registry of requirements."""
