"""Whether a registration that failed leaves a constructor and presence depends on the edition.

In dynamo-2.13:
    The constructor of a registration that failed is enumerated, and `has_user_objects()` is true.

In 2026.11:
    A registration that failed leaves no constructor, and `has_user_objects()` as it was.

Why:
    A constructor that is left over belongs to an index that nobody was given. PyTorch 2.13 leaves
    it there, and a prologue that runs it stores the refused object, which fails.

Example:
    >>> for edition in ("dynamo-2.13", "2026.11"):
    ...     table = SideTable(edition=edition)
    ...     with suppress(Unsupported):
    ...         _ = table.register_user_object(5, source)
    ...     print(edition, list(table.constructors), table.has_user_objects())
    dynamo-2.13 [0] True
    2026.11 [] False

Causes:
    * 2026.11: the constructor is put in before the weak reference is made, as in PyTorch 2.13.
    * dynamo-2.13: the constructor is put in only once the object is referenced, or is taken out
      again.
    * dynamo-2.13: presence counts only the registrations that succeeded.
"""

from itertools import product

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.objects import things
from sidetable_conformance.registering import Construct, Origin, Recorder, refused, register_all
from sidetable_conformance.rule import CORE, DYNAMO, OPPOSITE, OWN, Rule
from sidetable_conformance.tables.core import ConstructFn, CorrectTable, Reference, Registering

rule: Rule = Rule(
    "constructor.failed-registration",
    CORE,
    difference=OPPOSITE,
    needs=("present.after-user-object", "present.after-graph-created", "weakref.graph-created"),
)


@rule.check(RAISED, FACT)
def failed_registration(bench: Bench) -> None:
    """A failure is among the constructors and counts for presence, or is not and does not."""
    left = bench.edition == DYNAMO
    for origin, before, after in product(Origin, (0, 2), (0, 1)):
        table = bench.fresh()
        kept = things(before + after)
        register_all(table, Origin.USER_OBJECT, kept[:before])
        earlier, present_before = dict(table.constructors()), table.present()
        when = f"after {before} registrations and one of a {origin} that failed"
        construct_fn = Construct()
        refused(bench, table, origin, 5, when, construct_fn)
        new = [(at, constructor) for at, constructor in table.constructors() if at not in earlier]
        bench.require(len(new) == left, when, f"{int(left)} more constructors", f"{len(new)} more")
        for _, constructor in new:
            recorder = Recorder()
            table.write(constructor, recorder)
            wrote = recorder.written or construct_fn.calls
            bench.require(wrote, when, "its constructor writing", "nothing")
        present = table.present()
        expected = left or present_before
        bench.require(present is expected, when, f"presence {expected}", f"{present}")
        register_all(table, Origin.USER_OBJECT, kept[before:])
        count, total = len(table.constructors()), before + left + after
        when = f"{when}, and {after} more"
        bench.require(count == total, when, f"{total} constructors", f"{count}")


# Faulty tables, which the check has to notice.


@rule.fault
class FailureIsEnumerated(CorrectTable, only=OWN):
    """The constructor is put in before the weak reference is tried, and stays there."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        index = self._next_index
        self._constructors[index] = self._constructor(kind, index, construct_fn)


@rule.fault
class FailureIsNotEnumerated(CorrectTable, only=DYNAMO):
    """The constructor of a failed registration is taken out again."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        del self._constructors[self._record(kind, value, construct_fn)]


@rule.fault
class FailureLeavesPresenceAlone(CorrectTable, only=DYNAMO):
    """A failed registration is enumerated, but presence counts only those that succeeded."""

    def _begin(self) -> None:
        self._succeeded = 0

    def has_user_objects(self) -> bool:
        return self._succeeded > 0

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        self._succeeded += 1


@rule.fault
class FailureWritesNothing(CorrectTable, only=DYNAMO):
    """The constructor of a failed registration is there, and does nothing."""

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        super()._record_failure(kind, value, lambda index, codegen: None)
