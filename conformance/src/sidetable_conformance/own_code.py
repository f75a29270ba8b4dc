"""An implementation's own code: its locks, and where another thread or a finalizer can come in.

A thread that waits for a lock never reaches its next boundary while the thread that has the lock is
preempted, and only time would tell that it waits. So while schedules are explored, an
implementation gets locks that give the turn away instead; where there is one thread only, such a
lock raises.
"""

from __future__ import annotations

import _thread
import dis
import inspect
import os
import sys
import sysconfig
import threading
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from inspect import CO_VARARGS, CO_VARKEYWORDS
from pathlib import Path
from threading import get_ident
from time import monotonic
from types import CodeType, FrameType, FunctionType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypeGuard, TypeVar, final

from sidetable_conformance.bench import collector_off
from sidetable_conformance.elsewhere import BOUND
from sidetable_conformance.objects import place_of
from sidetable_source import errors

if TYPE_CHECKING:
    from _typeshed import TraceFunction

# --- Which code is an implementation's own -------------------------------------------------------


def _folders(paths: Iterable[str]) -> tuple[str, ...]:
    return tuple(path.rstrip(os.sep) + os.sep for path in paths)


_KIT: Final = _folders([str(Path(__file__).parent)])
_SOURCE: Final = _folders([str(Path(errors.__file__).parents[1])])
_LIBRARIES: Final = _folders(sysconfig.get_path(name) for name in ("purelib", "platlib"))
_STANDARD: Final = _folders(sysconfig.get_path(name) for name in ("stdlib", "platstdlib"))


@final
class OwnCode:
    """Tells an implementation's code from all other code.

    The standard library, `sidetable_source`, and the kit are not the implementation's, except for
    the files that define the given things. Everything else is, because an adapter's table is in
    one file and what it adapts in others.

    Args:
        *things: Parts of the implementation: modules, classes, objects. Their modules, and those
            of the same packages, are where locks are looked for.
    """

    def __init__(self, *things: object) -> None:
        self.things: Final = things
        modules = (module for thing in things for module in _modules_of(thing))
        self._files: Final = tuple(path for module in modules for path in _paths_of(module))

    def covers(self, file: str) -> bool:
        """Return whether the code in a file is the implementation's."""
        if file.startswith(_KIT):
            return file.startswith(self._files)
        if file.startswith((*_SOURCE, "<frozen ")):
            return False
        return file.startswith(_LIBRARIES) or not file.startswith(_STANDARD)

    def modules(self) -> Iterator[ModuleType]:
        """Give the modules of the things, and those of their packages, that are imported."""
        names = {module.__name__ for thing in self.things for module in _modules_of(thing)}
        packages = {name.partition(".")[0] for name in names}
        for name, module in tuple(sys.modules.items()):
            file = getattr(module, "__file__", None)
            if name.partition(".")[0] in packages and file is not None and self.covers(file):
                yield module


def _paths_of(module: ModuleType) -> tuple[str, ...]:
    """Return what the names of a module's files begin with; of a package, all in its folder."""
    return _folders(getattr(module, "__path__", ())) or tuple(
        filter(None, [getattr(module, "__file__", None)])
    )


def _modules_of(thing: object) -> list[ModuleType]:
    if isinstance(thing, ModuleType):
        return [thing]
    kind = thing if inspect.isclass(thing) else type(thing)
    return [sys.modules[it.__module__] for it in kind.__mro__ if it.__module__ in sys.modules]


# --- Where an implementation keeps things: its modules, classes, objects and closures ------------

_T = TypeVar("_T")
Put: TypeAlias = Callable[[object], object]
"""Puts something else where a thing is."""


def places(code: OwnCode) -> Iterator[tuple[Put, object]]:
    """Yield every place that can be reached from an implementation's modules and things.

    It does not look into containers, or into objects of classes that are not the implementation's.

    Returns:
        What puts something else there, and what is there now.
    """
    modules = tuple(code.modules())
    names = frozenset(module.__name__ for module in modules)
    known: dict[int, object] = {}  # which holds them, so that no id is used again
    waiting: list[object] = [*modules, *code.things]
    while waiting:
        thing = waiting.pop()
        if id(thing) not in known and _is_own(thing, names):
            known[id(thing)] = thing
            for put, value in _places_in(thing):
                yield put, value
                waiting.append(value)


def _is_own(thing: object, modules: frozenset[str]) -> bool:
    if _is_a(thing, ModuleType):
        return thing.__name__ in modules
    made_by = thing if _is_a(thing, type) or _is_a(thing, FunctionType) else type(thing)
    return made_by.__module__ in modules


def _is_a(thing: object, kind: type[_T]) -> TypeGuard[_T]:
    # Unlike isinstance it runs no code of a stranger's object, which may warn or raise.
    return issubclass(type(thing), kind)


def _places_in(thing: object) -> Iterator[tuple[Put, object]]:
    if _is_a(thing, type):
        for name, value in tuple(vars(thing).items()):
            yield partial(type.__setattr__, thing, name), value
        return
    if _is_a(thing, FunctionType):
        for cell in thing.__closure__ or ():
            with suppress(ValueError):  # an empty one
                yield partial(setattr, cell, "cell_contents"), cell.cell_contents
        return
    with suppress(AttributeError):  # it has none
        namespace: dict[str, object] = object.__getattribute__(thing, "__dict__")
        for name, value in tuple(namespace.items()):
            yield partial(namespace.__setitem__, name), value
    for kind in type(thing).__mro__:
        for slot in tuple(vars(kind).values()):
            if _is_a(slot, MemberDescriptorType) and not _is_a(thing, ModuleType):
                with suppress(AttributeError):  # nothing is in it
                    yield partial(slot.__set__, thing), slot.__get__(thing)


# --- Locks that give the turn away instead of waiting --------------------------------------------


class Waiter(Protocol):
    """Who does something else than to wait for a lock."""

    def wait_for(self, is_free: Callable[[], bool]) -> None:
        """Return when the lock may be free, as this function tells."""
        ...


Current: TypeAlias = Callable[[], Waiter | None]
"""Returns the worker whose thread this is, if it is one's."""

_LOCK: Final = threading.Lock
_RLOCK: Final = _thread.RLock  # what `threading.RLock` calls
_KINDS: Final = (type(_LOCK()), type(_RLOCK()))
_NAMES: Final = (
    (threading, ("Lock", "_allocate_lock", "RLock", "_CRLock")),
    (_thread, ("allocate_lock", "RLock")),
)


class CooperativeLock:
    """A real lock; a worker gives its turn away instead of waiting for it.

    A thread that is not a worker waits as usual. A worker's attempt with a time limit ends
    immediately, because no time passes between two boundaries.
    """

    __slots__ = ("__weakref__", "_current", "_lock")

    def __init__(self, lock: Any, current: Current) -> None:  # of two kinds that share no type
        self._lock: Final[Any] = lock
        self._current: Final = current

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Acquire the lock, as `threading.Lock.acquire` does."""
        worker = self._current()
        if worker is None:
            return bool(self._lock.acquire(blocking, timeout))
        while not self._lock.acquire(False):
            if not blocking or timeout >= 0:
                return False
            worker.wait_for(self._is_free)
        return True

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def __getattr__(self, name: str) -> Any:  # whatever the real lock has
        return getattr(self._lock, name)

    def _is_free(self) -> bool:
        free = bool(self._lock.acquire(False))
        if free:
            self._lock.release()
        return free


@contextmanager
def cooperative_locks(code: OwnCode, current: Current) -> Generator[None, None, None]:
    """Give an implementation cooperative locks inside the block.

    Every lock made meanwhile is one, whoever makes it. Existing locks in the implementation's own
    `places` are wrapped, and unwrapped afterwards.
    """

    class Lock(CooperativeLock):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__(_LOCK(), current)

    class RLock(CooperativeLock):
        __slots__ = ()

        def __init__(self) -> None:
            super().__init__(_RLOCK(), current)

        def _acquire_restore(self, state: object) -> None:
            # How a condition takes the lock back after it has waited.
            self.acquire()
            self._lock.release()
            self._lock._acquire_restore(state)  # noqa: SLF001  # what a condition calls

    makers = {id(_LOCK): Lock, id(_RLOCK): RLock, id(threading.RLock): RLock}
    with ExitStack() as restoring:
        for put, value in tuple(places(code)):
            if type(value) in _KINDS:  # isinstance would ask strangers' objects for a class
                restoring.callback(put, value)
                put(CooperativeLock(value, current))
            elif id(value) in makers:
                restoring.callback(put, value)
                put(makers[id(value)])
        for module, names in _NAMES:
            for name in names:
                maker = getattr(module, name)
                restoring.callback(partial(setattr, module, name, maker))
                setattr(module, name, RLock if "RLock" in name else Lock)
        yield


# --- Which bytecodes of a piece of code other threads can have to do with ------------------------


# What only moves values between a frame's own variables and its own stack, or makes a new one
# there, and lets go of none. What calls, reads or writes anything else, or drops what may be the
# last reference to an object, is not listed; nor is what a newer Python may bring.
_UNSEEN: Final = frozenset(
    {
        "BUILD_LIST",
        "BUILD_TUPLE",
        "COPY",
        "COPY_FREE_VARS",
        "JUMP_BACKWARD",
        "JUMP_FORWARD",
        "KW_NAMES",
        "LIST_APPEND",
        "LOAD_CLOSURE",
        "LOAD_CONST",
        "LOAD_FAST",
        "LOAD_FAST_BORROW",
        "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
        "LOAD_FAST_LOAD_FAST",
        "LOAD_SMALL_INT",
        "MAKE_CELL",
        "MAKE_FUNCTION",
        "NOP",
        "NOT_TAKEN",
        "PRECALL",
        "PUSH_NULL",
        "RESUME",
        "SWAP",
    }
)
_ASSIGNS: Final = {
    "DELETE_FAST": 1,
    "LOAD_FAST_AND_CLEAR": 1,
    "STORE_FAST": 1,
    "STORE_FAST_LOAD_FAST": 1,
    "STORE_FAST_MAYBE_NULL": 1,
    "STORE_FAST_STORE_FAST": 2,
}
"""How many of the variables that a bytecode names it may change; the first ones."""

_GIVES_BOOL: Final = frozenset({"CONTAINS_OP", "IS_OP", "TO_BOOL", "UNARY_NOT"})
_GIVES_LOCAL: Final = frozenset({"LOAD_FAST", "LOAD_FAST_BORROW"})


def seen_offsets(code: CodeType) -> frozenset[int]:
    """Return where the bytecodes are of which another thread can tell whether they have run.

    Schedules that differ only in what comes before or after the others are the same schedule.
    """
    instructions = tuple(dis.get_instructions(code))
    first = _first_assignments(code, instructions)
    return frozenset(
        instruction.offset
        for before, instruction in zip((None, *instructions), instructions, strict=False)
        if instruction.opname not in _UNSEEN
        and instruction.offset not in first
        and not _only_branches(before, instruction)
    )


def _only_branches(before: dis.Instruction | None, instruction: dis.Instruction) -> bool:
    """Return whether this is a jump that asks no object for its truth, and drops none."""
    if before is None or instruction.is_jump_target or "POP_JUMP" not in instruction.opname:
        return False
    if before.opname in _GIVES_BOOL:
        return True
    return instruction.opname.endswith("NONE") and before.opname in _GIVES_LOCAL


def _first_assignments(code: CodeType, instructions: Sequence[dis.Instruction]) -> frozenset[int]:
    """Return where variables are assigned that never had a value, so that none is dropped."""
    assigned = [name for instruction in instructions for name in _assigned(instruction)]
    starred = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + starred]
    often = Counter([*assigned, *parameters])
    loops = [
        range(instruction.argval, instruction.offset)
        for instruction in instructions
        if instruction.opcode in dis.hasjrel and instruction.argval < instruction.offset
    ]
    return frozenset(
        instruction.offset
        for instruction in instructions
        if (names := _assigned(instruction))
        and all(often[name] == 1 for name in names)
        and not any(instruction.offset in loop for loop in loops)
    )


def _assigned(instruction: dis.Instruction) -> tuple[str, ...]:
    """Return the variables that a bytecode may change."""
    names: str | tuple[str, ...] = instruction.argval
    count = _ASSIGNS.get(instruction.opname, 0)
    return (names if isinstance(names, tuple) else (names,))[:count]


# --- Where a thread can be preempted: before a bytecode of the implementation's own code ---------


@final
class Boundaries:
    """The boundaries in an implementation's code.

    Knows no thread, and serves one after another; what it learns of a piece of code, it keeps.
    """

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._offsets: Final = cache(partial(_own_offsets, code))

    def trace(self, boundary: Callable[[], None]) -> None:
        """Call a function at each boundary that the current thread comes to from now on."""
        _ask_for_opcodes()
        sys.settrace(self.tracer(boundary))

    def place(self) -> str:
        """Return the implementation's line that the current thread is at, or ""."""
        return place_of(self._code.covers)

    def tracer(self, boundary: Callable[[], None]) -> TraceFunction:
        """Return the function that does so, for `sys.settrace`."""

        def called(frame: FrameType, _event: str, _argument: object) -> TraceFunction | None:
            offsets = self._offsets(frame.f_code)
            if not offsets:
                return None

            def stepped(frame: FrameType, event: str, _argument: object) -> TraceFunction:
                if event == "opcode" and frame.f_lasti in offsets:
                    try:
                        boundary()
                    except BaseException:
                        # It ends the tracing of this thread, but not of all its frames.
                        _ask_for_no_more(frame)
                        raise
                return stepped

            _step(frame, stepped)
            return stepped

        return called


def _own_offsets(own: OwnCode, code: CodeType) -> frozenset[int]:
    return seen_offsets(code) if own.covers(code.co_filename) else frozenset()


def _step(frame: FrameType, stepped: Callable[[FrameType, str, object], TraceFunction]) -> None:
    """Has a function called for each bytecode of a frame."""
    frame.f_trace = stepped
    frame.f_trace_lines = False
    frame.f_trace_opcodes = True


def _ask_for_no_more(frame: FrameType | None) -> None:
    while frame is not None:
        frame.f_trace_opcodes = False
        frame = frame.f_back


def _ask_for_opcodes() -> None:
    """Has the interpreter give opcode events to the frames that want them.

    From Python 3.12 on none gets any before some frame has asked for them. One that never runs
    asks: in a thread without a trace function, Python 3.12 crashes.
    """
    asking: Any = (None for _ in ())  # whose type does not tell that it has a frame
    asking.gi_frame.f_trace_opcodes = True


# --- Moments at which a finalizer can run --------------------------------------------------------

# A moment is where CPython checks whether something is waiting to run: where a function begins,
# where a loop jumps back, and after a call that ran no Python code.
_CALLS: Final = frozenset({"CALL", "CALL_FUNCTION_EX", "CALL_KW"})
"""The bytecodes that look after the call, unless they have gone on in a Python function."""

_LOOPS: Final = frozenset({"JUMP_BACKWARD"})
"""Those that look before they jump."""

Action: TypeAlias = Callable[[], object]
"""What is done at a moment."""


@final
class Moments:
    """The moments of operations inside an implementation's own code.

    They are counted from 0 in the order in which an operation comes to them, which is the same
    on every run of one version of Python: meanwhile the collector never starts by itself. What a
    finalizer's `__del__` runs has none, because Python ignores what is raised there.

    Attributes:
        came: How many moments were come to in all.
        place: The line at which something was done last.
    """

    def __init__(self, code: OwnCode) -> None:
        self._code: Final = code
        self._names: Final = cache(partial(_own_names, code))
        self.came: int = 0
        self.place: str = ""

    def at(self, moment: int, operation: Action, action: Action) -> bool:
        """Run an operation, and do something at one of its moments.

        Returns:
            Whether it has that moment; if not, nothing was done.
        """
        came = 0

        def comes() -> None:  # pragma: no cover  # called while it is traced
            nonlocal came
            came += 1
            if came == moment + 1:
                self.place = place_of(self._code.covers)
                action()

        before = sys.gettrace()
        with collector_off():  # what it would finalize has moments too, which are not these
            _ask_for_opcodes()
            sys.settrace(self.tracer(comes))
            try:
                operation()
            finally:
                sys.settrace(before)
                self.came += came
        return came > moment

    def tracer(self, comes: Callable[[], object]) -> TraceFunction:
        """Return the function that calls another one at each moment, for `sys.settrace`."""
        python_calls = 0

        def called(  # pragma: no cover  # in here nothing else can trace, coverage neither
            frame: FrameType, _event: str, _argument: object
        ) -> TraceFunction | None:
            nonlocal python_calls
            python_calls += 1
            names = self._names(frame.f_code)
            if not names or _finalizes(frame):
                return None
            before, calls_before = "", 0

            def stepped(frame: FrameType, event: str, _argument: object) -> TraceFunction:
                nonlocal before, calls_before
                if event == "opcode":
                    has_returned = before in _CALLS and calls_before == python_calls
                    looks = before in _LOOPS or has_returned
                    before, calls_before = names[frame.f_lasti], python_calls
                    if looks:
                        comes()
                return stepped

            _step(frame, stepped)
            comes()
            return stepped

        return called


def _own_names(own: OwnCode, code: CodeType) -> Mapping[int, str]:  # pragma: no cover  # as above
    """Return the name of each bytecode by its offset."""
    covered = own.covers(code.co_filename)
    return {each.offset: each.opname for each in dis.get_instructions(code)} if covered else {}


def _finalizes(frame: FrameType | None) -> bool:  # pragma: no cover  # as above
    while frame is not None:
        if frame.f_code.co_name == "__del__":
            return True
        frame = frame.f_back
    return False


# --- A lock that one thread takes twice ----------------------------------------------------------


@final
class WaitsForItself(BaseException):
    """Stands for a thread that waits for a lock that it has itself.

    No `Exception`, so that an implementation does not handle it as one of its own.
    """


@final
class Alone:
    """The one thread that there is: nobody else gives back what it waits for.

    Args:
        code: What is the implementation's own. What others wait for in its name, such as the
            start of a thread, may come; they are given time.
        bound: How many seconds.

    Attributes:
        waited: How often it came to wait for one of the implementation's own locks.
        late: Whether something else took longer than that.
    """

    def __init__(self, code: OwnCode, bound: float = BOUND) -> None:
        self._code: Final = code
        self._bound: Final = bound
        self.waited: int = 0
        self.late: bool = False

    def wait_for(self, is_free: Callable[[], bool]) -> None:  # pragma: no cover  # while it traces
        """Raise in place of waiting, unless the lock is free after all."""
        own, ends = self._is_waiting(), monotonic() + self._bound
        while not is_free():
            if own or monotonic() >= ends:
                self.waited += own
                self.late |= not own
                raise WaitsForItself

    def _is_waiting(self) -> bool:  # pragma: no cover  # as above
        """Return whether it is the implementation's own code that takes the lock."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        return frame is not None and self._code.covers(frame.f_code.co_filename)


@contextmanager
def nobody_waits(code: OwnCode, bound: float = BOUND) -> Generator[Alone, None, None]:
    """Make an implementation's locks raise in this thread, inside the block, instead of waiting.

    What is made meanwhile keeps such locks, which wait as usual afterwards.
    """
    alone, here = Alone(code, bound), [get_ident()]
    with cooperative_locks(code, lambda: alone if get_ident() in here else None):
        yield alone
        here.clear()
