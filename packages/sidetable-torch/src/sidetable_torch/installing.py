"""`install` and `uninstall`: the one repair that a process can have."""

from __future__ import annotations

from threading import RLock
from typing import TYPE_CHECKING, Final, Self, final

from .repair.installation import Repair

if TYPE_CHECKING:
    from types import TracebackType


@final
class _Process:
    """What this process has installed: PyTorch's table is the process's, and so is its repair."""

    __slots__ = ("lock", "repair")

    def __init__(self) -> None:
        self.lock = RLock()
        self.repair: Repair | None = None


_PROCESS: Final = _Process()


@final
class Installed:
    """What `install` returns: a context manager that leaves the process as `install` found it.

    Example:
        >>> import sidetable_torch
        >>> with sidetable_torch.install():
        ...     sidetable_torch.is_installed()
        True
        >>> sidetable_torch.is_installed()
        False
    """

    __slots__ = ("_was_installed",)

    def __init__(self, *, was_installed: bool) -> None:
        self._was_installed = was_installed

    def __enter__(self) -> Self:
        """Returns itself; the repair is installed already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Uninstalls the repair, unless it was installed before."""
        if not self._was_installed:
            uninstall()


def install() -> Installed:
    """Repairs PyTorch's side table in this process.

    What an index means then belongs to the call that bound it: no thread, nested call, task,
    greenlet or backward finds another one's object, and nothing is kept alive longer than the
    call. Functions that were compiled before take part. Installing twice is harmless.

    Install before other threads run compiled functions: a call that is under way in another
    thread has bound its objects in the old table, and does not find them in the new one.

    Returns:
        A context manager that uninstalls the repair, if it was not installed before.

    Raises:
        RepairError: If this is no PyTorch that the repair knows, somebody else has changed what
            it would change, or this thread compiles. Nothing has changed.
    """
    with _PROCESS.lock:
        found = _PROCESS.repair
        if found is None:
            _PROCESS.repair = Repair()
        return Installed(was_installed=found is not None)


def uninstall() -> None:
    """Puts everything back that `install` has changed; does nothing if nothing is installed.

    Raises:
        RepairError: If somebody has replaced what the repair had put in, or this thread
            compiles. Nothing has changed.
    """
    with _PROCESS.lock:
        if _PROCESS.repair is not None:
            _PROCESS.repair.uninstall()
            _PROCESS.repair = None


def is_installed() -> bool:
    """Returns whether the repair is installed in this process."""
    return _PROCESS.repair is not None
