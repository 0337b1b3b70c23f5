"""``python -m mxfp8_conformance``, and the command of that name: what ``nox -s conformance`` does in a checkout."""

import sys

from mxfp8_conformance.conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
