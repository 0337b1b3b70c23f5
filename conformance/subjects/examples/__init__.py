"""How does a kernel that is not Triton become a subject?"""
