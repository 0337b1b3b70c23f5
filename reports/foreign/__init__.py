"""What others wrote: how is it read, and how is it shown? Files, words of a command line, names, messages."""
