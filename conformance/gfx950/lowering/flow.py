"""Which of a kernel's instructions form a loop? Its control-flow graph's natural loops."""

from conformance.gfx950.assembly import Kernel, Name

_ENDS = ("s_endpgm", "s_endpgm_saved", "s_setpc_b64")


class Flow:
    """A kernel's basic blocks: ``starts`` their first instructions, ``successors`` by block number."""

    def __init__(self, kernel: Kernel) -> None:
        count = len(kernel.instructions)
        targets = {i: _target(kernel, i) for i in range(count) if _branches(kernel, i)}
        ends = [i for i in range(count) if i in targets or kernel.instructions[i].mnemonic in _ENDS]
        leaders = {0, *targets.values(), *(i + 1 for i in ends)}
        self.starts = sorted(start for start in leaders if start < count)
        self.stops = [*self.starts[1:], count]
        number = {start: block for block, start in enumerate(self.starts)}
        self.successors: list[list[int]] = []
        for stop in self.stops:
            last = kernel.instructions[stop - 1].mnemonic
            onward = [number[stop]] if stop in number and last != "s_branch" and last not in _ENDS else []
            taken = [number[targets[stop - 1]]] if targets.get(stop - 1) in number else []
            self.successors.append([*onward, *taken])

    def loops(self) -> list[frozenset[int]]:
        """The natural loops, as sets of instruction numbers, inner ones before those that hold them.

        An edge to a block that dominates its start closes a loop: that block, and all that reach the edge without
        passing it. Loops with the same header are one.
        """
        dominators, bodies = self._dominators(), dict[int, set[int]]()
        for block, successors in enumerate(self.successors):
            for header in successors:
                if header in dominators[block]:
                    bodies.setdefault(header, {header}).update(self._reaching(block, header))
        loops = [frozenset(i for b in body for i in self._instructions(b)) for body in bodies.values()]
        return sorted(loops, key=len)

    def _instructions(self, block: int) -> range:
        return range(self.starts[block], self.stops[block])

    def _predecessors(self, block: int) -> list[int]:
        return [other for other, successors in enumerate(self.successors) if block in successors]

    def _dominators(self) -> list[set[int]]:
        """For each block, the blocks on every way to it from the entry; all blocks, where there is no way."""
        blocks = range(len(self.starts))
        found = [{0} if block == 0 else set(blocks) for block in blocks]
        predecessors = [self._predecessors(block) for block in blocks]
        changed = True
        while changed:
            changed = False
            for block in blocks[1:]:
                before = [found[other] for other in predecessors[block]]
                now = {block} | (set.intersection(*before) if before else set(blocks))
                changed, found[block] = changed or now != found[block], now
        return found

    def _reaching(self, block: int, header: int) -> set[int]:
        body, left = {header}, [block]
        while left:
            here = left.pop()
            if here not in body:
                body.add(here)
                left.extend(self._predecessors(here))
        return body


def innermost(kernel: Kernel, wanted: list[int]) -> frozenset[int]:
    """The instructions of the innermost loops around the wanted ones; empty where none of those is in a loop."""
    found: set[int] = set()
    loops = Flow(kernel).loops()
    for instruction in wanted:
        found |= next((loop for loop in loops if instruction in loop), frozenset())
    return frozenset(found)


def _branches(kernel: Kernel, index: int) -> bool:
    return kernel.instructions[index].mnemonic.startswith(("s_branch", "s_cbranch"))


def _target(kernel: Kernel, index: int) -> int:
    operand = kernel.instructions[index].operands[0].value
    name = operand.text if isinstance(operand, Name) else ""
    if name not in kernel.labels:
        raise ValueError(f"kernel {kernel.name}, {kernel.instructions[index]}: branches to no label of it")
    return kernel.labels[name]
