"""How does a gfx950 run a kernel's machine code? An emulator of it on NumPy, and what the code shows by itself."""
