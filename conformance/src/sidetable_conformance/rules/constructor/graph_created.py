"""A graph-created object's constructor calls `construct_fn(index, codegen)` once, with its own
index and the codegen that it was given, each time it runs.

Why:
    Only the construct function knows how to make the object, and it needs its index to put it where
    the graph looks. Each call of the graph makes a new one.

Example:
    >>> table, calls = SideTable(), []
    >>> _ = table.register_graph_created_object(pool, lambda *passed: calls.append(passed))
    >>> table.constructors[0]("a codegen")
    >>> calls
    [(0, 'a codegen')]

Causes:
    * The arguments are swapped.
    * The index counts only the objects of this kind.
    * The function is called on the first run only, or more than once.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Construct, Origin, calls_once, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import (
    GRAPH_CREATED,
    USER_OBJECT,
    ConstructFn,
    Constructor,
    CorrectTable,
    Registering,
)
from sidetable_source import Codegen

from .repeatable import once

rule: Rule = Rule("constructor.graph-created", CORE)


@rule.check(FACT)
def graph_created(bench: Bench) -> None:
    """`construct_fn(index, codegen)` is called once for each run, and writes alone."""
    for before in (0, 1, 3):
        table = bench.fresh()
        kept = things(before + 1)
        register_all(table, Origin.USER_OBJECT, kept[:before])
        construct_fn = Construct()
        index = table.register_graph_created_object(kept[-1], construct_fn)
        for _ in range(2):
            calls_once(bench, table, index, construct_fn, f"after {before} other registrations")


# Faulty tables, which the check has to notice.


@rule.fault
class ConstructFnArgumentsSwapped(CorrectTable):
    """The codegen is passed first and the index second."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == USER_OBJECT:
            return super()._constructor(kind, index, construct_fn)
        return lambda codegen: construct_fn(codegen, index)  # type: ignore[arg-type]  # the fault


@rule.fault
class IndexAmongItsKind(CorrectTable):
    """A construct function is told how many graph-created objects came before it."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        if kind == GRAPH_CREATED:
            index = len(self._keep_alive)
        return super()._constructor(kind, index, construct_fn)


@rule.fault
class GraphCreatedIsConstructedOnce(CorrectTable):
    """A construct function is called on the first run only, since its object is there by then."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        constructor = super()._constructor(kind, index, construct_fn)
        return constructor if kind == USER_OBJECT else once(constructor)


@rule.fault
class ConstructFnIsCalledTwice(CorrectTable):
    """A construct function is called once to see how deep its stack goes, and once more."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        def write(index: int, codegen: Codegen) -> None:
            construct_fn(index, codegen)
            construct_fn(index, codegen)

        return super().register_graph_created_object(value, write)


@rule.fault
class IndexIsWrittenToo(CorrectTable):
    """The constructor writes the index before the object, for the code that stores them."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen.load_const(index)
            construct_fn(index, codegen)

        return super().register_graph_created_object(value, write)


@rule.fault
class GraphCreatedHasNoConstructor(CorrectTable):
    """A graph-created object gets no constructor, since the graph will make it anyway."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        index = super().register_graph_created_object(value, construct_fn)
        del self._constructors[index]
        return index
