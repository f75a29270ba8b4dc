"""Faults in functions that a snapshot has wrapped."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from ._frames import Snapshot
from ._mutant import IsolatedMutant

if TYPE_CHECKING:
    from ._isolated import IsolatedTable


class _Swallowing(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        wrapped = super().wrap(function)

        def swallow(*arguments: object) -> object:
            try:
                return wrapped(*arguments)
            except Exception:  # noqa: BLE001  # the fault
                return None

        return swallow


class WrapSwallowsExceptions(IsolatedMutant):
    """A function that is wrapped returns None where it would raise."""

    caught_by = "snapshot.wrap"
    through = "raised"

    def snapshot(self) -> Snapshot:
        return _Swallowing(self)


class _ReturningNothing(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        wrapped = super().wrap(function)

        def run(*arguments: object) -> None:
            wrapped(*arguments)

        return run


class WrapReturnsNothing(IsolatedMutant):
    """A function that is wrapped does not return what it returned."""

    caught_by = "snapshot.wrap"
    through = "fact"

    def snapshot(self) -> Snapshot:
        return _ReturningNothing(self)


class _NotEntering(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        return function


class WrapDoesNotEnter(IsolatedMutant):
    """A function that is wrapped finds what is bound where it is called."""

    caught_by = "snapshot.wrap"
    through = "found"

    def snapshot(self) -> Snapshot:
        return _NotEntering(self)


class _TakenAnew(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            return Snapshot(self._table).wrap(function)(*arguments)

        return run


class WrapTakesAnother(IsolatedMutant):
    """A function that is wrapped runs in a snapshot that is taken where it is called."""

    caught_by = "snapshot.wrap"
    through = "raised"

    def snapshot(self) -> Snapshot:
        return _TakenAnew(self)


class _Staying(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        def run(*arguments: object) -> object:
            self.__enter__()
            return function(*arguments)

        return run


class WrapStaysBound(IsolatedMutant):
    """A function that was wrapped leaves its objects bound where it was called."""

    caught_by = "snapshot.wrap"
    through = "not found"

    def snapshot(self) -> Snapshot:
        return _Staying(self)


class _ForOneCall(Snapshot):
    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        wrapped = [super().wrap(function)]

        def run(*arguments: object) -> object:
            return (wrapped.pop() if wrapped else function)(*arguments)

        return run


class WrapIsForOneCall(IsolatedMutant):
    """A function that is wrapped lets its snapshot go when it is called."""

    caught_by = "snapshot.wrap"
    through = "alive"

    def snapshot(self) -> Snapshot:
        return _ForOneCall(self)


class _Listed(Snapshot):
    def __init__(self, table: IsolatedTable) -> None:
        super().__init__(table)
        self._list: Final = table._keep

    def wrap(self, function: Callable[..., object]) -> Callable[..., object]:
        wrapped = super().wrap(function)
        self._list(wrapped)
        return wrapped


class WrapIsListed(IsolatedMutant):
    """A table lists the functions that were wrapped, until reset."""

    caught_by = "snapshot.wrap"
    through = "dead"

    def snapshot(self) -> Snapshot:
        return _Listed(self)


WRAP_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    WrapSwallowsExceptions,
    WrapReturnsNothing,
    WrapDoesNotEnter,
    WrapTakesAnother,
    WrapStaysBound,
    WrapIsForOneCall,
    WrapIsListed,
)
