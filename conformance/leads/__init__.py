"""What would explain what is wrong? Asked of failures only."""
