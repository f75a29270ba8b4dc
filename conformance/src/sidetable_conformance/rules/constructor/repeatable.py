"""A constructor can be run any number of times, with different codegens, and does the same each
time.

Why:
    A graph is compiled again for other shapes, for its backward and for other back ends. Each time
    all of its constructors run, with another codegen.

Example:
    >>> table, first, second = SideTable(), [], []
    >>> _ = table.register_user_object(pool, source)
    >>> table.constructors[0](first.append)
    >>> table.constructors[0](second.append)
    >>> first == second == [source]
    True

Causes:
    * The constructor is a generator or an iterator, and is used up.
    * The codegen of the first run is remembered.
"""

from collections.abc import Mapping

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import Thing
from sidetable_conformance.registering import SOURCE, Construct, Recorder, construct, did
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import ConstructFn, Constructor, CorrectTable, Registering
from sidetable_source import Codegen

rule: Rule = Rule("constructor.repeatable", CORE)


@rule.check(FACT)
def repeatable(bench: Bench) -> None:
    """A constructor that is kept, and one that is enumerated anew, do the same every time."""
    table = bench.fresh()
    thing, construct_fn = Thing("thing"), Construct()
    given = [
        table.register_user_object(thing, SOURCE),
        table.register_graph_created_object(thing, construct_fn),
    ]
    kept = dict(table.constructors())
    for index in given:
        first, enumerated = Recorder(), Recorder()
        construct(bench, table, index, first, "at first")
        at_first = did(first, construct_fn)
        for again in (Recorder(), Recorder()):
            table.write(kept[index], again)
            now = did(again, construct_fn)
            bench.require(now == at_first, "a constructor that was kept", f"{at_first}", f"{now}")
        construct(bench, table, index, enumerated, "after other runs")
        now = did(enumerated, construct_fn)
        bench.require(now == at_first, "after other runs", f"{at_first}", f"{now}")


# Faulty tables, which the check has to notice.


def once(constructor: Constructor) -> Constructor:
    runs = [constructor]

    def run(codegen: Codegen) -> None:
        if runs:
            runs.pop()(codegen)

    return run


@rule.fault
class FirstCodegenIsRemembered(CorrectTable):
    """A constructor keeps the codegen of its first run, and writes all later ones into it too."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        codegens: list[Codegen] = []

        def constructor(codegen: Codegen) -> None:
            codegens.append(codegen)
            construct_fn(index, codegens[0])

        return constructor


@rule.fault
class ConstructorIsUsedUp(CorrectTable):
    """A constructor is used up by its first run, and later ones do nothing."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        return once(super()._constructor(kind, index, construct_fn))


@rule.fault
class EnumeratedConstructorRunsOnce(CorrectTable):
    """Enumerating hands out constructors of which only the first run does something."""

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: once(constructor) for index, constructor in self._constructors.items()}


@rule.fault
class ConstructorTakesItselfOff(CorrectTable):
    """A constructor that has run is taken off the table, where nobody needs it any more."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        def constructor(codegen: Codegen) -> None:
            construct_fn(index, codegen)
            self._constructors.pop(index, None)

        return constructor


@rule.fault
class ConstructorEmptiesItsPlace(CorrectTable):
    """A constructor that has run is enumerated as one that does nothing."""

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        def constructor(codegen: Codegen) -> None:
            construct_fn(index, codegen)
            self._constructors[index] = lambda codegen: None

        return constructor
