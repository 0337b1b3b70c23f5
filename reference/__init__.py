"""What is right? Formats, scale rules, SwiGLU-OAI, contraction, alignment and both pipelines, with their sets of answers."""
