"""``python -m vectors``: writes or checks the golden store."""

import sys

from vectors.export import main

if __name__ == "__main__":
    sys.exit(main())
