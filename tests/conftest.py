"""Where do tests that import kernels run? Anywhere: none of them compiles a kernel in this process."""

import os

os.environ.setdefault("TRITON_INTERPRET", "1")  # read when kernels import triton
