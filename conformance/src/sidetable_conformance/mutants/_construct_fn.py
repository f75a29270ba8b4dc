"""Faults in how construct functions are called, and in whose index and source each writes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ._mutant import Mutant
from ._parent import GRAPH_CREATED, USER_OBJECT, ConstructFn, Constructor, Kind

if TYPE_CHECKING:
    from sidetable_source import Codegen, Source


class ConstructFnArgumentsSwapped(Mutant):
    """The codegen is passed first and the index second."""

    caught_by = "constructor.graph-created"
    through = "fact 3"

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == USER_OBJECT:
            return super()._constructor(kind, index, construct_fn)
        return lambda codegen: construct_fn(codegen, index)  # type: ignore[arg-type]  # the fault


class IndexAmongItsKind(Mutant):
    """A construct function is told how many graph-created objects came before it."""

    caught_by = "constructor.graph-created"
    through = "fact 3"
    also = frozenset({"constructor.own-index"})

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == GRAPH_CREATED:
            index = len(self._keep_alive)
        return super()._constructor(kind, index, construct_fn)


class GraphCreatedIsConstructedOnce(Mutant):
    """A construct function is called on the first run only, since its object is there by then."""

    caught_by = "constructor.graph-created"
    through = "fact 2"
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
    through = "fact 2"

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
    through = "fact 5"

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen.load_const(index)
            construct_fn(index, codegen)

        return super().register_graph_created_object(example_value, write)


class GraphCreatedHasNoConstructor(Mutant):
    """A graph-created object gets no constructor, since the graph will make it anyway."""

    caught_by = "constructor.graph-created"
    through = "fact"
    also = frozenset(
        {
            "constructor.in-index-order",
            "constructor.own-index",
            "constructor.repeatable",
            "present.after-graph-created",
            "set.replaces-one",
        }
    )

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        index = super().register_graph_created_object(example_value, construct_fn)
        del self._constructors[index]
        return index


class IndexIsBoundLate(Mutant):
    """The closure reads the table's counter when it runs, and all constructors have its last."""

    caught_by = "constructor.own-index"
    through = "fact 3"

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        return lambda codegen: construct_fn(self._next_index - 1, codegen)


class SourceIsBoundLate(Mutant):
    """The closure reads an attribute of the table, and every constructor has the last source."""

    caught_by = "constructor.own-index"
    through = "fact 4"

    def register_user_object(self, value: object, source: Source) -> int:
        self._source = source
        return self._register(USER_OBJECT, value, lambda index, codegen: codegen(self._source))


class ConstructFnIsBoundLate(Mutant):
    """The closure reads an attribute of the table, and every constructor has the last function."""

    caught_by = "constructor.own-index"
    through = "fact 2"

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        self._construct_fn = construct_fn
        return self._register(
            GRAPH_CREATED,
            example_value,
            lambda index, codegen: self._construct_fn(index, codegen),  # noqa: PLW0108  # the fault
        )


CONSTRUCT_FN_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ConstructFnArgumentsSwapped,
    IndexAmongItsKind,
    GraphCreatedIsConstructedOnce,
    ConstructFnIsCalledTwice,
    IndexIsWrittenToo,
    GraphCreatedHasNoConstructor,
    IndexIsBoundLate,
    SourceIsBoundLate,
    ConstructFnIsBoundLate,
)
