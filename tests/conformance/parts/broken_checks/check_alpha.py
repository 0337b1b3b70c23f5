"""A check module that does not import."""

raise ImportError("no such kernel module")
