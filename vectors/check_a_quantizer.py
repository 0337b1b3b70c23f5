"""Checks a quantizer against golden vectors: python check_a_quantizer.py STORE/quantize/edges"""

import json
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file


def quantize(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:  # yours; this one: floor(log2 amax) - 8
    blocks = x.astype(np.float64).reshape(*x.shape[:-1], x.shape[-1] // 32, 32)
    exponent = np.clip(np.frexp(np.maximum(abs(blocks).max(-1), 2.0**-126))[1] - 9, -127, 127)
    size = np.minimum(abs(np.ldexp(blocks, -exponent[..., None])), 448)
    binade = np.frexp(np.maximum(size, 2.0**-6))[1]  # subnormals have the spacing of the lowest binade
    code = np.rint(np.ldexp(size, 4 - binade)) + 8 * (binade + 5) + 128 * np.signbit(blocks)
    return code.reshape(x.shape).astype(np.uint8), (exponent + 127).astype(np.uint8)


folder = Path(sys.argv[1])
for case in json.loads((folder / "group.json").read_text())["cases"]:
    arrays = load_file(folder.parent.parent / case["file"])
    x, bf16 = arrays["input.x"], case["tensors"]["input.x"]["format"] == "bfloat16"
    codes, scales = quantize((x.astype(np.uint32) << 16).view(np.float32) if bf16 else x)
    binding = arrays["expected.plain"] == 1
    for name, found, mask in (("codes", codes, binding.repeat(32, -1)), ("scales", scales, binding)):
        golden = arrays[f"expected.{name}"]
        wrong = np.argwhere((found != golden) & mask).tolist()
        first = "".join(f", first {i}: {found[*i]:#04x}, needs {golden[*i]:#04x}" for i in wrong[:1])
        print(f"{case['id']} {name}: {len(wrong)} of {found.size} wrong{first}")
