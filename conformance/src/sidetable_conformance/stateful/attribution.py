"""Says which requirements a shortest trace may break, the most likely first.

Every step of a shortest trace is needed for its failure. So what stands before the last step says
what the table did not bear, and the last one says where that is seen.
"""

from __future__ import annotations

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.tracing.answers import What
from sidetable_conformance.tracing.steps import (
    Apart,
    Construct,
    Drop,
    Enumerate,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
)
from sidetable_conformance.tracing.trace import Trace

from .about import ABOUT
from .facts import Facts


def candidates(trace: Trace) -> tuple[str, ...]:
    """Returns the ids of requirements that a trace may break.

    First those that its last step suggests, then those that its other steps are about.

    Example:
        >>> from sidetable_conformance.tracing.answers import Answer, Expected
        >>> from sidetable_conformance.tracing.draft import Draft
        >>> draft = Draft("2026.11", (), (Get(-1),))
        >>> candidates(Trace(draft, Expected(What.LOOKUP_ERROR), Answer(What.NONE)))[0]
        'lookup.negative-is-error'
    """
    about = (id_ for step in trace.draft.steps for id_ in ABOUT[type(step)])
    return tuple(dict.fromkeys((*_suggested(trace), *about)))


def _suggested(trace: Trace) -> tuple[str, ...]:  # noqa: PLR0911  # one for each step
    facts = Facts(trace)
    match facts.last:
        case Register() as step:
            return _registering(facts, trace, step)
        case Store():
            return _storing(facts, trace)
        case Get(index) | Apart(index):
            return _looking_up(facts, trace, index)
        case Set():
            return _setting(facts, trace)
        case Reset():
            return ("reset.forgets-everything", "reset.idempotent")
        case Life():
            return _living(facts, trace)
        case Presence():
            return _being_present(facts, trace)
        case Enumerate() | Construct() | Keep() | RunKept():
            return _constructing(facts)
        case _:
            return ("constructor.lazy",)


def _registering(facts: Facts, trace: Trace, step: Register) -> tuple[str, ...]:
    made = facts.made(step.value)
    if not made.text.printable:
        return ("weakref.hostile-repr",)
    if trace.wanted.what is What.CAUSE:
        return ("weakref.cause-chained",)
    if not made.text.referenceable:
        return (
            f"weakref.{'user-object' if step.origin is Origin.USER_OBJECT else 'graph-created'}",
        )
    return _those(
        ("weakref.hostile-repr", facts.unprintable),
        ("weakref.table-usable", facts.refused(Register) and trace.answer.error is not None),
        ("index.failed-registration", facts.refused(Register)),
        ("index.restarts-on-reset", facts.did(Reset)),
        ("store.failure", facts.refused(Store)),
        ("index.ignores-bindings", facts.did(Store)),
        ("set.replaces-one", facts.did(Set)),
        ("index.ignores-death", facts.did(Drop)),
        ("lookup.repeatable", facts.did(Get, Apart)),
        ("constructor.repeatable", facts.did(Construct, RunKept)),
        ("index.never-deduplicated", step.value in [each.value for each in facts.registered]),
        ("index.one-sequence", any(each.origin is not step.origin for each in facts.registered)),
        otherwise="index.dense-from-zero",
    )


def _storing(facts: Facts, trace: Trace) -> tuple[str, ...]:
    if trace.wanted.what is What.TYPE_ERROR:
        return ("store.not-weak-referenceable",)
    return _those(
        ("store.returns-nothing", trace.answer.error is None),
        ("weakref.table-usable", facts.refused(Register)),
        ("store.failure", facts.refused(Store)),
        ("store.independent-of-registrations", bool(facts.registered)),
        otherwise="store.position-is-index",
    )


def _looking_up(facts: Facts, trace: Trace, index: int) -> tuple[str, ...]:
    if trace.wanted.what is What.TOLD_APART:
        return ("lookup.error-kinds",)
    if trace.wanted.what is What.OBJECT and isinstance(trace.wanted.value, int):
        return _finding(facts, index, trace.wanted.value)
    last = facts.stores[-1].values if facts.stores else None
    return _those(
        ("lookup.negative-is-error", index < 0),
        ("store.failure", facts.refused(Store)),
        ("reset.forgets-everything", facts.did(Reset)),
        ("set.not-weak-referenceable", facts.refused(Set)),
        ("weakref.failed-index-is-error", facts.refused(Register)),
        ("set.bounds", facts.did(Set)),
        ("lookup.dead-is-error", facts.did(Drop)),
        ("store.empty-clears", last == ()),
        ("store.replaces-all", len(facts.stores) > 1),
        ("store.replaces-trace-time", bool(facts.stores and facts.registered)),
        otherwise="lookup.unregistered-is-error",
    )


def _finding(facts: Facts, index: int, value: int) -> tuple[str, ...]:
    sets = [step for step in facts.before if isinstance(step, Set)]
    known = len(facts.registered) > index or any(len(s.values) > index for s in facts.stores)
    dropped = Drop(value) in facts.before
    stored = facts.stores[-1].values if facts.stores else ()
    return _those(
        ("store.failure", facts.refused(Store)),
        ("set.not-weak-referenceable", facts.refused(Set)),
        ("set.bounds", bool(sets) and not known),
        ("set.lifetime", bool(sets) and dropped),
        ("set.replaces-one", bool(sets)),
        ("weakref.table-usable", facts.refused(Register)),
        ("keep.graph-created-until-reset", dropped),
        ("lookup.dead-spares-others", facts.did(Drop)),
        ("lookup.repeatable", facts.did(Get, Apart)),
        ("index.after-store", facts.registers_after_store),
        ("store.duplicates-kept", len({*stored}) < len(stored)),
        ("lookup.identity", facts.is_strange),
        ("store.replaces-all", len(facts.stores) > 1),
        ("store.replaces-trace-time", bool(facts.registered and facts.stores)),
        ("store.position-is-index", bool(facts.stores)),
        otherwise="lookup.trace-time",
    )


def _setting(facts: Facts, trace: Trace) -> tuple[str, ...]:
    match trace.wanted.what:
        case What.TYPE_ERROR | What.REFUSED:
            return ("set.not-weak-referenceable",)
        case What.LOOKUP_ERROR | What.DONE_OR_LOOKUP_ERROR:
            return ("set.bounds",)
        case _:
            return _those(
                ("weakref.table-usable", facts.refused(Register)),
                ("lookup.dead-spares-others", facts.did(Drop)),
                otherwise="set.replaces-one",
            )


def _living(facts: Facts, trace: Trace) -> tuple[str, ...]:
    was_set = any(isinstance(step, Set) for step in facts.before)
    if trace.wanted.value:
        return _those(
            ("set.lifetime", was_set),
            ("keep.failed-registration", facts.refused(Register)),
            otherwise="keep.graph-created-until-reset",
        )
    return _those(
        ("set.not-weak-referenceable", facts.refused(Set)),
        ("set.lifetime", was_set),
        ("keep.failed-registration", facts.refused(Register)),
        ("keep.released-on-reset", facts.did(Reset)),
        ("lookup.does-not-extend-life", facts.did(Get, Apart)),
        ("store.holds-weakly", facts.did(Store)),
        otherwise="keep.user-object-not-kept",
    )


def _being_present(facts: Facts, trace: Trace) -> tuple[str, ...]:
    if trace.answer.what is not What.PRESENCE:
        return ("present.false-when-empty",)
    return _those(
        ("store.failure", facts.refused(Store)),
        ("present.false-when-empty", facts.did(Reset)),
        ("constructor.failed-registration", facts.refused(Register)),
        ("present.ignores-death", facts.did(Drop)),
        ("present.ignores-bindings", facts.did(Store)),
        ("lookup.repeatable", facts.did(Get, Apart)),
        ("set.replaces-one", facts.did(Set)),
        ("present.false-when-empty", not facts.registered),
        ("present.after-graph-created", Origin.GRAPH_CREATED in _origins(facts)),
        otherwise="present.after-user-object",
    )


def _constructing(facts: Facts) -> tuple[str, ...]:
    seen: type[Step] = type(facts.last)
    return _those(
        ("reset.forgets-everything", facts.did(Reset)),
        ("store.failure", facts.refused(Store)),
        ("constructor.failed-registration", facts.refused(Register)),
        ("store.keeps-registrations", facts.did(Store)),
        ("set.replaces-one", facts.did(Set)),
        ("constructor.survives", facts.did(Drop)),
        ("lookup.repeatable", seen is Enumerate and facts.did(Get, Apart)),
        ("constructor.survives", facts.did(Get, Apart)),
        ("constructor.in-index-order", seen is Enumerate),
        ("constructor.repeatable", facts.did(Construct, RunKept)),
        ("constructor.own-index", len(facts.registered) > 1),
        ("constructor.graph-created", Origin.GRAPH_CREATED in _origins(facts)),
        otherwise="constructor.user-object",
    )


def _origins(facts: Facts) -> set[Origin]:
    return {each.origin for each in facts.registered}


def _those(*cases: tuple[str, bool], otherwise: str) -> tuple[str, ...]:
    """Returns the ids of the cases that are so, and the one that is left."""
    return (*(id_ for id_, holds in cases if holds), otherwise)
