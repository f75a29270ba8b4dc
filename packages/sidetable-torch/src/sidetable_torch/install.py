"""`install` and `uninstall`: the one repair that a process can have."""

from __future__ import annotations

import logging
import warnings
from threading import RLock
from typing import TYPE_CHECKING, Final, Literal, Self, final, get_args

import torch

from .errors import RepairError

if TYPE_CHECKING:
    from types import TracebackType

    from .repair.shape import DictionaryTable

_LOGGER: Final = logging.getLogger("sidetable_torch")

_Untested = Literal["warn", "refuse"]


@final
class _Process:
    """What this process has installed; PyTorch's table belongs to the process, too."""

    __slots__ = ("lock", "repaired", "warned_of")

    def __init__(self) -> None:
        self.lock = RLock()
        self.repaired: DictionaryTable | None = None
        self.warned_of: set[str] = set()


_PROCESS: Final = _Process()


@final
class Installed:
    """A context manager, returned by `install`, that leaves the process as `install` found it.

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
        """Return itself; the repair is installed already."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Uninstall the repair, unless it was installed before."""
        if not self._was_installed:
            uninstall()


def install(*, untested: _Untested = "warn") -> Installed:
    """Repair PyTorch's side table in this process.

    An index then belongs to the call that bound it: no thread, nested call, task, greenlet or
    backward finds another one's object. Nothing lives longer than without the repair, except
    streams and events that a compiled function made itself, for as long as a backward that looks
    them up can still run. Functions compiled earlier are covered. Installing twice is harmless.
    The logger `sidetable_torch` gets one line that says what was found and replaced.

    Install it before other threads run compiled functions: a call under way in another thread has
    bound its objects in the old table, and cannot find them in the new one.

    Args:
        untested: What to do about a version of PyTorch that the repair was not tested on, but
            whose table it recognizes: `"warn"` once, or `"refuse"`.

    Returns:
        A context manager that uninstalls the repair, if it was not installed before.

    Raises:
        RepairError: If the repair does not recognize this PyTorch, something else has changed
            what it would change, or this thread is compiling. Nothing has changed.
        ValueError: If `untested` is neither of the two.
    """
    if untested not in get_args(_Untested):
        raise ValueError(f'untested must be "warn" or "refuse", not {untested!r}')
    with _PROCESS.lock:
        found = _PROCESS.repaired
        if found is None:
            _PROCESS.repaired = _repair(untested)
        return Installed(was_installed=found is not None)


def uninstall() -> None:
    """Put back everything that `install` changed; do nothing if nothing is installed.

    Raises:
        RepairError: If something has replaced what the repair put in, or this thread is
            compiling. Nothing has changed.
    """
    with _PROCESS.lock:
        repaired = _PROCESS.repaired
        if repaired is None:
            return
        from .repair.shape import check_idle  # noqa: PLC0415  # only for the repair, as below

        check_idle()
        for patch in repaired.patches:
            patch.check()
        for patch in reversed(repaired.patches):
            patch.undo()
        repaired.give_back()
        _PROCESS.repaired = None


def is_installed() -> bool:
    """Return whether the repair is installed in this process."""
    return _PROCESS.repaired is not None


def _repair(untested: _Untested) -> DictionaryTable:
    try:
        # The repair imports private modules of PyTorch. Nobody else needs them, and they take long.
        from .repair import shape  # noqa: PLC0415
    except (AttributeError, ImportError) as error:
        raise RepairError(
            f"PyTorch's side table cannot be repaired here: {error}",
            "The repair changes only a table that it recognizes, and has changed nothing",
            "Use a version of PyTorch that the repair was tested on",
        ) from error
    shape.check_idle()
    found = shape.find()
    version = torch.__version__
    if version.startswith(tuple(f"{tested}." for tested in shape.TESTED)):
        pass
    elif untested == "refuse":
        raise RepairError(
            f"The repair was not tested on torch {version}",
            'It recognizes the table, but untested="refuse" was asked for; nothing has changed',
            'To try it, install with untested="warn", and run your tests',
        )
    elif version not in _PROCESS.warned_of:
        _PROCESS.warned_of.add(version)
        warnings.warn(
            f"sidetable_torch was not tested on torch {version}. It recognizes the side table, "
            "and installs the repair. To see whether results are right, run its repository's "
            "report: hatch run torch:report",
            RuntimeWarning,
            stacklevel=3,
        )
    for patch in found.patches:
        patch.apply()
    found.adopt()
    _LOGGER.info(
        "repaired the side table of torch %s (%s); replaced %s",
        version,
        found.name,
        ", ".join(map(str, found.patches)),
    )
    return found
