"""What do the released kernels of other projects do, release by release?"""
