"""How is decoded code executed fast? A compiled interpreter of what the NumPy tables define, bit for bit."""
