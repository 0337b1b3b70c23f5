"""Who is asked? The implementations under test."""
