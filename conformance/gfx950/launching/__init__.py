"""How do Triton's launches reach the emulated device, and what is kept of them?"""
