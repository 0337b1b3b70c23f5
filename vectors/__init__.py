"""What is asked? Families of cases as data, deterministic generators, the golden store."""
