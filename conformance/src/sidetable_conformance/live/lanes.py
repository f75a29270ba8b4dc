"""Where code runs: in which thread, task, greenlet or backward, and for which call."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import asyncio
import os
import sys
import sysconfig
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias, final
from weakref import WeakKeyDictionary

Place: TypeAlias = tuple[str, int, str]
"""A line of somebody's code: the file, the line, and the function."""

Trail: TypeAlias = "tuple[CodeType, int, Trail] | None"
"""Where frames are: the code and the instruction of the innermost, and the trail of the others."""

_HIDDEN: Final = (
    str(Path(__file__).parents[1]) + os.sep,
    sysconfig.get_path("stdlib") + os.sep,
    "<frozen ",
    "<eval_with_key>",  # graphs of torch.fx
)
_NO_TASK: Final = -1


@final
@dataclass(frozen=True, slots=True, eq=False)
class Lane:
    """One of the things that run at the same time.

    Attributes:
        kind: `thread`, `task`, `greenlet` or `backward`.
        name: What it is called.
        thread: The identifier of its thread.
    """

    kind: str
    name: str
    thread: int


class _OnThread(threading.local):
    """The lanes of a thread itself, made when they are first asked for."""

    lane: Lane | None = None
    backward: Lane | None = None


@final
class Lanes:
    """Tells lanes apart, and knows what PyTorch's autograd knows, where PyTorch is imported."""

    def __init__(self) -> None:
        self._thread: Final = _OnThread()
        self._tasks: Final[WeakKeyDictionary[object, Lane]] = WeakKeyDictionary()
        self._is_watching = False
        self._greenlet: Any = None  # a module that may be missing
        torch: Any = sys.modules.get("torch")  # its C functions have no types
        self.torch: Final = torch
        self.backward: Final[Callable[[], int]] = (
            torch._C._current_graph_task_id if torch else lambda: _NO_TASK  # noqa: SLF001
        )
        self.node: Final[Callable[[], object]] = (
            torch._C._current_autograd_node if torch else lambda: None  # noqa: SLF001
        )

    def here(self, graph_task: int | None = None) -> Lane:
        """Returns the lane of the code that runs now. Keeps no task and no greenlet alive."""
        local = self._thread
        if (
            self.backward() if graph_task is None else graph_task
        ) != _NO_TASK:  # pragma: no cover  # run where torch is
            if local.backward is None:
                local.backward = Lane("backward", f"backward in {_name()}", threading.get_ident())
            return local.backward
        loop = asyncio._get_running_loop()  # noqa: SLF001  # documented, for loops; never raises
        task = None if loop is None else asyncio.current_task(loop)
        if task is not None:
            return self._named(task, "task", task.get_name())
        if self._greenlet is None:
            self._greenlet = sys.modules.get("greenlet")
        if self._greenlet is not None:
            current = self._greenlet.getcurrent()
            if current.parent is not None:
                return self._named(current, "greenlet", f"greenlet in {_name()}")
        if local.lane is None:
            local.lane = Lane("thread", _name(), threading.get_ident())
        return local.lane

    def _named(self, key: object, kind: str, name: str) -> Lane:
        lane = self._tasks.get(key)
        if lane is None:
            name = f"{name} {len(self._tasks) + 1}" if kind == "greenlet" else name
            lane = self._tasks[key] = Lane(kind, name, threading.get_ident())
        return lane

    def compiles(self) -> bool:
        """Return whether this thread compiles something by Dynamo."""
        guards = sys.modules.get("torch._guards")
        return guards is not None and guards.TracingContext.try_get() is not None

    def watch_nodes(self, made: Callable[[object, FrameType], None]) -> None:
        """Has every backward node that is made in Python noted, until `unwatch_nodes`."""
        if self.torch is None:
            return
        self._watch_nodes(made)

    def _watch_nodes(  # pragma: no cover  # run where torch is
        self, made: Callable[[object, FrameType], None]
    ) -> None:
        def __init__(node: object, *_: object) -> None:  # noqa: N807  # it is one
            made(node, sys._getframe(1))  # noqa: SLF001  # as elsewhere here

        # Not in the class of nodes itself: those who repair PyTorch look whether it has one.
        self.torch.autograd.function.FunctionCtx.__init__ = __init__
        self.leave_to_python(__init__.__code__)
        self._is_watching = True

    def unwatch_nodes(self) -> None:
        """Undo that."""
        if self._is_watching:  # pragma: no cover  # run where torch is
            del self.torch.autograd.function.FunctionCtx.__init__
            self._is_watching = False

    def leave_to_python(self, *codes: CodeType) -> None:
        """Has Dynamo run these codes, and what they call, as they are: it would compile them."""
        if (
            self.torch is not None and "torch._dynamo" in sys.modules
        ):  # pragma: no cover  # as above
            frames = self.torch._C._dynamo.eval_frame  # noqa: SLF001  # as `eval_frame.skip_code`
            skip = frames._FrameExecStrategy(  # noqa: SLF001
                frames._FrameAction.SKIP,  # noqa: SLF001
                frames._FrameAction.SKIP,  # noqa: SLF001
            )
            for code in codes:
                frames.set_code_exec_strategy(code, skip)


def _name() -> str:
    # `current_thread` would give a thread that Python did not start an entry of its own.
    ident = threading.get_ident()
    names = (thread.name for thread in threading.enumerate() if thread.ident == ident)
    return next(names, f"thread {ident}")


def lines(trail: Trail, hidden: str, most: int) -> tuple[Place, ...]:
    """Returns the innermost lines of a trail in the user's own code.

    Args:
        trail: Where to look.
        hidden: The folder of the target, whose own lines say nothing.
        most: How many lines.
    """
    found: list[Place] = []
    prefixes = (*_HIDDEN, hidden) if hidden else _HIDDEN
    while trail is not None and len(found) < most:
        code, instruction, trail = trail
        if not code.co_filename.startswith(prefixes):
            # The lines are worked out here and not where something is bound, because that takes
            # time proportional to the size of the function: microseconds.
            number = code.co_firstlineno
            for start, end, line in code.co_lines():
                if start <= instruction < end and line is not None:
                    number = line
            found.append((code.co_filename, number, code.co_qualname))
    return tuple(found)
