"""What was set in a frame's binding is found and kept alive until the frame ends, and goes with it;
neither what the frame found nor a frame around it or in it is changed.

Why:
    What a call replaces is its own affair. It must not reach the calls around it, and with no other
    owner it must not outlive the call.

Example:
    >>> table = SideTable()
    >>> table.store(pool)
    >>> with table.frame(other):
    ...     table.set(0, third)
    ...     table.get(0) is third
    True
    >>> table.get(0) is pool
    True

Causes:
    * A set is made in what the frame found.
    * What was set is on a list of the table's, or in the binding, and stays.
"""

from contextvars import copy_context
from functools import partial
from itertools import product

from sidetable_conformance.bench import ALIVE, DEAD, FOUND, NOT_FOUND, Bench
from sidetable_conformance.elsewhere import Seen
from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Crowd
from sidetable_conformance.rule import ISOLATION, Rule
from sidetable_conformance.tables.core import Reference
from sidetable_conformance.tables.isolated import Binding, Box, Entry, IsolatedTable, references_of

from .restores import BINDINGS, PLACES

rule: Rule = Rule(
    "frame.set",
    ISOLATION,
    capabilities=("frames", "set"),
    needs=("frame.restores", "set.replaces-one"),
)


@rule.check(FOUND, NOT_FOUND, DEAD, ALIVE)
def set_in_a_frame(bench: Bench) -> None:
    """What was set is found as long as the frame, which alone holds it, and dead afterwards."""
    for before, index in product(BINDINGS, range(3)):
        table = bench.fresh()
        kept = BINDINGS[before](table)
        at_start = bench.finds(table, PLACES)
        objects, inner = things(3, "in the frame "), things(2, "in an inner frame ")
        value = Crowd(Thing("set"))
        when = f"after {before} and a set of index {index} in a frame"
        with table.frame(*objects):
            table.set(index, Thing("set before"))
            table.set(index, value.all()[0])
            copied = copy_context()
            expected: dict[int, object] = dict(enumerate(objects)) | {index: value.all()[0]}
            seen = [Seen(table.get, PLACES)]
            with table.frame(*inner):
                table.set(1, objects[0])
            seen.append(Seen(table.get, PLACES))
            for each in seen:
                bench.still_finds(each, expected, PLACES, when)
                del each
            del seen, expected
            value.drop_all()
            value.alive(bench, "an object that was set", when)
        value.dead(bench, "an object that was set", f"{when}, which was left")
        bench.still_finds(table, at_start, PLACES, f"{when}, which was left")
        del kept, copied


# Faulty tables, which the check has to notice.


@rule.fault
class SetInAFrameIsASetBelow(IsolatedTable):
    """A set in a frame is made in the binding that the frame found."""

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        if over is not None and over.entry is not None and over.entry.is_open:
            over.entry.values[index] = owner
        else:
            super()._put(over, index, reference, owner)


@rule.fault
class SetInAFrameBindsWhatIsBelow(IsolatedTable):
    """A set in a frame begins with what the frame found, and adds what the frame has bound."""

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        if over is not None and over.entry is not None and over.entry.found is not None:
            below = over.entry.found.references
            over = Binding({**below, **over.references}, over.entry)
        super()._put(over, index, reference, owner)


@rule.fault
class SetInAFrameHoldsWeakly(IsolatedTable):
    """A set in a frame leaves it to the caller to keep the object alive."""

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        super()._put(over, index, reference, owner)
        entry = self._open_entry()
        if entry is not None:
            entry.values.clear()


@rule.fault
class SetInAFrameIsKeptByTheBinding(IsolatedTable):
    """What was set goes with the binding, which a copied context keeps."""

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        if self._open_entry() is not None:
            reference = partial(Box, owner)
        super()._put(over, index, reference, owner)


@rule.fault
class FrameLeavesWhatWasSet(IsolatedTable):
    """What was set in a frame is set in the store that it puts back, too."""

    def _leave(self, entry: Entry, error: object) -> None:
        own = references_of(entry.binding)
        were_set = {index: own[index] for index in entry.values}
        super()._leave(entry, error)
        found = self._place.binding
        if found is not None and found.entry is None:
            self._publish({**found.references, **were_set}, found)
