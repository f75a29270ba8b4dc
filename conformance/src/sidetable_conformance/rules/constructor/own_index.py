"""Among many registrations each constructor has its own source, or its own construct function and
index.

Why:
    A closure made in a loop, or over an attribute of the table, sees what was registered last.
    Every index would then fetch the same object.

Example:
    >>> table, written = SideTable(), []
    >>> for name in ("left", "right"):
    ...     _ = table.register_user_object(pool, LocalSource(name))
    >>> table.constructors[0](written.append)
    >>> written[0].name
    'left'

Causes:
    * A closure reads a variable that has changed by the time it runs (late binding).
    * A closure reads the table's counter, or its latest source or function.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Construct, texts, written
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import (
    GRAPH_CREATED,
    USER_OBJECT,
    ConstructFn,
    Constructor,
    CorrectTable,
    Registering,
)
from sidetable_source import LocalSource, Source

rule: Rule = Rule(
    "constructor.own-index",
    CORE,
    needs=("index.one-sequence", "constructor.user-object", "constructor.graph-created"),
)


@rule.check(FACT)
def own_index(bench: Bench) -> None:
    """Run once all are registered, each writes its own, in order and in reverse."""
    table = bench.fresh()
    kept, own = things(12), [LocalSource(f"value_{number}") for number in range(12)]
    functions = [Construct() for _ in kept]
    given: list[int] = []
    for number, thing in enumerate(kept):
        if number % 3:
            given.append(table.register_graph_created_object(thing, functions[number]))
        else:
            given.append(table.register_user_object(thing, own[number]))
    for number in (*range(12), *reversed(range(12))):
        when = f"with 12 registered, at number {number}"
        for function in functions:
            function.calls.clear()
        wrote = written(bench, table, given[number], when)
        sources = {part for _, *parts in wrote for part in parts if isinstance(part, Source)}
        called = [at for at, function in enumerate(functions) if function.calls]
        if number % 3:
            bench.require(called == [number], when, f"construct_fn {number} called", f"{called}")
            passed = functions[number].calls[-1]
            bench.require(given[number] in passed, when, "its own index", texts(passed))
        else:
            bench.require(sources == {own[number]}, when, own[number].name, texts(sources))


# Faulty tables, which the check has to notice.


@rule.fault
class IndexIsBoundLate(CorrectTable):
    """The closure reads the table's counter when it runs, and all constructors have its last."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        return lambda codegen: construct_fn(self._next_index - 1, codegen)


@rule.fault
class SourceIsBoundLate(CorrectTable):
    """The closure reads an attribute of the table, and every constructor has the last source."""

    def register_user_object(self, value: object, source: Source) -> int:
        self._source = source
        return self._register(USER_OBJECT, value, lambda index, codegen: codegen(self._source))


@rule.fault
class ConstructFnIsBoundLate(CorrectTable):
    """The closure reads an attribute of the table, and every constructor has the last function."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        self._construct_fn = construct_fn
        return self._register(
            GRAPH_CREATED,
            value,
            lambda index, codegen: self._construct_fn(index, codegen),  # noqa: PLW0108  # the fault
        )
