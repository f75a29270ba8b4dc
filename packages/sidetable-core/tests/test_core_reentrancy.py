"""Operations in the middle of others: each has its whole effect."""

from __future__ import annotations

from contextlib import nullcontext
from contextvars import Context

import pytest

from sidetable_core import SideTable
from sidetable_source import LocalSource

from .operations import (
    AROUND,
    OPERATIONS,
    OTHERS,
    STARTS,
    A,
    B,
    C,
    D,
    after,
    clear,
    elsewhere,
    fresh,
    put_in,
    register,
    register_graph_created,
    reset,
    snapshot,
    store,
    stored,
)


def begin_in_a_frame(table):
    """More is registered than a store here binds, and a frame with one object is open."""
    for thing in (A, B, A):
        table.register_user_object(thing, LocalSource(thing.name))
    return table.frame(B)


@pytest.mark.parametrize("start", [*STARTS, begin_in_a_frame])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_in_the_middle_of_another(moments, operation, start):
    """Two operations, one at any moment of the other, end as one after the other would."""
    for other in OTHERS:
        right = [
            after(start, (operation, C), (other, D)),
            after(start, (other, D), (operation, C)),
        ]
        if operation in AROUND:
            right.append(after(start, (AROUND[operation], (other, D))))

        def scenario(other=other, right=right):
            table = SideTable()
            with start(table) or nullcontext():
                came = yield lambda: operation(table, C), lambda: other(table, D)
                if came:
                    assert snapshot(table) in right, f"{other.__name__} inside {operation.__name__}"

        moments.each(scenario)


def in_another_context(operation):
    """The operation, where nothing was ever bound."""
    return lambda table, thing: Context().run(operation, table, thing)


@pytest.mark.parametrize("start", [*STARTS, begin_in_a_frame])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_operation_of_another_context_in_the_middle(moments, operation, start):
    """As another thread's can come: it has its whole effect there, and this one has its own."""
    for other in OTHERS:
        there = in_another_context(other)
        right = [
            after(start, (operation, C), (there, D)),
            after(start, (there, D), (operation, C)),
        ]

        def scenario(there=there, other=other, right=right):
            table = SideTable()
            with start(table) or nullcontext():
                came = yield lambda: operation(table, C), lambda: there(table, D)
                if came:
                    assert snapshot(table) in right, f"{other.__name__} beside {operation.__name__}"

        moments.each(scenario)


@pytest.mark.parametrize("operation", [register, register_graph_created, put_in])
def test_registration_and_reset_of_another_context_in_the_middle(moments, operation):
    """The three come to what they come to in one of the three orders."""
    steps = [(in_another_context(register), D), (in_another_context(reset), D)]
    right = [
        after(stored, *steps[:position], (operation, C), *steps[position:]) for position in range(3)
    ]

    def scenario():
        table = SideTable()
        stored(table)

        def both():
            for there, thing in steps:
                there(table, thing)

        came = yield lambda: operation(table, C), both
        if came:
            assert snapshot(table) in right

    moments.each(scenario)


def inside(operation):
    """The operation in a frame of its own."""

    def work(table, thing):
        with table.frame(B):
            operation(table, thing)

    return work


@pytest.mark.parametrize("start", [fresh, stored, elsewhere])
@pytest.mark.parametrize(
    "operation", [register, register_graph_created, store, clear, put_in, reset]
)
def test_end_of_the_frame_in_the_middle(moments, operation, start):
    """What came to its end in the frame goes with the frame, and what comes after it stays."""
    right = [after(start, (inside(operation), C)), after(start, (operation, C))]

    def scenario():
        table = SideTable()
        start(table)
        frame = table.frame(B).__enter__()
        came = yield lambda: operation(table, C), lambda: frame.__exit__(None, None, None)
        if came:
            assert snapshot(table) in right
        else:
            frame.__exit__(None, None, None)

    moments.each(scenario)


@pytest.mark.parametrize("operation", [register, register_graph_created])
def test_end_of_the_frame_and_a_store_in_the_middle(moments, operation):
    """What is registered before, between or after the two is bound as it would be alone."""
    right = [
        after(elsewhere, (inside(operation), C), (store, D)),
        after(elsewhere, (operation, C), (store, D)),
        after(elsewhere, (store, D), (operation, C)),
    ]
    for apart in range(16):

        def scenario(apart=apart):
            table = SideTable()
            elsewhere(table)
            frame = table.frame(B).__enter__()
            waiting = [lambda: frame.__exit__(None, None, None), lambda: store(table, D)]

            def action():
                waiting.pop(0)()
                if waiting:
                    moments.again(apart)

            yield lambda: operation(table, C), action
            if not waiting:
                assert snapshot(table) in right, f"{apart} moments apart"
            elif len(waiting) == 2:
                waiting[0]()

        moments.each(scenario)


# Not for registrations: the second may be bound on top of what the first made us take back.
@pytest.mark.parametrize("other", [other for other in OTHERS if other is not register])
@pytest.mark.parametrize("operation", [register, put_in, reset])
def test_operation_in_the_middle_of_another_twice(moments, operation, other):
    """The same with two operations at two moments of a third, in one of the three orders."""
    steps = [(other, D), (other, B)]
    right = [
        after(stored, *steps[:position], (operation, C), *steps[position:]) for position in range(3)
    ]
    for apart in range(12):

        def scenario(apart=apart):
            table, waiting = SideTable(), [D, B]
            stored(table)

            def action():
                other(table, waiting.pop(0))
                if waiting:
                    moments.again(apart)

            yield lambda: operation(table, C), action
            if not waiting:
                assert snapshot(table) in right, f"{apart} moments apart"

        moments.each(scenario)
