"""No function keeps more references than it gives back, whichever way it ends."""

# ruff: noqa: D103  # the name of an operation says what it does

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from contextvars import Context

import pytest

from sidetable_core import Frame, LocalSource, SideTable
from sidetable_core._binding import FrameOwner, Held, Owner, Registration

ROUNDS = 100_000 if os.environ.get("SIDETABLE_EXAMPLES") == "deep" else 2_000
SOURCE = LocalSource("x")


class Thing:
    """An object that can be weakly referenced."""


A, B, C = Thing(), Thing(), Thing()


def fails(_thing):
    """A graph that raises."""
    raise KeyError


def like(x): ...


class Fixture:
    """A table, and everything that a round calls."""

    def __init__(self):
        self.table = SideTable()
        self.table.register_user_object(A, SOURCE)
        self.entry = self.table.entry(lambda x: self.table.get(0), like=like)
        self.failing = self.table.entry(fails, like=like)
        self.recursive = self.table.entry(self.again, like=like)
        self.depth = 0

    def again(self, thing):
        """A graph that calls the entry function of which it is the graph."""
        self.depth += 1
        if self.depth % 3:
            self.recursive(thing)

    def copied(self, thing):
        """A binding that a copied context has when the call is over."""
        context = Context()
        context.run(self.entry, thing)
        context.copy().run(self.table.frame(thing).__enter__)


def stores(it):
    it.table.store(A, B, C)


def stores_again(it):
    it.table.store(A)
    it.table.store(A)


def stores_new(it):
    it.table.store(A, B)
    it.table.store(B, A)


def stores_what_dies(it):
    it.table.store(Thing(), Thing())
    it.table.get(1)


def stores_what_cannot_be(it):
    it.table.store(A, 1)


def looks_up(it):
    it.table.store(A, B)
    it.table.get(1)
    it.table.get(index=1)


def finds_nothing(it):
    it.table.get(10**30)


def binds(it):
    it.entry(B)


def binds_others(it):
    it.entry(A)
    it.entry(B)
    it.entry(Thing())


def binds_in_a_binding(it):
    it.recursive(A)


def binds_what_cannot_be(it):
    it.entry(1)


def raises(it):
    it.failing(A)


def enters(it):
    with it.table.frame(A, B):
        it.table.get(1)


def enters_twice(it):
    with it.table.frame(A) as frame, it.table.frame(B), frame:
        pass


def enters_and_sets(it):
    with it.table.frame(A):
        it.table.set(0, Thing())


def leaves_out_of_order(it):
    first, second = it.table.frame(A).__enter__(), it.table.frame(B).__enter__()
    with suppress(Exception):
        first.__exit__(None, None, None)
    second.__exit__(None, None, None)


def drops_a_frame(it):
    it.table.frame(A).__enter__()
    it.table.frame(A)


def frames_what_cannot_be(it):
    it.table.frame(A, 1)


def copies(it):
    it.copied(A)


def registers(it):
    table = SideTable()
    table.register_user_object(A, SOURCE)
    table.register_user_object(B, SOURCE)
    table.reset()
    table.register_user_object(B, SOURCE)


def registers_after_a_store(it):
    table = SideTable()
    table.store(A)
    table.register_user_object(A, SOURCE)


def registers_what_cannot_be(it):
    it.table.register_user_object(1, SOURCE)


def registers_from_nowhere(it):
    it.table.register_user_object(A, 1)


OPERATIONS = [
    value
    for value in list(globals().values())
    if getattr(value, "__module__", "") == __name__
    and getattr(getattr(value, "__code__", None), "co_varnames", ())[:1] == ("it",)
]


def counted(it):
    """What is counted: blocks of memory, and the references to what every call uses."""
    gc.collect()
    state = it.table._state
    shared = [None, True, False, (), A, B, C, SOURCE, Owner, FrameOwner, Held, Frame, Registration]
    shared += [state, state.anchor, state.owner, state.variable, state.registrations, it.table.get]
    return [sys.getallocatedblocks(), *map(sys.getrefcount, shared)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
def test_nothing_is_kept(operation):
    """After many rounds there are as many blocks and references as before, give or take a few."""
    it = Fixture()

    def rounds(count):
        for _ in range(count):
            with suppress(Exception):
                operation(it)

    context = Context()
    context.run(rounds, 200)
    before = counted(it)
    context.run(rounds, ROUNDS)
    grown = [after - earlier for earlier, after in zip(before, counted(it), strict=True)]
    assert max(map(abs, grown)) < ROUNDS / 10
