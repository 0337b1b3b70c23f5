"""How does this device compute what its makers do not publish? A probe that measures it and writes a profile."""
