"""Neither a registration nor its constructor keeps a user object alive.

Why:
    A user object belongs to the user. A table that keeps it makes a model or a connection live as
    long as the compiled code does.

Example:
    >>> table, mine = SideTable(), Pool()
    >>> _ = table.register_user_object(mine, source)
    >>> seen = weakref.ref(mine)
    >>> del mine
    >>> seen() is None
    True

Causes:
    * Values of both kinds are put on the list of kept ones.
    * The constructor is a closure that holds the value beside its source.
    * A traceback, a log entry or a cache holds the value.
"""

from sidetable_conformance.bench import DEAD, FACT, Bench
from sidetable_conformance.objects import REFERENCEABLE
from sidetable_conformance.registering import Crowd, Origin, register_all, written
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference
from sidetable_source import Source

rule: Rule = Rule("keep.user-object-not-kept", CORE)


@rule.check(DEAD, FACT)
def user_object_not_kept(bench: Bench) -> None:
    """A user object of any kind dies although its constructor was run and is still held."""
    for kept in (len(REFERENCEABLE) // 2, 0):
        table = bench.fresh()
        users = Crowd(*(kind.make() for kind in REFERENCEABLE))
        given = register_all(table, Origin.USER_OBJECT, users.all())
        for index in given:
            written(bench, table, index, "after registrations")
        held = table.constructors()
        users.drop(*(at for at in range(len(users)) if at != kept))
        when = f"after it was dropped, with {len(held)} constructors held"
        users.dead(bench, "a user object", when)


# Faulty tables, which the check has to notice.


@rule.fault
class ConstructorKeepsTheUserObject(CorrectTable):
    """The constructor is a closure that holds the value beside its source."""

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        constructor = self._constructors[index]
        self._constructors[index] = lambda codegen, _seen=value: constructor(codegen)  # type: ignore[misc]
        return index


@rule.fault
class FirstUserObjectIsKept(CorrectTable):
    """The first user object is kept, as a sign that the table is in use."""

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        if index == 0:
            self._keep(reference())
