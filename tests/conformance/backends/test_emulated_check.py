"""Does a gfx950 learn whether verdicts without it were made under its arithmetic? Devices that are told theirs."""

import numpy as np

from conformance.backends.emulated_check import as_emulated
from conformance.gfx950.instructions.aligned import SumModel
from conformance.probe.finding import predicted
from conformance.probe.functions import by_rule


class _Told:
    def __init__(self, model: SumModel, ulp: int) -> None:
        self.model, self.ulp = model, ulp

    def sums(self, operands) -> np.ndarray:
        size, depth = self.model.group, operands.kind.depth
        return predicted(operands, tuple(tuple(range(i, i + size)) for i in range(0, depth, size)), self.model)

    def instruction(self, name: str, x: np.ndarray) -> np.ndarray:
        return by_rule(name, x, self.ulp)


def test_a_device_that_computes_as_the_emulated_one_is_told_so() -> None:
    holds, said = as_emulated(_Told(SumModel(16, None), 0), ["bf16"], ["rcp"])
    assert holds
    assert said.endswith("results, all as on the emulated device")


def test_one_that_does_not_is_told_what_differs_and_what_to_do() -> None:
    holds, said = as_emulated(_Told(SumModel(8, 24), -1), ["bf16"], ["rcp"])
    assert not holds
    assert "bf16: 8 products at once, 24 bits" in said
    assert "v_rcp_f32: " in said
    assert "--backend gfx950-emulated:profile=FILE" in said
