"""The errors of this package."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Final, final

from sidetable_source import SideTableError

_HOW_TO_SHIP: Final = (
    "Say how to find or make each object where the function runs: pass a source or a Provider "
    "with plain arguments"
)


@final
class ShipError(SideTableError, ValueError):
    """A function cannot be shipped as asked; nothing was made.

    Args:
        function: The function's name.
        refused: For every offending object, the path to it and the reason.

    Example:
        >>> print(ShipError("count", [("db", "it is a live sqlite3.Connection")]))
        [ST601] count cannot be shipped. db: it is a live sqlite3.Connection. Say how to find or \
make each object where the function runs: pass a source or a Provider with plain arguments.
    """

    code: ClassVar[str] = "ST601"

    def __init__(self, function: str, refused: Iterable[tuple[str, str]]) -> None:
        refused = tuple(refused)
        super().__init__(function, refused)
        self.function = function
        self.refused = refused

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"{self.function} cannot be shipped",
            *(f"{path}: {why}" for path, why in self.refused),
            _HOW_TO_SHIP,
        )


@final
class MissingOnWorkerError(SideTableError, LookupError):
    """A job cannot find everything that it needs where it runs; the function's body did not run.

    A retry cannot help, so Dask is told not to retry the task. Other engines retry nothing.

    Args:
        function: The function's name.
        missing: For everything that is missing, its name and why it was not found.
        worker: The process and host where it is missing.

    Example:
        >>> print(MissingOnWorkerError("count", [("db: app:connect", "no app")], "process 7 on a"))
        [ST602] count cannot run in process 7 on a. db: app:connect: no app. Install or define \
each there by its name, in the version that the job was made with.
    """

    code: ClassVar[str] = "ST602"

    def __init__(self, function: str, missing: Iterable[tuple[str, str]], worker: str) -> None:
        missing = tuple(missing)
        super().__init__(function, missing, worker)
        self.function = function
        self.missing = missing
        self.worker = worker

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"{self.function} cannot run in {self.worker}",
            *(f"{name}: {why}" for name, why in self.missing),
            "Install or define each there by its name, in the version that the job was made with",
        )


@final
class UnhealthyObjectError(SideTableError, RuntimeError):
    """An object failed its health check, and so did a new one.

    Args:
        name: The name of the object's parameter.
        made_by: The call that makes the object.
        why: How the check failed.

    Example:
        >>> print(UnhealthyObjectError("db", "app:connect('data.sqlite')", "ping returned False"))
        [ST603] db failed its health check twice. app:connect('data.sqlite') made it, and made a \
new one after the first failure. The second time, ping returned False. Find out why a new object \
fails.
    """

    code: ClassVar[str] = "ST603"

    def __init__(self, name: str, made_by: str, why: str) -> None:
        super().__init__(name, made_by, why)
        self.name = name
        self.made_by = made_by
        self.why = why

    def _sentences(self) -> tuple[str, ...]:
        return (
            f"{self.name} failed its health check twice",
            f"{self.made_by} made it, and made a new one after the first failure",
            f"The second time, {self.why}",
            "Find out why a new object fails",
        )
