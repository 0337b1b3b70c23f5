"""What does a kernel's machine code show by itself, before it runs?"""
