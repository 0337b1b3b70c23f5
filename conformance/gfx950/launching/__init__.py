"""How do launches reach the emulated device, Triton's and others', and what is kept of them?"""
