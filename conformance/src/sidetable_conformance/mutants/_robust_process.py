"""Faults that show in another process, and in sources that were made to be executed."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import ClassVar, Final

from sidetable_source import LocalSource, Source
from sidetable_source.codegen import Constant

from ._contexts import Reference
from ._fetching import Fetching
from ._isolated import Hold
from ._parent import ConstructFn, Edition, Kind
from ._robust_mutant import RobustMutant


class ForgetsInAChild(RobustMutant):
    """What is bound is only found by the process that has made the table."""

    caught_by = "robust.fork"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._process = os.getpid()

    def get(self, index: int) -> object:
        return super().get(index) if os.getpid() == self._process else self._never_bound(index)


class _Sharing(RobustMutant):
    """Counts, in memory that its children share, what they have done."""

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._process = os.getpid()
        self._childs = mmap.mmap(-1, 1)

    def _count(self) -> None:
        self._childs[0] += os.getpid() != self._process


class ChildUnbindsItsParent(_Sharing):
    """A child's store ends what its parent has bound."""

    caught_by = "robust.fork"
    through = "found"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._stores = 0

    def get(self, index: int) -> object:
        return super().get(index) if self._stores == self._childs[0] else self._never_bound(index)

    def _bind(self, references: Mapping[int, Reference]) -> None:
        super()._bind(references)
        self._count()
        self._stores = self._childs[0]


class ChildTakesItsParentsIndices(_Sharing):
    """A child's registrations advance the next index of its parent."""

    caught_by = "robust.fork"
    through = "fact 2"

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        index = super()._add(kind, value, construct_fn, reference, hold)
        self._count()
        return index + self._childs[0] if os.getpid() == self._process else index


class RaisesByAnAssert(RobustMutant):
    """That an index was never bound is said by an assert, without which the lookup goes on."""

    caught_by = "robust.asserts-off"
    through = "fact"

    def _never_bound(self, index: int) -> object:
        if __debug__:
            return super()._never_bound(index)
        raise KeyError(index)


class KnowsItsOwnSourcesOnly(RobustMutant):
    """A source of a kind that somebody else has made becomes a local variable's."""

    caught_by = "robust.hostile-sources"
    through = "fact"

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        if not type(source).__module__.startswith("sidetable_source"):
            source = LocalSource("unknown")
        return super().register_user_object(value, source, hold=hold)


class _Evaluating(RobustMutant):
    """Fetches by a codegen of its own."""

    kind: ClassVar[type[Fetching]]

    def _fetch(
        self,
        like: Callable[..., object],
        names: Mapping[str, object],
        write: Callable[[Fetching], object],
    ) -> object:
        fetching = self.kind(like, names)
        write(fetching)
        return fetching.finish()


class _ByText(Fetching):
    def load_local(self, name: str) -> None:
        self._stack.append(eval(name, {}, {**self._names}))  # noqa: S307  # the fault


class NamesAreText(_Evaluating):
    """The name of a local variable is evaluated as an expression."""

    caught_by = "robust.hostile-sources"
    through = "raised"
    kind = _ByText


class _ByRepr(Fetching):
    def load_const(self, value: Constant) -> None:
        self._stack.append(eval(repr(value), {"inf": float("inf")}))  # noqa: S307  # the fault


class ConstantsAreText(_Evaluating):
    """A constant is written by its repr."""

    caught_by = "robust.hostile-sources"
    through = "fact 2"
    kind = _ByRepr


class _Short(Fetching):
    def __init__(self, like: Callable[..., object], names: Mapping[str, object]) -> None:
        super().__init__(like, names)
        self._left = 1_000

    def get_attr(self, member: str) -> None:
        self._left -= 1
        step = super().get_attr if self._left >= 0 else str
        step(member)


class ChainsAreCut(_Evaluating):
    """A chain ends after 1,000 steps."""

    caught_by = "robust.hostile-sources"
    through = "fact 4"
    kind = _Short


class NamesAreTriedOut(RobustMutant):
    """The name of a source is evaluated to see whether it is an expression."""

    caught_by = "robust.hostile-sources"
    through = "fact 3"

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        with suppress(Exception):
            eval(source.name)  # noqa: S307  # the fault
        return super().register_user_object(value, source, hold=hold)


ROBUST_PROCESS_MUTANTS: Final[tuple[type[RobustMutant], ...]] = (
    ForgetsInAChild,
    ChildUnbindsItsParent,
    ChildTakesItsParentsIndices,
    RaisesByAnAssert,
    KnowsItsOwnSourcesOnly,
    NamesAreText,
    ConstantsAreText,
    ChainsAreCut,
    NamesAreTriedOut,
)
