"""What can be wrong with the tables beside the generated mutants?"""

from __future__ import annotations


class SystematicError(ValueError):
    """A table does not fit the mutants; the message names the table, what it has and what it needs."""
