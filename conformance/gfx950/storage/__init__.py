"""What do memory instructions touch? Global memory, LDS and scratch, what is in flight, and who raced whom."""
