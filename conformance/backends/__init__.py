"""Where do kernels run? On what ``pick`` gives; ``activate`` it before importing a module with kernels."""

from conformance.backends.base import Backend, BackendUnavailable
from conformance.backends.platform_check import PlatformCheck
from conformance.backends.registry import choices, pick
from conformance.gfx950.storage.bounds import OutOfBounds

__all__ = ["Backend", "BackendUnavailable", "OutOfBounds", "PlatformCheck", "choices", "pick"]
