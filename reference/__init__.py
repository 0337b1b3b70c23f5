"""What is right? Formats, scale rules, SwiGLU-OAI, contraction, alignment, both pipelines; sets of right answers."""
