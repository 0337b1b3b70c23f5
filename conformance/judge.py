"""How is a verdict reached? A judge collects one finding per claim of a case and never forgets one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from reference.fused import AcceptedBlocks
from reference.interval import Interval
from reports.model import Finding
