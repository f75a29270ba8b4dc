"""The parent of the faulty tables of profile robust: it keeps every rule itself."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Final

import pytest

from sidetable_conformance.mutants._contexts import BOUND, Binding, Entry
from sidetable_conformance.mutants._robust import RobustTable
from sidetable_conformance.mutants._robust_steps import Whole
from sidetable_source import FrameError, LocalSource

from .judged_alone import OWN


class Meddled(RobustTable):
    """Does something in the middle of the next operation, once."""

    def __init__(self) -> None:
        super().__init__(OWN)
        self.meddle: Callable[[], object] | None = None

    def _with(self, whole: Whole, binding: Binding | None) -> Whole:
        changed = super()._with(whole, binding)
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return changed


def _enter(table: RobustTable, value: object) -> None:
    frame = table.frame(value)
    with frame:
        assert table.get(0) is value


MEDDLED: Final[dict[str, Callable[[RobustTable, object], object]]] = {
    "a registration": lambda table, value: table.register_user_object(value, LocalSource("x")),
    "a store": lambda table, value: table.store(value),
    "a set": lambda table, value: table.set(0, value),
    "a reset": lambda table, _: table.reset(),
    "a frame": _enter,
}


@pytest.mark.parametrize("in_a_frame", [False, True])
@pytest.mark.parametrize("name", MEDDLED)
def test_the_parent_begins_anew_when_somebody_came_between(name: str, in_a_frame: bool) -> None:
    """What it publishes over is what there is then."""

    def after(meddle: bool) -> list[object]:
        table, first, between, value = Meddled(), set(), set(), set()
        names = {id(first): "first", id(between): "between", id(value): "value"}

        def operate() -> list[object]:
            if meddle:
                table.meddle = lambda: table.store(first, between)
            else:
                table.store(first, between)
            MEDDLED[name](table, value)
            return [names[id(table.get(index))] for index in range(2) if is_bound(table, index)]

        kinds = (first, between, value)
        table.store(*kinds)
        if not in_a_frame:
            return operate()
        with table.frame(*kinds):
            return operate()

    assert Context().run(after, True) == Context().run(after, False)


def is_bound(table: RobustTable, index: int) -> bool:
    """Tells whether an index finds something."""
    with suppress(LookupError):
        table.get(index)
        return True
    return False


def test_the_parents_frames_are_entered_once() -> None:
    """As those of its own parent are."""
    frame = RobustTable(OWN).frame()
    with frame, pytest.raises(FrameError):
        frame.__enter__()


def test_the_parent_asks_again_which_context_this_is() -> None:
    """Something that binds in the middle of asking is not undone."""
    table, value = RobustTable(OWN), set()

    class Asked:
        """An entry, the first look at which binds something."""

        tokens: Final = [BOUND.set(BOUND.get())]
        looked = False

        @property
        def token(self) -> object:
            if not self.looked:
                self.looked = True
                table.store(value)
            return self.tokens[-1]

        @token.setter
        def token(self, token: object) -> None:
            self.tokens.append(token)

    assert table._is_here(Asked())
    assert table.get(0) is value
    assert not table._is_here(Entry(0, None))
