"""How does torch.compile get around launches? Dynamo is told to leave them alone: it breaks its graph there.

``torch.compiler.disable`` says the same, and imports Dynamo for it, two seconds in every process. These are the marks
that it sets: on the function, for when Dynamo would inline it, and on its code, for when it is called behind a break.
"""

import contextlib
from collections.abc import Callable
from typing import Any

REASON = "a launch of Triton's is no part of a graph on this backend"


def leave_alone(function: Callable[..., Any]) -> None:
    """Keep Dynamo out of a function and of what it calls; nothing where this torch has no such marks."""
    with contextlib.suppress(ImportError, AttributeError):
        from torch._C._dynamo import eval_frame

        skip = eval_frame._FrameAction.SKIP
        eval_frame.set_code_exec_strategy(function.__code__, eval_frame._FrameExecStrategy(skip, skip))
        marks = {"": True, "_msg": REASON, "_recursive": True}
        vars(function).update({f"_torchdynamo_disable{name}": value for name, value in marks.items()})
