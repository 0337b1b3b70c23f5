"""How does encoding say that the core lacks something?"""


class Unknown(Exception):
    """The core cannot run the instruction as it stands; NumPy does."""
