"""How long a graph-created value whose registration failed is kept alive depends on the edition.

In dynamo-2.13:
    A graph-created value whose registration failed stays alive until reset.

In 2026.11:
    A graph-created value whose registration failed is released at once.

Why:
    Nobody uses a value that was refused. PyTorch 2.13 puts it on its list of kept values before it
    tries the weak reference, and so holds it until reset.

Example:
    >>> table, inner = SideTable(), Pool()
    >>> seen = weakref.ref(inner)
    >>> with suppress(Unsupported):
    ...     _ = table.register_graph_created_object([inner], construct)
    >>> del inner
    >>> _ = gc.collect()  # the error and its traceback refer to each other
    >>> seen() is None  # in dynamo-2.13 only after reset
    True

Causes:
    * 2026.11: the value is kept before the weak reference is tried, as in PyTorch 2.13.
    * 2026.11: the error, or its traceback, is kept and holds the value.
    * dynamo-2.13: the value is kept only once it is referenced, or is taken off again.
"""

from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, RAISED, Bench
from sidetable_conformance.objects import CARRIERS, things
from sidetable_conformance.registering import Crowd, Origin, carried, refused, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OPPOSITE, OWN, Rule
from sidetable_conformance.tables.core import GRAPH_CREATED, ConstructFn, CorrectTable, Registering

rule: Rule = Rule(
    "keep.failed-registration",
    CORE,
    difference=OPPOSITE,
    needs=("keep.released-on-reset", "weakref.graph-created"),
)


@rule.check(RAISED, DEAD, ALIVE)
def failed_registration(bench: Bench) -> None:
    """A graph-created value that was refused lives until reset, or dies, as the edition says."""
    for carrier, before in product(CARRIERS, (0, 1)):
        table = bench.fresh()
        created = Crowd(*things(before))
        register_all(table, Origin.GRAPH_CREATED, created.all())
        created.drop_all()
        when = f"after registering {carrier.name} as a graph-created object failed"
        value, content = carried(carrier)
        refused(bench, table, Origin.GRAPH_CREATED, value, when)
        del value
        what = f"what {carrier.name} held"
        if bench.edition == DYNAMO:
            bench.alive([content], what, when)
            table.reset()
            bench.dead(content, what, f"{when}, and reset")
        else:
            bench.dead(content, what, when)
            created.alive(bench, "an example value that was not refused", when)


# Faulty tables, which the check has to notice.


@rule.fault
class FailedValueIsKept(CorrectTable, only=OWN):
    """The example value is appended to the kept ones before the weak reference is tried."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        if kind == GRAPH_CREATED:
            self._keep(value)


@rule.fault
class FailedValueIsLetGo(CorrectTable, only=DYNAMO):
    """The example value of a failed registration is taken off the kept ones again."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, construct_fn)
        if kind == GRAPH_CREATED:
            self._keep_alive.pop()


@rule.fault
class FailureIsRemembered(CorrectTable, only=OWN):
    """The last refusal is kept for a report, and its traceback holds the value."""

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        try:
            return super().register_graph_created_object(value, construct_fn)
        except Exception as refusal:
            self._keep_alive.append(refusal)
            raise
