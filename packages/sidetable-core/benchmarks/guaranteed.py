"""Every guarantee: an operation that has it, and the same without it, by hand in `steps`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import Context
from dataclasses import dataclass
from typing import Final, Literal

import growing
import steps
from loops import Loop, loop
from operations import Subject, Thing
from racing import Timed, timed, times_for
from sidetable_core import HANDLE, SideTable, resolve
from sidetable_source import LocalSource

_REGISTERED: Final = 1_000
"""How many objects are registered in each table."""

_A_BLOCK: Final = "with frame(*things): pass"


@dataclass(frozen=True, slots=True)
class Guarantee:
    """One operation with a guarantee, and the same without it.

    Attributes:
        name: What is guaranteed.
        operation: What has the guarantee.
        without: What it is compared with.
        costs: Times the operation.
        baseline: Times the other.
    """

    name: str
    operation: str
    without: str
    costs: Timed
    baseline: Timed


def guarantees(frames: ExitStack) -> Iterator[Guarantee]:
    """Returns all of them, each when it is asked for.

    Args:
        frames: Where to leave what has to stay open while it is measured.
    """
    yield from isolating()
    yield from restoring()
    yield from handling(frames)
    yield from holding()
    yield from registering()


def isolating() -> Iterator[Guarantee]:
    """Returns what a binding of each context's own costs."""
    table, shared = SideTable(), steps.Shared()
    things = _things()
    yield _raced(
        "isolation",
        "`get`",
        "the same over a plain variable",
        loop("get(1)", "store(*things)", get=table.get, store=table.store, things=things),
        loop("get(1)", "store(*things)", get=shared.get, store=shared.store, things=things),
    )
    yield _raced(
        "isolation",
        "`store`",
        "the same over a plain variable, which makes references anew",
        _storing(table.store),
        _storing(shared.store),
    )
    yield _raced(
        "isolation",
        "binding, in generated code",
        "a global variable is assigned",
        _calling(steps.Isolated().call),
        _calling(shared.call),
    )


def restoring() -> Iterator[Guarantee]:
    """Returns what it costs to put back what was found, and to do so at any time."""
    entered = _calling(entry_of())
    yield _raced(
        "restoring",
        "a call of an entry function",
        "the same, which makes references anew, binds and does not restore",
        entered,
        _calling(steps.Isolated().call),
    )
    table, things = SideTable(), _things()
    framed = loop(_A_BLOCK, frame=table.frame, things=things)
    yield _raced(
        "restoring", "a frame entered and left", "a call of an entry function", framed, entered
    )
    yield _raced(
        "both",
        "a call of an entry function",
        "a prologue by hand, with the simplest `store`",
        entered,
        _calling(steps.Shared().prologue),
    )
    stored = "store(*things)"
    yield _raced(
        "snapshots",
        "a snapshot taken",
        "a `store` of the same again",
        loop("snapshot()", stored, snapshot=table.snapshot, store=table.store, things=things),
        _storing(SideTable().store),
    )
    yield _raced(
        "snapshots",
        "a snapshot entered and left",
        "a frame entered and left",
        loop(
            "with taken: pass",
            f"{stored}; taken = snapshot()",
            snapshot=table.snapshot,
            store=table.store,
            things=things,
        ),
        framed,
    )


def handling(frames: ExitStack) -> Iterator[Guarantee]:
    """Returns what integers cost that mean a frame, from anywhere."""
    table, things = SideTable(), _things()
    handle = frames.enter_context(table.frame(*things)).handle
    yield _raced(
        "handles",
        "`resolve`",
        "`get`",
        loop("resolve(handle, 1)", resolve=resolve, handle=handle),
        loop("get(1)", "store(*things)", get=table.get, store=table.store, things=things),
    )
    yield _raced(
        "handles",
        "a frame that is asked for its handle",
        "one that is not",
        loop("with frame(*things) as one: one.handle", frame=table.frame, things=things),
        loop(_A_BLOCK, frame=table.frame, things=things),
    )
    yield _raced(
        "handles",
        "a call of an entry function with `HANDLE`",
        "one without",
        _calling(entry_of(handle=True)),
        _calling(entry_of()),
    )


def holding() -> Iterator[Guarantee]:
    """Returns what it costs that an object lives as long as what binds it."""
    yield _raced(
        "hold",
        'a call with `hold="frame"`, three of three',
        'a call with `hold="weak"`',
        _calling(entry_of("frame")),
        _calling(entry_of()),
    )
    held, weak = registered_in("frame"), registered_in()
    things = _things()
    yield _raced(
        "hold",
        'a frame with `hold="frame"`, three of three',
        'a frame with `hold="weak"`',
        loop(_A_BLOCK, frame=held.frame, things=things),
        loop(_A_BLOCK, frame=weak.frame, things=things),
    )


def registering() -> Iterator[Guarantee]:
    """Returns what each rule of registering costs, added to those before, and one of them alone."""
    yield _registered(
        "one step", "two lists, one after the other", steps.at_once, steps.one_after_the_other
    )
    yield _registered(
        "isolation",
        "the same without asking what is bound here, before and after",
        steps.binding,
        steps.at_once,
    )
    yield _registered(
        "line and type", "the same without recording them", steps.recording, steps.binding
    )
    yield _registered(
        "any source, any hold", "the same, which asks for neither", growing.ours, steps.recording
    )
    for count in (_REGISTERED, 100_000):
        yield _registered(
            "line and type, nothing else",
            f"PyTorch's, {count:,} of them",
            steps.recording_alone,
            growing.baseline,
            count,
        )


def registered_in(hold: Literal["weak", "frame"] = "weak") -> SideTable:
    """Returns a table with three registrations."""
    table = SideTable()
    for member in "abc":
        table.register_user_object(Thing(), LocalSource("subject").attr(member), hold=hold)
    return table


def entry_of(
    hold: Literal["weak", "frame"] = "weak", *, handle: bool = False
) -> Callable[[Subject], object]:
    """Returns an entry function with three objects, for a graph that does nothing."""

    def like(subject: Subject) -> None:
        """The function that the entry functions stand for."""

    inputs = [HANDLE] if handle else None
    return registered_in(hold).entry(steps.nothing, like=like, inputs=inputs)


def _things() -> list[Thing]:
    return [Thing() for _ in range(3)]


def _storing(store: Callable[..., None]) -> Loop:
    first, second, third = _things()
    return loop("store(a, b, c)", store=store, a=first, b=second, c=third)


def _calling(call: Callable[[Subject], object]) -> Loop:
    return loop("call(subject)", call=call, subject=Subject())


def _raced(name: str, operation: str, without: str, costs: Loop, baseline: Loop) -> Guarantee:
    times = Context().run(times_for, baseline)
    return Guarantee(name, operation, without, timed(costs, times), timed(baseline, times))


def _registered(
    name: str,
    without: str,
    costs: Callable[[], Callable[..., int]],
    baseline: Callable[[], Callable[..., int]],
    count: int = _REGISTERED,
) -> Guarantee:
    times = max(1, 5_000 // count)
    with_it, other = (growing.registering(make, count, times) for make in (costs, baseline))
    return Guarantee(name, "registering an object", without, with_it, other)
