"""`has_user_objects()` is true once a graph-created object is registered.

Why:
    Despite the name it is about both kinds: a graph that makes all its objects itself needs a
    prologue too.

Example:
    >>> table = SideTable()
    >>> _ = table.register_graph_created_object(pool, construct)
    >>> table.has_user_objects()
    True

Causes:
    * The name is taken literally, and only user objects are counted.
    * The object itself is asked whether it is true.
"""

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.registering import Origin
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import USER_OBJECT, Registering

from .after_user_object import PresentByKind, true_after

rule: Rule = Rule("present.after-graph-created", CORE)


@rule.check(FACT)
def after_graph_created(bench: Bench) -> None:
    """Presence is true after a graph-created object of any kind."""
    true_after(bench, Origin.GRAPH_CREATED)


# Faulty tables, which the check has to notice.


@rule.fault
class GraphCreatedAreNotCounted(PresentByKind):
    """The name is taken literally, and graph-created objects do not count."""

    counted: Registering = USER_OBJECT
