"""Watching a program: what it finds, what it does not, and that it leaves no trace."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import re
import sys
import threading
import weakref
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import greenlet
import pytest
from rich.console import Console

from sidetable_conformance import TargetError, live, run
from sidetable_conformance.rules import RULES
from sidetable_conformance.tables import IsolatedTable
from sidetable_core import SideTable
from sidetable_source import LocalSource

from .implementations.like_pytorch import LikePyTorch

PROCESS = '''\
"""One table for the whole process, with PyTorch's names."""
import weakref

bound, keep_alive, index_to_bytecode_constructor = {}, [], {}

def has_user_objects(): return bool(index_to_bytecode_constructor)

def register_user_object(value, source):
    index = len(index_to_bytecode_constructor)
    index_to_bytecode_constructor[index] = source
    bound[index] = weakref.ref(value)
    return index

def register_graph_created_object(value, construct_fn):
    keep_alive.append(value)
    return register_user_object(value, construct_fn)

def store_user_object_weakrefs(*args):
    bound.clear()
    bound.update(enumerate(map(weakref.ref, args)))

def get_external_object_by_index(index):
    found = bound[index]()
    if found is None:
        raise ReferenceError(index)
    return found

def set_external_object_by_index(index, value):
    keep_alive.append(value)
    bound[index] = weakref.ref(value)

def reset_user_object_tracking():
    bound.clear()
    keep_alive.clear()
    index_to_bytecode_constructor.clear()
'''


class OwnFunctions:
    """A table of the whole process with `SideTable`'s names, two of them functions of its own."""

    def __init__(self) -> None:
        self.constructors: dict[int, object] = {}
        bound: dict[int, weakref.ref[Thing]] = {}
        self.bound = bound

        def store(*things: Thing) -> None:
            bound.clear()
            bound.update(enumerate(map(weakref.ref, things)))

        self.store = store
        self.get = lambda index: bound[index]()

    def set(self, index, /, value) -> None:
        self.bound[index] = weakref.ref(value)

    def reset(self, *, hard=True, **more) -> None:
        self.bound.clear()

    def has_user_objects(self) -> bool:
        return False

    def register_user_object(self, value, source) -> int:
        raise NotImplementedError

    register_graph_created_object = register_user_object


class Slotted:
    """A table that cannot be weakly referenced."""

    __slots__ = ("constructors",)

    def __init__(self) -> None:
        self.constructors = ()

    store = get = reset = has_user_objects = OwnFunctions.reset
    register_user_object = register_graph_created_object = OwnFunctions.reset


class Frozen:
    """A table whose store is no function, and cannot be replaced."""

    __slots__ = ()
    constructors = ()
    store = get = staticmethod(partial(print))

    def reset(self) -> None: ...

    has_user_objects = register_user_object = register_graph_created_object = reset


STORE = "store_user_object_weakrefs"
GET = "get_external_object_by_index"


class Thing:
    """What a graph cannot carry."""


@pytest.fixture
def table(tmp_path, monkeypatch) -> ModuleType:
    """A table of the whole process, in which every call can overwrite every other one."""
    path = tmp_path / "process_table.py"
    path.write_text(PROCESS, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("process_table", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setitem(sys.modules, "process_table", module)
    return module


def kinds(watching) -> dict[tuple[str, str], int]:
    """Returns how often each kind was found of each requirement, and that nothing broke."""
    assert watching.faults == ()
    assert all(one.requirement in RULES for one in watching.findings)
    return {(one.requirement, one.kind): one.count for one in watching.findings}


def in_thread(function) -> None:
    """Runs a function in a thread of its own, to its end."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def call(table, meanwhile, *things) -> list[object]:
    """Does what generated code does: stores, and looks up, with something in between."""
    table.store_user_object_weakrefs(*things)
    meanwhile()
    return [looked_up(table, index) for index in range(len(things))]


def looked_up(table, index) -> object:
    """Looks up, some frames below the call."""
    try:
        return table.get_external_object_by_index(index)
    except (KeyError, ReferenceError) as error:
        return type(error)


def nothing() -> None:
    """Happens between a store and its lookup."""


# --- what is found --------------------------------------------------------------------------


def test_what_another_thread_has_bound_is_a_wrong_object(table) -> None:
    """The finding says who bound it, who looked it up, and how often."""
    mine, theirs = Thing(), Thing()
    with live.watch(table) as watching:
        for _ in range(3):
            found = call(table, lambda: in_thread(partial(call, table, nothing, theirs)), mine)
    assert found == [theirs]
    assert kinds(watching) == {("isolation.threads", live.WRONG): 3}
    (finding,) = watching.findings
    assert finding.index == 0
    assert finding.looked_up[0][2] == "looked_up"
    assert (finding.own[0][2], finding.bound[0][2]) == ("call", "call")
    assert finding.last[0] is finding.records[1]


def test_a_table_that_was_cleared_meanwhile_is_found_where_the_lookup_raises(table) -> None:
    """The call had bound the object, and it was still there."""
    thing = Thing()
    with live.watch(table) as watching:
        found = call(table, lambda: in_thread(table.reset_user_object_tracking), thing)
    assert found == [KeyError]
    assert kinds(watching) == {("isolation.threads", live.RAISED): 1}


def test_a_call_inside_a_call_is_found(table) -> None:
    """The inner call has looked up what was its own, so it has not bound for its caller."""
    outer, inner = Thing(), Thing()
    with live.watch(table) as watching:
        found = call(table, lambda: [call(table, nothing, inner) for _ in "ab"], outer)
    assert found == [inner]
    assert kinds(watching) == {("frame.nested", live.WRONG): 1}


def test_a_call_whose_error_is_kept_is_over_all_the_same(table) -> None:
    """Its frame is kept with the error, but no lookup belongs to it any more."""
    outer, inner = Thing(), Thing()
    kept: list[Exception] = []

    def failing() -> None:
        def fail() -> None:
            looked_up(table, 0)
            raise OSError

        try:
            call(table, fail, inner)
        except OSError as error:
            kept.append(error)

    with live.watch(table) as watching:
        found = call(table, failing, outer)
    assert found == [inner]
    assert kinds(watching) == {("frame.nested", live.WRONG): 1}


def test_tasks_are_told_apart(table) -> None:
    """Two tasks that wait between store and lookup find each other's objects."""

    async def task(thing: Thing, turn: asyncio.Event, other: asyncio.Event) -> object:
        table.store_user_object_weakrefs(thing)
        other.set()
        await turn.wait()
        return looked_up(table, 0)

    async def main() -> list[object]:
        first, second = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(task(a, first, second), task(b, second, first))

    a, b = Thing(), Thing()
    with live.watch(table) as watching:
        assert asyncio.run(main()) == [b, b]
    assert kinds(watching) == {("isolation.tasks", live.WRONG): 1}
    assert {watching.findings[0].lane.kind} == {"task"}


def test_greenlets_are_told_apart(table) -> None:
    """A greenlet that was switched away from finds what the other one stored."""
    a, b = Thing(), Thing()

    def switch() -> None:
        greenlet.getcurrent().parent.switch()

    running = [greenlet.greenlet(partial(call, table, switch, one)) for one in (a, b)]
    with live.watch(table) as watching:
        for one in (*running, *running):
            one.switch()
    assert kinds(watching) == {("isolation.greenlets", live.WRONG): 1}


def test_the_same_object_stored_by_somebody_else_worked_by_luck(table) -> None:
    """The binding was overwritten, and nobody noticed."""
    shared = Thing()
    with live.watch(table) as watching:
        found = call(table, lambda: in_thread(partial(call, table, nothing, shared)), shared)
    assert found == [shared]
    assert kinds(watching) == {("isolation.threads", live.LUCK): 1}


def test_an_object_that_cannot_be_weakly_referenced_is_known_by_its_identity(table) -> None:
    """Where a table takes it, strongly."""
    table.weakref = SimpleNamespace(ref=lambda one: lambda: one)
    with live.watch(table) as watching:
        assert call(table, nothing, 5, (6,)) == [5, (6,)]
        in_thread(partial(call, table, nothing, 7, 8))
    assert kinds(watching) == {}


def test_a_thread_that_bound_nothing_finds_what_was_left_by_luck(table) -> None:
    """Nobody can tell whether it should have."""
    thing = Thing()
    with live.watch(table) as watching:
        call(table, nothing, thing)
        in_thread(lambda: looked_up(table, 0))
    assert kinds(watching) == {("isolation.no-binding-is-error", live.LUCK): 1}


def test_a_store_that_does_not_replace_is_found(table, monkeypatch) -> None:
    """The call stored twice, and found what it had stored first."""
    first, second = Thing(), Thing()
    monkeypatch.setattr(table, STORE, lambda one: table.bound.setdefault(0, weakref.ref(one)))
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(first)
        table.store_user_object_weakrefs(second)
        assert looked_up(table, 0) is first
    assert kinds(watching) == {("frame.nested", live.WRONG): 1}


def test_a_table_that_loses_what_was_stored_is_found(table) -> None:
    """Nobody else has done anything."""
    thing = Thing()
    with live.watch(table) as watching:
        call(table, table.bound.clear, thing)
    assert kinds(watching) == {("store.position-is-index", live.RAISED): 1}


def test_objects_that_outlive_their_calls_are_found_once_they_are_many(table) -> None:
    """A table may keep a few until it is reset; a number that grows with the calls is a leak."""

    def calls(number: int) -> None:
        for _ in range(number):
            thing = Thing()
            table.keep_alive.append(thing)
            call(table, nothing, thing)

    with live.watch(table) as watching:
        calls(10)
        assert watching.findings == ()
        calls(100)
    assert kinds(watching) == {("frame.holds", live.KEPT): 100}


# --- what is not ----------------------------------------------------------------------------


def test_lookups_of_what_died_and_of_what_never_was_are_right(table) -> None:
    """The table says why, as it should."""
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(Thing())
        assert looked_up(table, 0) is ReferenceError
        assert looked_up(table, 5) is KeyError
    assert kinds(watching) == {}


def test_a_function_that_binds_for_its_caller_is_no_call(table) -> None:
    """It stores and returns, and looks nothing up; so does one that resets or sets."""
    first, second = Thing(), Thing()

    def store(*things: Thing) -> None:
        table.store_user_object_weakrefs(*things)

    def reset() -> None:
        table.reset_user_object_tracking()

    with live.watch(table) as watching:
        table.store_user_object_weakrefs(first)
        store(second)
        assert table.get_external_object_by_index(0) is second
        table.set_external_object_by_index(0, first)
        assert table.get_external_object_by_index(0) is first
        assert table.register_user_object(second, LocalSource("second")) == 0
        assert table.get_external_object_by_index(0) is second
        reset()
        assert looked_up(table, 0) is KeyError
    assert kinds(watching) == {}


def test_what_this_thread_has_left_is_its_own(table) -> None:
    """The call is over, and nobody else has bound anything since."""
    thing = Thing()
    with live.watch(table) as watching:
        call(table, nothing, thing)
        assert looked_up(table, 0) is thing
    assert kinds(watching) == {}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("factory", "edition", "profile"),
    [
        pytest.param(
            partial(IsolatedTable, "2026.11"), "2026.11", "isolation", marks=pytest.mark.deep
        ),
        (LikePyTorch, "dynamo-2.13", "core"),
    ],
)
def test_a_right_table_is_judged_under_a_watch_and_nothing_is_found(
    factory, edition, profile
) -> None:
    """With frames, snapshots, entry functions, threads, tasks and greenlets."""
    with live.watch(factory) as watching:
        run(factory, edition=edition, profile=profile)
    assert kinds(watching) == {}


# --- what changes -----------------------------------------------------------------------------


def test_everything_is_put_back(table) -> None:
    """The functions are the same objects, with the same code and signature."""
    names = [*vars(table)]
    codes = {name: value.__code__ for name, value in vars(table).items() if callable(value)}
    get = table.get_external_object_by_index
    with live.watch(table):
        assert table.get_external_object_by_index is get
        assert get.__code__ is not codes[GET]
        assert get.__code__.co_varnames[: get.__code__.co_argcount] == ("index",)
        assert get.__code__.co_filename == table.__file__
    assert [*vars(table)] == names
    assert {name: getattr(table, name).__code__ for name in codes} == codes


def test_what_somebody_has_replaced_meanwhile_stays(table) -> None:
    """It is not for the watch to undo; what it leaves behind judges nothing."""
    get, code = table.get_external_object_by_index, table.get_external_object_by_index.__code__
    other = (lambda index: index).__code__
    with live.watch(table) as watching:
        watched = get.__code__
        get.__code__ = other
    assert get.__code__ is other
    get.__code__ = watched
    thing = Thing()
    assert call(table, nothing, thing) == [thing]
    assert kinds(watching) == {}
    get.__code__ = code


def test_objects_die_as_they_would(table) -> None:
    """Neither the binding nor a finding keeps anything alive, nor the locals of a call."""
    with live.watch(table) as watching:
        things = [Thing(), Thing()]
        gone = [weakref.ref(one) for one in things]
        call(table, partial(in_thread, partial(call, table, nothing, things[1])), things[0])
        things.clear()
        assert [one() for one in gone] == [None, None]
    assert len(watching.findings) == 1


def test_an_error_is_the_same_object(table, monkeypatch) -> None:
    """A lookup raises what the table raises."""
    error = KeyError("mine")

    def get(index: int) -> object:
        raise error

    monkeypatch.setattr(table, GET, get)
    with live.watch(table), pytest.raises(KeyError) as raised:
        table.get_external_object_by_index(0)
    assert raised.value is error


def test_a_store_that_fails_says_nothing_of_what_is_bound(table) -> None:
    """PyTorch's table is empty then, another one as it was."""
    thing = Thing()
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(thing)
        with pytest.raises(TypeError):
            table.store_user_object_weakrefs(thing, 5)
        looked_up(table, 0)
    assert kinds(watching) == {}


def test_an_error_of_the_watch_itself_does_not_reach_the_program(
    table, monkeypatch, capsys
) -> None:
    """It is kept, travels with the findings, and is shown."""
    monkeypatch.setattr("sidetable_conformance.live.judge.Table.own", None)
    thing = Thing()
    with live.watch(table) as watching:
        assert call(table, nothing, thing) == [thing]
        assert looked_up(table, 5) is KeyError
    assert len(watching.faults) == 2
    other = live.watch(table)
    other.receive(watching.send())
    other.show()
    assert capsys.readouterr().out.count("The watch itself failed") == 2


def test_what_is_only_counted_leaves_room_for_what_is_wrong(table) -> None:
    """A thousand functions each leave an object behind, which a table may; one is wrong."""
    theirs = Thing()
    text = "def call(table, thing):\n    table.keep_alive.append(thing)\n    table.{}(thing)"
    with live.watch(table) as watching:
        for number in range(1_000):
            namespace: dict[str, Callable[..., None]] = {}
            exec(compile(text.format(STORE), f"/{number}.py", "exec"), namespace)
            namespace["call"](table, Thing())
        call(table, lambda: in_thread(partial(call, table, nothing, theirs)), Thing())
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}


def test_memory_is_bounded(table) -> None:
    """Only the last thousand bindings are remembered."""
    thing = Thing()
    with live.watch(table) as watching:
        for _ in range(1_100):
            call(table, nothing, thing)
    assert {len(known.ring) for known in watching.tables} == {1_000}


def test_a_debugger_goes_on(table) -> None:
    """What traces a frame is called for the rest of it."""
    lines: list[int] = []

    def trace(frame, event, arg):
        if frame.f_code is traced.__code__:
            lines.append(frame.f_lineno)
            return trace
        return None

    def traced(thing: Thing) -> object:
        table.store_user_object_weakrefs(thing)
        found = table.get_external_object_by_index(0)
        return found  # noqa: RET504  # a line of its own

    found = sys.gettrace()
    with live.watch(table) as watching:
        sys.settrace(trace)
        try:
            traced(Thing())
        except ReferenceError:
            pass
        finally:
            sys.settrace(found)
    first = traced.__code__.co_firstlineno
    assert [line - first for line in dict.fromkeys(lines)][:3] == [0, 1, 2]
    assert kinds(watching) == {}


# --- what can be watched -----------------------------------------------------------------------


def test_an_object_is_watched_alone_and_other_ones_of_its_class_are_not(table) -> None:
    """The methods are the class's; what they are called on decides."""
    one, other, thing, later = LikePyTorch(), LikePyTorch(), Thing(), Thing()
    with live.watch(one) as watching:
        for target in (one, other):
            call(target, lambda: in_thread(partial(call, target, nothing, later)), thing)  # noqa: B023
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}


def test_the_tables_of_a_class_are_told_apart(table) -> None:
    """What is bound in one of them says nothing about another."""
    first, second = Thing(), Thing()
    with live.watch(LikePyTorch) as watching:
        tables = [LikePyTorch(), LikePyTorch()]
        call(tables[0], partial(call, tables[1], nothing, second), first)
        assert kinds(watching) == {}
        call(tables[0], partial(call, tables[0], nothing, second), first)
    assert kinds(watching) == {("frame.nested", live.WRONG): 1}


def test_operations_that_are_no_functions_are_replaced_wherever_they_are(
    table, monkeypatch
) -> None:
    """Also in a module that has imported one by value, and all are put back."""
    get = partial(table.get_external_object_by_index)
    monkeypatch.setattr(table, GET, get)
    importer = ModuleType("importer")
    importer.get = get
    monkeypatch.setitem(sys.modules, "importer", importer)
    mine, theirs = Thing(), Thing()
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(mine)
        in_thread(partial(call, table, nothing, theirs))
        assert importer.get(0) is theirs
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}
    assert importer.get is table.get_external_object_by_index is get


def test_the_same_objects_again_are_one_binding_where_they_were_stored_last(table) -> None:
    """A loop that stores them a million times takes no place of what others have bound."""
    mine, theirs = Thing(), Thing()
    with live.watch(table) as watching:
        for _ in range(3):
            table.store_user_object_weakrefs(mine, theirs)
        last = table.store_user_object_weakrefs(mine, theirs) or sys._getframe().f_lineno
        assert [len(known.ring) for known in watching.tables] == [1]
        in_thread(partial(call, table, nothing, theirs))
        assert looked_up(table, 0) is theirs
        table.store_user_object_weakrefs(mine)
        assert looked_up(table, 0) is mine
    (finding,) = watching.findings
    assert finding.own[0][1:] == (last, finding.looked_up[1][2])
    assert finding.kind == live.WRONG


def test_what_is_set_or_registered_belongs_to_the_call(table) -> None:
    """In place of one object that was stored, and beyond all of them."""
    first, second, third, theirs = Thing(), Thing(), Thing(), Thing()
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(first)
        table.set_external_object_by_index(0, second)
        table.set_external_object_by_index(3, third)
        assert [looked_up(table, index) for index in (0, 1, 3)] == [second, KeyError, third]
        in_thread(lambda: table.set_external_object_by_index(3, theirs))
        assert looked_up(table, 3) is theirs
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}


def test_what_was_registered_and_then_stored_is_stored(table) -> None:
    """The same object again, which no later finding may take for a compiler's example."""
    thing = Thing()
    with live.watch(table) as watching:
        table.store_user_object_weakrefs(thing)
        table.reset_user_object_tracking()
        table.register_user_object(thing, LocalSource("thing"))
        table.store_user_object_weakrefs(thing)
        in_thread(partial(call, table, nothing, thing))
        assert looked_up(table, 0) is thing
    assert kinds(watching) == {("isolation.threads", live.LUCK): 1}


def test_a_compile_inside_another_one_takes_its_indices(table) -> None:
    """It makes the table as new while the outer one is still registering."""
    outer, inner = Thing(), Thing()

    def compile_inside(depth: int) -> None:
        if depth:
            compile_inside(depth - 1)
            return
        table.reset_user_object_tracking()
        table.register_user_object(inner, LocalSource("inner"))

    with live.watch(table) as watching:
        table.reset_user_object_tracking()
        table.register_user_object(outer, LocalSource("outer"))
        compile_inside(14)
        assert looked_up(table, 0) is inner
    assert kinds(watching) == {("frame.nested", live.WRONG): 1}
    assert watching.findings[0].bound[0][2].endswith("compile_inside")


def test_a_frame_that_uses_many_tables_remembers_only_those_that_are_left() -> None:
    """What is looked up in one of them is told from what is in the others."""
    things = [Thing() for _ in range(30)]
    with live.watch(LikePyTorch) as watching:
        kept = LikePyTorch()
        kept.store_user_object_weakrefs(*things)
        for thing in things:
            table = LikePyTorch()
            table.store_user_object_weakrefs(thing)
            assert looked_up(table, 0) is thing
        assert looked_up(kept, 29) is things[29]
        others = sys._getframe().f_trace.others
    assert kinds(watching) == {}
    assert len(others) < 10


def test_what_frames_and_entry_functions_have_bound_is_not_judged() -> None:
    """They put back what they found, which nobody sees here. Nor is what a snapshot carries."""
    table: SideTable
    first, second, third = Thing(), Thing(), Thing()

    def graph(thing: Thing) -> object:
        found = table.get(0)
        table.store(third)
        return found, table.get(0)

    with live.watch(SideTable) as watching:
        table = SideTable()
        assert table.register_user_object(first, LocalSource("thing")) == 0
        entry = table.entry(graph, like=lambda thing: None)
        assert entry(second) == (second, third)
        table.store(first)
        in_thread(partial(table.store, second))
        assert entry(second) == (second, third)
        in_thread(partial(table.store, first))
        assert table.get(0) is first
        assert copy_context().run(table.get, 0) is first
        snapshot = table.snapshot()
        in_thread(snapshot.wrap(lambda: table.get(0)))
        with table.frame(second):
            table.store(third)
            assert table.get(0) is third
        assert table.get(0) is first
        table.set(0, second)
        assert table.get(0) is second
        table.reset()
    assert kinds(watching) == {}


def test_what_a_context_of_its_own_should_not_find_is_found(monkeypatch) -> None:
    """A table like `SideTable` that forgets in which context something was bound."""
    bound: dict[int, object] = {}
    monkeypatch.setattr(IsolatedTable, "store", lambda _, *things: bound.update(enumerate(things)))
    monkeypatch.setattr(IsolatedTable, "get", lambda _, index: bound[index])
    mine, theirs = Thing(), Thing()

    def put(thing: Thing) -> None:
        table.store(thing)

    with live.watch(partial(IsolatedTable, "2026.11")) as watching:
        table = IsolatedTable("2026.11")
        for _ in range(2):
            put(mine)
            assert table.get(0) is mine
            in_thread(partial(table.store, theirs))
            assert table.get(0) is theirs
        assert kinds(watching) == {("isolation.threads", live.WRONG): 2}
        put(mine)
        context = copy_context()
        in_thread(partial(context.run, put, mine))
        put(theirs)
        in_thread(partial(context.run, table.get, 0))
    assert [one.count for one in watching.findings] == [2, 1]


class InC(dict):
    """A table whose operations are C functions of its class."""

    constructors = ()
    get = dict.__getitem__
    reset = dict.clear
    frame = snapshot = dict.copy

    def store(self, *things) -> None:
        self.update(enumerate(things))

    has_user_objects = register_user_object = register_graph_created_object = dict.copy


def test_functions_in_c_are_replaced_in_their_class_and_put_back() -> None:
    """As those of `SideTable` are where it is compiled."""
    mine, theirs = Thing(), Thing()
    with live.watch(InC) as watching:
        table = InC()
        table.store(mine)
        assert table.get(0) is mine
        in_thread(partial(table.store, theirs))
        assert table.get(0) is theirs
        table.reset()
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}
    assert InC.reset is dict.clear
    assert InC.get is dict.__getitem__


@pytest.mark.parametrize("target", ["json", "nowhere", object()])
def test_what_is_no_table_is_refused(target) -> None:
    """Before anything is changed."""
    with pytest.raises(TargetError):
        live.watch(target)


def test_a_class_whose_tables_have_functions_of_their_own_is_watched() -> None:
    """As `SideTable` has: each table is watched from when it is made, and undone if it lives."""
    made: list[OwnFunctions] = []
    thing, theirs = Thing(), Thing()

    def use(*things: Thing) -> object:
        made[0].store(*things)
        return made[0].get(0)

    before = OwnFunctions()
    with live.watch(OwnFunctions) as watching:
        made.append(OwnFunctions())
        store = made[0].store
        assert store.__qualname__ == before.store.__qualname__
        assert store.__module__ == __name__
        assert use(thing) is thing
        made[0].store(thing)
        in_thread(partial(use, theirs))
        assert made[0].get(0) is theirs
        made[0].set(0, thing)
        assert made[0].get(0) is thing
        made[0].reset(hard=False)
        OwnFunctions().store(thing)
    assert kinds(watching) == {("isolation.threads", live.WRONG): 1}
    assert made[0].store is not store
    assert vars(made[0]).keys() == vars(before).keys()
    gone = weakref.ref(made.pop())
    del store
    assert gone() is None


def test_tables_that_cannot_be_weakly_referenced_are_watched_one_by_one() -> None:
    """A class of them is refused."""
    with pytest.raises(TargetError, match="weakly referenced"):
        live.watch(Slotted)


def test_what_cannot_be_replaced_is_refused_and_the_rest_put_back(table, monkeypatch) -> None:
    """Nothing stays half watched."""
    frozen = Frozen()
    with pytest.raises(TargetError, match="cannot be watched"), live.watch(frozen):
        pass
    assert Frozen.reset.__code__.co_filename == __file__


# --- what is shown -----------------------------------------------------------------------------


@pytest.fixture
def watching(table):
    """A watch that has found one thing of each kind but the leak."""
    mine, theirs = Thing(), Thing()
    with live.watch(table) as watching:
        call(table, lambda: in_thread(partial(call, table, nothing, theirs)), mine)
        call(table, lambda: in_thread(partial(call, table, nothing, mine)), mine)
        call(table, lambda: in_thread(table.reset_user_object_tracking), mine)
    assert {one.kind for one in watching.findings} == {live.WRONG, live.LUCK, live.RAISED}
    return watching


def test_json_has_the_fields_of_the_kits_reports(watching) -> None:
    """The header, a row for each finding, and a footer with a digest."""
    document = json.loads(watching.to_json())
    assert document["target"] == "process_table"
    assert document["conformant"] is False
    assert document["header"]["kit"]
    row = document["findings"][0]
    assert (row["id"], row["kind"], row["count"]) == ("isolation.threads", live.WRONG, 1)
    assert row["looked_up"][0].endswith("in looked_up")
    assert len(document["footer"]["sha256"]) == 64


def test_the_terminal_shows_a_table_and_the_lines(watching, capsys) -> None:
    """A row for each finding, and where it happened."""
    watching.show(Console(width=200, force_terminal=False))
    shown = capsys.readouterr().out
    assert "✗ wrong object" in shown
    assert "in looked_up" in shown
    assert "1 wrong object, 1 raised, 1 worked by luck, at 3 places" in shown


def test_a_watch_that_found_nothing_says_so(table, capsys, tmp_path) -> None:
    """In both."""
    with live.watch(table) as watching:
        pass
    watching.show()
    assert "no lookup found anything but what its own call had bound" in capsys.readouterr().out
    watching.write_html(tmp_path / "page.html")
    assert "Nothing found" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_the_page_draws_each_lane_and_the_arrow(watching, tmp_path) -> None:
    """It loads nothing, and has no script."""
    watching.write_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('class="arrow"') >= 1
    assert "MainThread" in page
    assert "<script" not in page
    assert "src=" not in page


def test_calls_inside_a_call_have_rows_of_their_own(table, tmp_path) -> None:
    """And calls that follow each other share one, so a bar never covers another one."""
    inner = partial(call, table, nothing)
    with live.watch(table) as watching:
        call(table, lambda: [inner(Thing()), inner(Thing())], Thing())
    watching.write_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    bars = re.findall(r'<rect class="bar .*" x="(.*)%" y="(.*)" width="(.*)%" height', page)
    rows: dict[str, list[tuple[float, float]]] = {}
    for x, y, width in bars:
        rows.setdefault(y, []).append((float(x), float(x) + float(width)))
    assert sorted(map(len, rows.values())) == [1, 2]
    for row in rows.values():
        assert all(end <= start for (_, end), (start, _) in pairwise(sorted(row)))


def test_findings_travel_to_another_process(watching, table) -> None:
    """Counts are added up, and the page can still be made."""
    with live.watch(table) as other:
        pass
    for _ in "ab":
        other.receive(watching.send())
    assert [one.count for one in other.findings] == [2, 2, 2]
    assert other.to_json()


# --- pytest ------------------------------------------------------------------------------------

TESTS = """\
import threading
import process_table

class Thing: pass

def test_it():
    mine, theirs = Thing(), Thing()
    process_table.store_user_object_weakrefs(mine)
    other = threading.Thread(target=process_table.store_user_object_weakrefs, args=(theirs,))
    other.start()
    other.join()
    assert process_table.get_external_object_by_index(0) is theirs
"""


@pytest.fixture
def suite(pytester, monkeypatch) -> pytest.Pytester:
    """A suite that passes, with a program that finds a wrong object."""
    pytester.makepyfile(process_table=PROCESS, test_it=TESTS)
    pytester.syspathinsert()
    return pytester


LIVE = ("-p", "sidetable_conformance.live", "-p", "no:randomly", "-p", "no:cacheprovider")


def test_pytest_shows_what_was_found_and_passes(suite) -> None:
    """Findings alone fail nothing."""
    done = suite.runpytest_inprocess(*LIVE, "--live-target", "process_table")
    assert done.ret == 0
    done.stdout.fnmatch_lines(["*wrong object*isolation.threads*"])


def test_pytest_fails_if_it_is_asked_to_and_writes_files(suite) -> None:
    """The page and the JSON are written where pytest was started."""
    done = suite.runpytest_inprocess(
        *LIVE,
        "--live-target=process_table",
        "--live-fail",
        "--live-html=l.html",
        "--live-json=l.json",
    )
    assert done.ret == 1
    assert "isolation.threads" in Path("l.html").read_text(encoding="utf-8")
    assert json.loads(Path("l.json").read_text(encoding="utf-8"))["findings"]


@pytest.mark.slow
def test_pytest_collects_what_its_workers_have_found(suite) -> None:
    """With pytest-xdist each worker watches, and the first process tells."""
    done = suite.runpytest_subprocess(*LIVE, "--live-target=process_table", "--live-fail", "-n1")
    assert done.ret == 1
    done.stdout.fnmatch_lines(["*wrong object*isolation.threads*"])


@pytest.mark.parametrize(
    ("options", "said"),
    [((), "needs --live-target"), (("--live-target=json",), "target json cannot be used")],
)
def test_pytest_says_what_is_wrong_with_its_options(pytester, options, said) -> None:
    """Before any test runs."""
    done = pytester.runpytest_inprocess(*LIVE, *options)
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines([f"*{said}*"])
