"""``python -m conformance``: judges subjects against the cases of a tier."""

import sys

from conformance.cli import main

if __name__ == "__main__":
    sys.exit(main())
