"""An object that is registered after a store is found at its own index, and the stored objects stay
at theirs.

Why:
    Objects are registered between stores, for example when a graph is compiled while another one is
    in use. If either is misplaced, the running graph gets a wrong object.

Example:
    >>> table = SideTable()
    >>> table.register_user_object(pool, source)
    0
    >>> table.store(other)
    >>> table.register_user_object(third, source)
    1
    >>> table.get(0) is other, table.get(1) is third
    (True, True)

Causes:
    * A registration appends its reference behind the last one.
    * A registration clears what a store has bound.
    * Once something was stored, only a store binds.
"""

from itertools import product

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Origin, register_all, store_things
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable, Reference

rule: Rule = Rule("index.after-store", CORE, needs=("lookup.trace-time", "store.position-is-index"))


@rule.check(FOUND)
def after_store(bench: Bench) -> None:
    """An object registered after a store takes its own index and leaves the others alone."""
    for origin, registered, stored in product(Origin, (0, 1, 3), (0, 1, 3, 5)):
        table = bench.fresh()
        early = things(registered, "early ")
        register_all(table, Origin.USER_OBJECT, early)
        objects = store_things(table, stored)
        late = things(2, "late ")
        given = register_all(table, origin, late)
        when = f"after {registered} registrations, a store of {stored}, and 2 of a {origin}"
        bench.all_found(table, late, when, given)
        for index, value in enumerate(objects):
            if index not in given:
                bench.found(table, index, value, when)


# Faulty tables, which the check has to notice.


@rule.fault
class RegistrationAppends(CorrectTable):
    """A registered object is put behind the last reference instead of at its own index."""

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(len(self._references), reference)


class _Noticing(CorrectTable):
    """Knows whether anything was stored."""

    def _begin(self) -> None:
        self._stored = False

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._stored = True


@rule.fault
class RegistrationDropsTheBinding(_Noticing):
    """A registration takes what a store has bound for an earlier trace's, and clears it."""

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if self._stored:
            self._bind({})
            self._stored = False
        super()._bind_registered(index, reference)


@rule.fault
class RegistrationWaitsForTheNextStore(_Noticing):
    """Once something was stored, only a store binds, and a registered object is not found."""

    def _bind_registered(self, index: int, reference: Reference) -> None:
        if not self._stored:
            super()._bind_registered(index, reference)
