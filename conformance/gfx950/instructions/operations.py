"""What does an instruction's semantics look like in a table? Its operand types, and a function of arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Op:
    """The semantics of one mnemonic.

    writes, reads: operand types in assembly order, space-separated. Vector operands are [W, 64] arrays, scalar
    operands of SALU instructions [W]:

    u32 i32 f32          one register, as numpy uint32, int32, float32
    b32                  one register as uint32, in which sign modifiers act on FP32's sign bit
    u64 i64 f64          two registers
    u16 i16 f16          the low half (the high one by op_sel or SDWA) as uint16, int16, float16; b16 writes keep
                         the other half only where op_sel or SDWA says so, else it becomes zero
    pk_f32               two registers, as float32 [2, W, 64]; op_sel, op_sel_hi, neg_lo, neg_hi already applied
    pk_u16 pk_i16 pk_f16 one register's halves as [2, W, 64], modifiers applied likewise
    mix                  one register as float32, or (op_sel_hi) its half (op_sel) of float16 as float32
    mask                 a lane mask in an SGPR pair (or VCC), as bool [W, 64]; inactive lanes are written as 0
    scc vcc exec         implicit operands that the text does not show: bool [W]; mask; uint64 [W]

    compute takes the reads in that order and returns the writes (a tuple for more than one). It never changes its
    arguments. It computes all lanes; EXEC, modifiers and FP denormal flushing are applied around it.
    accumulates: the destination's old value comes as the last argument. exact_nan: results are NaN bits already as
    the hardware has them; otherwise a NaN that comes from no NaN operand is rewritten to 0xFFC00000.
    saturates: clamp holds the integer result to its type's range, by giving compute operands wide enough to be exact.
    modifiers: names of modifiers that compute takes as keyword arguments (e.g. bitop3, op_sel).
    """

    writes: str
    reads: str
    compute: Callable[..., Any]
    accumulates: bool = False
    exact_nan: bool = False
    modifiers: tuple[str, ...] = ()
    saturates: bool = False
