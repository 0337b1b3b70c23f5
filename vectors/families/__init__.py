"""Which cases are there? One module per family of questions, each with ``cases()``."""
