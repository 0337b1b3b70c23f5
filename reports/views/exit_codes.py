"""What does a report's verdict tell a script? One number."""

PASS, FAILED, REFUSED, NOTHING, BROKEN = 0, 1, 2, 4, 5
SAME, WORSE, INCOMPARABLE = 0, 1, 3  # of two reports held against each other
