"""Where do these tests run? Anywhere: they launch no kernel, so importing one must not ask for a GPU."""

import os

os.environ.setdefault("TRITON_INTERPRET", "1")  # read when kernels import triton
