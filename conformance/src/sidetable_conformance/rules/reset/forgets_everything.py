"""Reset forgets bindings, constructors, what was kept alive, numbering and presence.

Why:
    The next graph must not find, count or keep anything of the last one.

Example:
    >>> table = SideTable()
    >>> _ = table.register_user_object(pool, source)
    >>> table.store(pool, other)
    >>> table.reset()
    >>> list(table.constructors), table.has_user_objects()
    ([], False)

Causes:
    * One of several containers is forgotten.
    * Only indices with a registration are cleared, and what was stored beyond them stays.
    * The binding stays until the next store.
"""

from contextlib import suppress
from itertools import product

from sidetable_conformance.bench import DEAD, FACT, NOT_FOUND, Bench
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Crowd, Origin, indices, register, register_all
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule("reset.forgets-everything", CORE, needs=("lookup.unregistered-is-error",))


@rule.check(NOT_FOUND, DEAD, FACT)
def forgets_everything(bench: Bench) -> None:
    """However full the table was, it is as it was when it was fresh."""
    thing = Thing("registered first")
    first = register(bench.fresh(), Origin.USER_OBJECT, thing)
    for stored, failed in product((None, 0, 2, 6), (False, True)):
        table = bench.fresh()
        users, created = things(2), Crowd(*things(2, "created "))
        given = register_all(table, Origin.USER_OBJECT, users)
        given += register_all(table, Origin.GRAPH_CREATED, created.all())
        created.drop_all()
        if failed:
            for origin in Origin:
                with suppress(Exception):  # that it is refused is asked elsewhere
                    register(table, origin, 5)
        objects = things(stored or 0)
        if stored is not None:
            table.store(*objects)
        table.reset()
        when = f"after reset, with 4 registered and {stored or 'nothing'} stored before"
        created.dead(bench, "an example value", when)
        seen = indices(table)
        bench.require(not seen, when, "no constructor", f"constructors of {seen}")
        bench.require(not table.present(), when, "presence is false", "it is true")
        for place in sorted({*range(7), *given}):
            bench.not_found(table, place, when)
        index = register(table, Origin.USER_OBJECT, thing)
        bench.require(index == first, when, f"the next index {first}, as when fresh", f"{index}")


# Faulty tables, which the check has to notice.


@rule.fault
class ResetKeepsWhatWasStored(CorrectTable):
    """Reset takes out the registered indices, and an object stored beyond them is still found."""

    def reset(self) -> None:
        bound = self._references
        registered = self._next_index
        super().reset()
        self._references = {index: bound[index] for index in bound if index >= registered}
