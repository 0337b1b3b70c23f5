"""Where do the tensors lie that a step is called with? As in the case: rows in wider buffers, weights with gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.calls.layouts import laid_out, padded_rows
from conformance.subjects.base import Stage
from vectors.case import Case


@dataclass(frozen=True)
class Memory:
    """row_padding: elements of NaN behind each row of what is per token. weights_layout: conformance.calls.layouts."""

    row_padding: int = 0
    weights_layout: str = "contiguous"

    @staticmethod
    def of(case: Case) -> Memory:
        """As conformance.subjects.moe_call lays out the case's inputs."""
        return Memory(case.params.get("row_padding") or 0, case.params.get("weights_layout") or "contiguous")

    def shows(self, places: Mapping[int, str]) -> bool:
        """Whether a step with such arguments is called with anything but contiguous ones."""
        kinds = set(places.values())
        return ("rows" in kinds and self.row_padding > 0) or (
            "weights" in kinds and self.weights_layout != "contiguous"
        )

    def around(self, stage: Stage, places: Mapping[int, str]) -> Stage:
        """The stage, called with its arguments moved. places: as a Step has them."""

        def call(*args: Any, **kwargs: Any) -> Any:
            moved = list(args)
            for place, kind in places.items():
                moved[place] = self._moved(args[place], kind)
            return stage(*moved, **kwargs)

        return call

    def _moved(self, value: Any, kind: str) -> Any:
        return padded_rows(value, self.row_padding) if kind == "rows" else laid_out(value, self.weights_layout)

    def __str__(self) -> str:
        rows = f"rows per token in buffers {self.row_padding} elements wider" if self.row_padding else ""
        layout = self.weights_layout
        weights = f"weights laid out {layout}" if layout != "contiguous" else ""
        return " and ".join(filter(None, (rows, weights)))


CONTIGUOUS = Memory()
