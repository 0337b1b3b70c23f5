"""Under which one name are our packages had, of whose names others have packages too?

``names`` says how a module inside means the ones beside it by ``from kernels.native import ...``, and nobody else does.
"""

import sys
from pathlib import Path

__version__ = "0.2.0"

if not (Path(__file__).parent / "conformance").is_dir():  # a checkout, where they lie beside this folder
    __path__.append(str(Path(__file__).parents[1]))

from mxfp8_conformance import names

sys.meta_path.insert(0, names.Finder(__path__[-1]))
