"""What does each instruction compute? Tables of functions on arrays, which know nothing of registers or waves."""
