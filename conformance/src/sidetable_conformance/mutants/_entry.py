"""Faults in entry functions."""

from __future__ import annotations

import inspect
from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Final

from sidetable_source import Source

from ._mutant import IsolatedMutant
from ._parent import Constructor


class _Rewritten(IsolatedMutant):
    """Has entry functions that are written anew, for graphs that get what they were called with."""

    def entry(
        self,
        graph: Callable[..., object],
        *,
        like: Callable[..., object],
        inputs: Sequence[Source] | None = None,
    ) -> Callable[..., object]:
        made = super().entry(graph, like=like, inputs=inputs)
        return made if inspect.iscoroutinefunction(like) else self._rewritten(graph, like, made)

    @abstractmethod
    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]: ...

    def _objects(
        self,
        like: Callable[..., object],
        constructors: Sequence[Constructor],
        arguments: Sequence[object],
    ) -> list[object]:
        bound = inspect.signature(like).bind(*arguments)
        return [self._fetch(like, bound.arguments, each) for each in constructors]


class EntryReturnsNothing(_Rewritten):
    """An entry function does not return what the graph returned."""

    caught_by = "entry.isolated"
    through = "fact"

    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]:
        @wraps(like)
        def run(*arguments: object) -> None:
            made(*arguments)

        return run


class EntryStores(_Rewritten):
    """An entry function stores what it fetched, and puts nothing back."""

    caught_by = "entry.isolated"
    through = "found"
    also = frozenset({"hold.frame"})

    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]:
        constructors = tuple(self.constructors.values())

        @wraps(like)
        def run(*arguments: object) -> object:
            self.store(*self._objects(like, constructors, arguments))
            return graph(*arguments)

        return run


class EntryFetchesOnce(_Rewritten):
    """An entry function keeps what it fetched in its first call, and binds that in every one."""

    caught_by = "entry.isolated"
    through = "found"

    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]:
        constructors = tuple(self.constructors.values())
        fetched: list[object] = []

        @wraps(like)
        def run(*arguments: object) -> object:
            fetched[:] = fetched or self._objects(like, constructors, arguments)
            with self.frame(*fetched):
                return graph(*arguments)

        return run


class EntryForgetsAfterAnError(_Rewritten):
    """An entry function puts back what it found after the graph, unless that has raised."""

    caught_by = "entry.isolated"
    through = "found"
    also = frozenset({"hold.frame"})

    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]:
        constructors = tuple(self.constructors.values())

        @wraps(like)
        def run(*arguments: object) -> object:
            found = self._place.binding
            objects = self._objects(like, constructors, arguments)
            self.store(*objects)
            returned = graph(*arguments)
            self._place.publish(found)
            return returned

        return run


class EntryRebindsIfNothingIsBound(_Rewritten):
    """An entry function takes what is bound already for its own, and binds nothing anew."""

    caught_by = "entry.isolated"
    through = "found"

    def _rewritten(
        self,
        graph: Callable[..., object],
        like: Callable[..., object],
        made: Callable[..., object],
    ) -> Callable[..., object]:
        @wraps(like)
        def run(*arguments: object) -> object:
            return graph(*arguments) if self._open_entry() else made(*arguments)

        return run


class EntryDoesNotAwait(IsolatedMutant):
    """The entry function of a coroutine function leaves its frame before the graph is awaited."""

    caught_by = "entry.isolated"
    through = "found"

    def entry(
        self,
        graph: Callable[..., object],
        *,
        like: Callable[..., object],
        inputs: Sequence[Source] | None = None,
    ) -> Callable[..., object]:
        if not inspect.iscoroutinefunction(like):
            return super().entry(graph, like=like, inputs=inputs)

        def plain(*arguments: object) -> None:
            """Is no coroutine function."""

        plain.__signature__ = inspect.signature(like)  # type: ignore[attr-defined]  # as wraps does
        return super().entry(graph, like=plain, inputs=inputs)


ENTRY_MUTANTS: Final[tuple[type[IsolatedMutant], ...]] = (
    EntryReturnsNothing,
    EntryStores,
    EntryFetchesOnce,
    EntryForgetsAfterAnError,
    EntryRebindsIfNothingIsBound,
    EntryDoesNotAwait,
)
