"""What ships? A native MXFP8 MoE in Triton, its BF16 fallback, the expert classes and the choice between them."""
