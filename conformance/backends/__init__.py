"""Where do kernels run? ``pick`` gives the backend; ``activate`` it before importing any module with kernels."""

from conformance.backends.base import Backend, BackendUnavailable, PlatformCheck
from conformance.backends.registry import choices, pick

__all__ = ["Backend", "BackendUnavailable", "PlatformCheck", "choices", "pick"]
