"""What runs in two threads at once, for any table with SideTable's names."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from functools import partial

from sidetable_conformance.objects import Thing, things
from sidetable_conformance.registering import Recorder
from sidetable_conformance.schedules import Outcome, Scenario
from sidetable_source import LocalSource

LOOKUP_ERRORS = (AssertionError, LookupError, ReferenceError)


def store_against_lookup(make_table, times=1):
    """A lookup while another thread stores finds what was bound before or what is bound then.

    The context of the lookup is a copy of the one that stored first, so a table whose bindings
    belong to contexts finds only what was bound before.
    """
    table, old, new = make_table(), Thing("old"), things(times, "new ")
    table.store(old, old)
    look_up = partial(copy_context().run, table.get, 0)

    def verdict(seen):
        return wrong_of(seen[1], allowed=[old, *new])

    stores = [partial(table.store, value, value) for value in new]
    return Scenario([stores, [look_up] * times], verdict)


def two_stores_against_two_lookups(make_table):
    """The same with two of each."""
    return store_against_lookup(make_table, times=2)


def shorter_store_against_lookup(make_table):
    """An index that the new binding does not have any more is found, or is a lookup's error."""
    table, old, new = make_table(), Thing("old"), Thing("new")
    table.store(old, old)
    look_up = partial(copy_context().run, table.get, 1)

    def verdict(seen):
        return wrong_of(seen[1], allowed=[old], may_raise=True)

    return Scenario([[partial(table.store, new)], [look_up]], verdict)


def death_against_lookup(make_table):
    """An object that dies during the lookup is found, or is a lookup's error, and never None."""
    table, owned = make_table(), things(1)
    table.store(*owned)
    look_up = partial(copy_context().run, table.get, 0)

    def verdict(seen):
        return "" if seen[1][0].value is not None else wrong_of(seen[1], [], may_raise=True)

    return Scenario([[table.has_user_objects, owned.clear], [look_up]], verdict)


def own_stores_against_each_other(make_table):
    """Each of two threads finds what it stored itself."""
    table, own = make_table(), things(2)

    def verdict(seen):
        return next(filter(None, (wrong_of(seen[n][1:], [own[n]]) for n in (0, 1))), "")

    return Scenario(
        [[partial(table.store, value), partial(table.get, 0)] for value in own], verdict
    )


def frame_against_lookup(make_table):
    """A lookup while another thread enters and leaves a frame finds what either of them bound."""
    table, old, new = make_table(), Thing("old"), Thing("new")
    table.store(old)
    look_up = partial(copy_context().run, table.get, 0)

    def enter_and_leave():
        with table.frame(new):
            return table.get(0)

    def verdict(seen):
        return wrong_of(seen[0], [new]) or wrong_of(seen[1], [old, new])

    return Scenario([[enter_and_leave], [look_up]], verdict)


def registration_against_registration(make_table):
    """Two threads that register get indices 0 and 1, each with its own constructor."""
    table, sources = make_table(), [LocalSource("a"), LocalSource("b")]
    values = things(2)

    def verdict(seen):
        indices = [outcomes[0].value for outcomes in seen]
        if sorted(map(str, indices)) != ["0", "1"]:
            return f"the indices are {', '.join(str(outcomes[0]) for outcomes in seen)}"
        for index, source in zip(indices, sources, strict=True):
            recorder = Recorder()
            table.constructors[index](recorder)
            if recorder.written != [("codegen", source)]:
                return f"index {index} has the constructor of another one"
        return "" if len(values) == len(table.constructors) else "there is one constructor more"

    return Scenario(
        [
            [partial(table.register_user_object, value, source)]
            for value, source in zip(values, sources, strict=True)
        ],
        verdict,
    )


def wrong_of(outcomes: list[Outcome], allowed: list[object], *, may_raise: bool = False) -> str:
    """Returns what is wrong with what lookups gave."""
    for outcome in outcomes:
        if outcome.caught is not None:
            kind = outcome.caught.kind
            if may_raise and issubclass(kind, LOOKUP_ERRORS) and kind not in (KeyError, IndexError):
                continue
            return f"a lookup raised {outcome}"
        if not any(outcome.value is value for value in allowed):
            return f"a lookup gave {outcome}"
    return ""


def scenario(function: Callable[..., Scenario], make_table) -> Callable[[], Scenario]:
    """Returns what makes the scenario anew."""
    return partial(function, make_table)
