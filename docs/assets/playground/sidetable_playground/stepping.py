"""Runs the reader's code, and takes the state of its tables after every statement."""

from __future__ import annotations

import contextlib
import contextvars
import gc
import io
import linecache
import sys
from dataclasses import asdict, dataclass, replace
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final, final

from sidetable_core import reset_user_object_tracking

from .failing import Failure, failure_of, raised
from .lines import is_worth_tracing, statements
from .seeing import Seer
from .states import State
from .telling import told

if TYPE_CHECKING:
    from _typeshed import TraceFunction

FILE: Final = "example.py"
LIMIT: Final = 400
"""How many steps are kept; the code runs on without being watched."""
_LONGEST: Final = 50_000


@final
@dataclass(frozen=True, slots=True)
class Step:
    """One statement that ran.

    Attributes:
        lines: Its first and its last line.
        state: The state after it.
        printed: How much had been printed then.
        raised: The class and code of what it raised, or "".
    """

    lines: tuple[int, int]
    state: State
    printed: int
    raised: str


@final
class Printed(io.StringIO):
    """What the code prints, up to a length."""

    def write(self, text: str, /) -> int:
        """Keeps the text, as far as there is room."""
        room = _LONGEST - self.tell()
        super().write(text[: max(room, 0)])
        return len(text)


@final
class Watcher:
    """A trace function that takes a state whenever a statement of the reader's has run."""

    def __init__(self, source: str, printed: Printed) -> None:
        self._spans: Final = statements(source)
        self._seer: Final = Seer(FILE)
        self._printed: Final = printed
        self._line = 0
        self._raised = ""
        self.steps: Final[list[Step]] = []

    def trace(self, frame: FrameType, event: str, _: object) -> TraceFunction | None:
        """Decides, at each call, whether to look inside."""
        code = frame.f_code
        if event != "call" or code.co_filename != FILE or not is_worth_tracing(code):
            return None
        return None if len(self.steps) >= LIMIT else self._inside

    def _inside(self, frame: FrameType, event: str, detail: object) -> TraceFunction | None:
        if event == "exception" and isinstance(detail, tuple):
            # Only the words: the exception would keep every variable alive.
            self._raised = f"It raised {raised(detail[0])}."
        if event in ("line", "return"):
            self._take(frame)
            self._line = frame.f_lineno if event == "line" else _line_of_caller(frame)
        if len(self.steps) >= LIMIT:
            frame.f_trace = None  # to return None would change nothing
        return self._inside

    def _take(self, frame: FrameType) -> None:
        span = self._spans.get(self._line)
        words, self._raised = self._raised, ""
        if span is None or len(self.steps) >= LIMIT:
            return
        step = Step(span, self._seer.look(frame), self._printed.tell(), words)
        if not self.steps or self.steps[-1] != step:
            self.steps.append(step)


def run_steps(source: str) -> dict[str, object]:
    """Runs some code in a namespace and a context of its own, and returns every step as plain data.

    Nothing of the code's is alive afterwards, except for what it put somewhere itself.
    """
    linecache.cache[FILE] = (len(source), None, source.splitlines(keepends=True), FILE)
    reset_user_object_tracking()
    printed = Printed()
    namespace: dict[str, object] = {"__name__": "__main__", "__file__": FILE}
    failure, steps = None, []
    gc.freeze()
    try:
        code = compile(source, FILE, "exec", dont_inherit=True)
        watcher = Watcher(source, printed)
        steps = watcher.steps
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            contextvars.Context().run(_execute, code, namespace, watcher)
    except BaseException as error:  # noqa: BLE001   # whatever the reader's code raises is shown
        failure = failure_of(error, (FILE,))
    finally:
        namespace.clear()
        gc.collect()  # only what the code has made
        gc.unfreeze()
    return _document(steps, printed.getvalue(), failure)


def _execute(code: CodeType, namespace: dict[str, object], watcher: Watcher) -> None:
    before = sys.gettrace()
    sys.settrace(watcher.trace)
    try:
        exec(code, namespace)  # noqa: S102   # the reader's own code, in the reader's browser
    finally:
        sys.settrace(before)


def _line_of_caller(frame: FrameType) -> int:
    caller = frame.f_back
    while caller is not None and caller.f_code.co_filename != FILE:
        caller = caller.f_back
    return caller.f_lineno if caller else 0


def _document(steps: list[Step], printed: str, failure: Failure | None) -> dict[str, object]:
    """Returns the steps without the objects that never have to do with a table."""
    matter = set().union(*(step.state.in_tables() for step in steps))
    before, rows = State(), []
    for step in steps:
        things = tuple(thing for thing in step.state.things if thing.number in matter)
        state = replace(step.state, things=things)
        rows.append(
            {
                "lines": step.lines,
                "printed": step.printed,
                "told": (*told(before, state), *filter(None, [step.raised])),
                "state": asdict(state),
            }
        )
        before = state
    return {
        "steps": rows,
        "printed": printed,
        "failure": asdict(failure) if failure else None,
        "full": len(steps) >= LIMIT,
    }
