"""Faults in the order of constructors, and in what they write."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import GRAPH_CREATED, USER_OBJECT, ConstructFn, Constructor, Edition, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sidetable_source import Codegen, Source


class ConstructorsInReverse(Mutant):
    """The newest constructor comes first."""

    caught_by = "constructor.in-index-order"
    through = "fact"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return dict(reversed(self._constructors.items()))


class ConstructorsSortedAsText(Mutant):
    """Constructors are sorted by the index as text, and 10 comes before 2."""

    caught_by = "constructor.in-index-order"
    through = "fact"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: self._constructors[index] for index in sorted(self._constructors, key=str)}


class ConstructorsByKind(Mutant):
    """Constructors of user objects are enumerated first, those of graph-created objects last."""

    caught_by = "constructor.in-index-order"
    through = "fact"

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._kinds: dict[int, Kind] = {}

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        self._kinds[index] = kind
        return super()._constructor(kind, index, construct_fn)

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        in_order = sorted(self._constructors, key=lambda index: self._kinds[index] == GRAPH_CREATED)
        return {index: self._constructors[index] for index in in_order}


class SourceIsWrittenTwice(Mutant):
    """The source is written once to see how deep it goes, and once more for its value."""

    caught_by = "constructor.user-object"
    through = "fact 2"

    def register_user_object(self, value: object, source: Source) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen(source)
            codegen(source)

        return self._register(USER_OBJECT, value, write)


class SourceIsReconstructedDirectly(Mutant):
    """The source is told to write itself, past the codegen that may want to cache it."""

    caught_by = "constructor.user-object"
    through = "fact 2"
    also = frozenset({"constructor.own-index"})

    def register_user_object(self, value: object, source: Source) -> int:
        return self._register(
            USER_OBJECT, value, lambda index, codegen: source.reconstruct(codegen)
        )


class SourceIsCopied(Mutant):
    """A copy of the source is kept, and the codegen does not see the one that was registered."""

    caught_by = "constructor.user-object"
    through = "fact 3"

    def register_user_object(self, value: object, source: Source) -> int:
        return super().register_user_object(value, copy.copy(source))


class UserObjectHasNoConstructor(Mutant):
    """A user object gets no constructor, since its owner has it at hand."""

    caught_by = "constructor.user-object"
    through = "fact"
    also = frozenset(
        {
            "constructor.failed-registration",
            "constructor.in-index-order",
            "constructor.own-index",
            "constructor.repeatable",
            "keep.user-object-not-kept",
            "present.after-user-object",
            "set.replaces-one",
        }
    )

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        del self._constructors[index]
        return index


CONSTRUCTOR_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ConstructorsInReverse,
    ConstructorsSortedAsText,
    ConstructorsByKind,
    SourceIsWrittenTwice,
    SourceIsReconstructedDirectly,
    SourceIsCopied,
    UserObjectHasNoConstructor,
)
