"""The `__cause__` of that error is the TypeError of `weakref.ref`.

Why:
    The TypeError names the type that does not allow weak references. Without it people see only
    that something is not supported.

Example:
    >>> table = SideTable()
    >>> try:
    ...     table.register_user_object(5, source)
    ... except Unsupported as error:
    ...     print(type(error.__cause__).__name__)
    TypeError

Causes:
    * `raise ... from None`.
    * The error is raised outside of the `except` block, or from a new TypeError.
"""

import weakref
from itertools import product

from sidetable_conformance.bench import FACT, RAISED, Bench
from sidetable_conformance.errors import KitError
from sidetable_conformance.objects import UNREFERENCEABLE, Caught, describe
from sidetable_conformance.registering import Origin, refused
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import CorrectTable

rule: Rule = Rule(
    "weakref.cause-chained", CORE, needs=("weakref.user-object", "weakref.graph-created")
)


@rule.check(RAISED, FACT)
def cause_chained(bench: Bench) -> None:
    """The cause is the very complaint that `weakref.ref` has about the value."""
    for origin, kind in product(Origin, UNREFERENCEABLE):
        value = kind.make()
        when = f"registering {kind.name} as a {origin}"
        complaint = _complaint(value)
        cause = refused(bench, bench.fresh(), origin, value, when).cause
        seen = "no cause" if cause is None else cause.text
        bench.require(cause == complaint, when, f"the cause {complaint.text}", seen)


def _complaint(value: object) -> Caught:
    """Returns what `weakref.ref` itself has to say about a value that it refuses."""
    try:
        weakref.ref(value)
    except TypeError as error:
        return Caught.of(error)
    raise KitError(  # pragma: no cover  # on no interpreter that there is
        f"{describe(value)} can be weakly referenced on this interpreter"
    )


# Faulty tables, which the check has to notice.


@rule.fault
class CauseIsHidden(CorrectTable):
    """The refusal is raised `from None`, to spare people the details."""

    def _cause(self, value: object, cause: TypeError) -> None:
        """Gives none."""


@rule.fault
class CauseIsTheValue(CorrectTable):
    """The refusal is chained to a new error about the value, not to the one of `weakref.ref`."""

    def _cause(self, value: object, cause: TypeError) -> Exception:
        return ValueError(type(value).__name__)
