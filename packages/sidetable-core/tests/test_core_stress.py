"""Many calls at once, each with its own objects: none finds another's, and none finds nothing.

Every test is run over a table too that has one list for the whole process, as PyTorch 2.13 has one
dictionary. That it fails there shows that it can fail.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module

import pytest

from sidetable_core import SideTable

pytestmark = pytest.mark.deep

THREADS, CALLS = 8, 100_000
TASKS, TURNS = 1_000, 5
GREENLETS, SWITCHES = 10, 10_000
ROOM = 40  # for what a level of the recursion calls itself


class Thing:
    """What a call binds."""


class ProcessTable:
    """Has one list of weak references for the whole process."""

    def __init__(self):
        self.references = []

    def store(self, *objects):
        self.references = list(map(weakref.ref, objects))

    def get(self, index):
        value = self.references[index]()
        if value is None:
            raise LookupError(index)
        return value

    @contextmanager
    def frame(self, *objects):
        self.store(*objects)
        yield


def look(table, own, seen):
    """Looks every object of a call up, and counts what was found."""
    for index, value in enumerate(own):
        try:
            found = table.get(index)
        except (LookupError, ReferenceError):
            seen["missing"] += 1
        else:
            seen["right" if found is value else "wrong"] += 1


def threads(table):
    """Lets 8 threads make 100,000 calls each, which meet now and then while all are bound."""
    meeting = threading.Barrier(THREADS)

    def calls(_):
        seen, pairs = Counter(), [(Thing(), Thing()), (Thing(), Thing())]
        meeting.wait()
        for call in range(CALLS):
            own = pairs[call % 2]
            if call % 4:
                table.store(*own)
                look(table, own, seen)
                continue
            with table.frame(*own):
                if call % 10_000 == 0:
                    meeting.wait()
                look(table, own, seen)
        return seen

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(calls, range(THREADS)), Counter()), 2 * THREADS * CALLS


def tasks(table):
    """Lets 1,000 tasks of asyncio take turns, inside of frames and outside."""

    async def call(seen):
        outer, inner = [Thing()], [Thing(), Thing()]
        for _ in range(TURNS):
            table.store(*outer)
            await asyncio.sleep(0)
            look(table, outer, seen)
            with table.frame(*inner):
                await asyncio.sleep(0)
                look(table, inner, seen)
            await asyncio.sleep(0)
            look(table, outer, seen)

    async def calls():
        seen = Counter()
        await asyncio.gather(*(call(seen) for _ in range(TASKS)))
        return seen

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        return runner.run(calls()), 4 * TASKS * TURNS


def recursion(table):
    """Calls itself in a frame as deep as the interpreter lets it, and looks on the way back."""
    seen = Counter()

    def deeper(left):
        own = [Thing()]
        with table.frame(*own):
            look(table, own, seen)
            if left:
                deeper(left - 1)
            look(table, own, seen)

    depth = sys.getrecursionlimit() - ROOM
    frame = sys._getframe()
    while frame is not None:
        depth, frame = depth - 1, frame.f_back
    assert depth > 500
    deeper(depth - 1)
    return seen, 2 * depth


def greenlets(table):
    """Lets 10 greenlets of one thread switch 10,000 times, inside of frames and outside."""
    greenlet = import_module("greenlet")
    main, seen = greenlet.getcurrent(), Counter()

    def calls():
        for _ in range(SWITCHES // GREENLETS // 2):
            outer, inner = [Thing()], [Thing()]
            table.store(*outer)
            main.switch()
            look(table, outer, seen)
            with table.frame(*inner):
                main.switch()
                look(table, inner, seen)

    running = [greenlet.greenlet(calls) for _ in range(GREENLETS)]
    while not all(one.dead for one in running):
        for one in running:
            one.switch()
    return seen, SWITCHES


@pytest.mark.parametrize("work", [threads, tasks, recursion, greenlets])
def test_every_call_finds_its_own_objects(work):
    """0 wrong and 0 missing, of as many as were looked up."""
    seen, looked_up = work(SideTable("stress"))
    assert seen == {"right": looked_up}


@pytest.mark.parametrize("work", [threads, tasks, recursion, greenlets])
def test_one_list_for_the_process_does_not_pass(work):
    """Over a table that no two calls can share, calls find others' objects, or dead ones."""
    seen, looked_up = work(ProcessTable())
    assert seen["wrong"] + seen["missing"] > 0
    assert seen.total() == looked_up
