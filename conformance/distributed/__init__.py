"""Does expert parallelism hold between processes? Ranks under torchrun, each with its own experts; an all-reduce."""
