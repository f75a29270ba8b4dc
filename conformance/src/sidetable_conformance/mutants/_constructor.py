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

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return dict(reversed(self._constructors.items()))


class ConstructorsSortedAsText(Mutant):
    """Constructors are sorted by the index as text, and 10 comes before 2."""

    caught_by = "constructor.in-index-order"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: self._constructors[index] for index in sorted(self._constructors, key=str)}


class ConstructorsByKind(Mutant):
    """Constructors of user objects are enumerated first, those of graph-created objects last."""

    caught_by = "constructor.in-index-order"

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

    def register_user_object(self, value: object, source: Source) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen(source)
            codegen(source)

        return self._register(USER_OBJECT, value, write)


class SourceIsReconstructedDirectly(Mutant):
    """The source is told to write itself, past the codegen that may want to cache it."""

    caught_by = "constructor.user-object"
    also = frozenset({"constructor.own-index"})

    def register_user_object(self, value: object, source: Source) -> int:
        return self._register(
            USER_OBJECT, value, lambda index, codegen: source.reconstruct(codegen)
        )


class SourceIsCopied(Mutant):
    """A copy of the source is kept, and the codegen does not see the one that was registered."""

    caught_by = "constructor.user-object"

    def register_user_object(self, value: object, source: Source) -> int:
        return super().register_user_object(value, copy.copy(source))


class ConstructFnArgumentsSwapped(Mutant):
    """The codegen is passed first and the index second."""

    caught_by = "constructor.graph-created"

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == USER_OBJECT:
            return super()._constructor(kind, index, construct_fn)
        return lambda codegen: construct_fn(codegen, index)  # type: ignore[arg-type]  # the fault


class IndexAmongItsKind(Mutant):
    """A construct function is told how many graph-created objects came before it."""

    caught_by = "constructor.graph-created"
    also = frozenset({"constructor.own-index"})

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == GRAPH_CREATED:
            index = len(self._keep_alive)
        return super()._constructor(kind, index, construct_fn)


class GraphCreatedIsConstructedOnce(Mutant):
    """A construct function is called on the first run only, since its object is there by then."""

    caught_by = "constructor.graph-created"
    also = frozenset(
        {
            "constructor.own-index",
            "constructor.repeatable",
            "constructor.survives",
            "set.replaces-one",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == USER_OBJECT:
            return super()._constructor(kind, index, construct_fn)
        first_run = [construct_fn]

        def constructor(codegen: Codegen) -> None:
            if first_run:
                first_run.pop()(index, codegen)

        return constructor


class ConstructFnIsCalledTwice(Mutant):
    """A construct function is called once to see how deep its stack goes, and once more."""

    caught_by = "constructor.graph-created"

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        def write(index: int, codegen: Codegen) -> None:
            construct_fn(index, codegen)
            construct_fn(index, codegen)

        return super().register_graph_created_object(example_value, write)


class IndexIsWrittenToo(Mutant):
    """The constructor writes the index before the object, for the code that stores them."""

    caught_by = "constructor.graph-created"

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen.load_const(index)
            construct_fn(index, codegen)

        return super().register_graph_created_object(example_value, write)


class IndexIsBoundLate(Mutant):
    """The closure reads the table's counter when it runs, and all constructors have its last."""

    caught_by = "constructor.own-index"

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        return lambda codegen: construct_fn(self._next_index - 1, codegen)


class SourceIsBoundLate(Mutant):
    """The closure reads an attribute of the table, and every constructor has the last source."""

    caught_by = "constructor.own-index"

    def register_user_object(self, value: object, source: Source) -> int:
        self._source = source
        return self._register(USER_OBJECT, value, lambda index, codegen: codegen(self._source))


class ConstructFnIsBoundLate(Mutant):
    """The closure reads an attribute of the table, and every constructor has the last function."""

    caught_by = "constructor.own-index"

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        self._construct_fn = construct_fn
        return self._register(
            GRAPH_CREATED,
            example_value,
            lambda index, codegen: self._construct_fn(index, codegen),  # noqa: PLW0108  # the fault
        )


CONSTRUCTOR_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ConstructorsInReverse,
    ConstructorsSortedAsText,
    ConstructorsByKind,
    SourceIsWrittenTwice,
    SourceIsReconstructedDirectly,
    SourceIsCopied,
    ConstructFnArgumentsSwapped,
    IndexAmongItsKind,
    GraphCreatedIsConstructedOnce,
    ConstructFnIsCalledTwice,
    IndexIsWrittenToo,
    IndexIsBoundLate,
    SourceIsBoundLate,
    ConstructFnIsBoundLate,
)
