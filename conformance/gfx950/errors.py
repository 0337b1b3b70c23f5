"""How does the emulated gfx950 refuse? With the kernel, the line and the instruction."""


class EmulationError(RuntimeError):
    """The emulated device stopped; the message names the kernel, the line and the instruction."""


class NotEmulated(EmulationError):
    """A mnemonic, modifier, operand or mode that the emulator does not implement: never guessed, never skipped."""


class BadLaunch(EmulationError):
    """A launch that HIP refuses: too many workgroups, work-items or threads."""


class IllegalAccess(EmulationError):
    """A global, LDS or scratch access outside of the launch's memory, or a misaligned one."""


class Hazard(EmulationError):
    """A value read too early: before its s_waitcnt, or LDS that nothing has written."""


class Race(EmulationError):
    """Two waves touched the same bytes, one of them writing, with no barrier between."""


class AssertionFailed(EmulationError):
    """An assertion of the kernel, or a trap of it: it stops itself."""


class Runaway(EmulationError):
    """A launch ran more instructions than it may: it would not have ended."""
