"""A failure as a script: the calls that the failing table got, and nothing of the kit.

The failed check runs once more, around a table that records each call. What is recorded since the
last fresh table is the script, if it is short enough to read.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from string import ascii_lowercase
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self, TypeAlias, cast, final

from sidetable_conformance.bench import DEAD, FOUND, Bench, quick_collections
from sidetable_conformance.driver import SHAPES, Target, open_target
from sidetable_conformance.errors import RequirementFailed, TargetError
from sidetable_conformance.objects import REFERENCEABLE, describe
from sidetable_conformance.results import Result, Verdict
from sidetable_conformance.rule import Rule
from sidetable_conformance.spec import ROBUST
from sidetable_source import Source

LONGEST: Final = 20
"""How many lines a script may have."""

FEW: Final = 8
"""How many objects that were not seen before one call may have; more are the items of a list."""

SCHEDULED: Final = "isolation.every-interleaving"
"""The requirement whose failures are schedules."""

_SCHEDULE: Final = re.compile(r"schedule (?P<schedule>[0-9: ]+): .*", re.DOTALL)

_REPLAY: Final = """\
# Only a schedule of threads brings this about every time, so the script needs the kit too.
from sidetable_conformance.interleavings import replay_case

case = {case!r}
print(replay_case(case, {target!r}, {schedule!r}, {without!r}))
"""

_AGAIN: Final = """\
# Threads, tasks, finalizers or entry functions are part of it, so the script needs the kit too.
from sidetable_conformance.session import judged_again

print(judged_again({target!r}, {id!r}, {edition!r}, {without!r}))
"""

_PATH: Final = re.compile(r"(?P<module>\w+(\.\w+)*)(:(?P<attribute>\w+(\.\w+)*))?", re.ASCII)

_READS: Final = {"has_user_objects"}.union(*((it.get, it.constructors) for it in SHAPES))
"""What changes nothing, unless that is the fault."""

_CLASSES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "a plain object": "class Thing: pass",
        "an object that is equal to everything": (
            "class Equal: __eq__ = lambda self, other: True; __hash__ = lambda self: 1"
        ),
        "an object that is unhashable": "class Unhashable: __hash__ = None",
        "an object that is false": "class Untrue: __bool__ = lambda self: False",
        "an object of length 0": "class Empty: __len__ = lambda self: 0",
        "an object that has every attribute": (
            "class Answering: __getattr__ = lambda self, name: 'anything'"
        ),
        "a slotted object with __weakref__": "class Smallest: __slots__ = ('__weakref__',)",
        "a list of a subclass": "class List(list): pass",
    }
)
"""A line that defines a class like the kit's own of that kind."""

_EXPRESSIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "a function": "lambda: None",
        "a class": "type('Made', (), {})",
        "a module": "type(weakref)('made')",
        "a set": "set()",
        "a generator": "(None for _ in ())",
        "a lock": "__import__('threading').Lock()",
    }
)
"""What makes an object of a kind that Python has itself."""

_KINDS: Final[Mapping[type[object], str]] = MappingProxyType(
    {type(kind.make()): kind.name for kind in REFERENCEABLE}
)

Part: TypeAlias = "str | int"
"""A piece of a line: text, or the number of an object."""

_Ending: TypeAlias = Callable[[str, str], tuple[str, ...]]


def script_of(target: Target, edition: str, rule: Rule, result: Result) -> str:
    """Return a script that shows a failure, or "" if there is none short enough to read."""
    if result.verdict is not Verdict.FAIL or not (imports := imports_of(target)):
        return ""
    if rule.id == SCHEDULED:
        return _scheduled(target, result)
    again = _AGAIN.format(
        target=target.name, id=rule.id, edition=edition, without=sorted(target.claims.without)
    )
    if rule.requirement.profile == ROBUST:  # what comes in the middle is no call of the check's
        return again
    log = Log(target)
    bench = Bench(log.target, edition)
    with quick_collections():
        try:
            rule.function(bench)
        except Exception as error:  # noqa: BLE001  # that it fails is known
            log.stop()
            return log.script(imports, partial(_ending, log, error, result), again)
        finally:
            log.stop()
            bench.clear()
    return ""


def _scheduled(target: Target, result: Result) -> str:
    seen = _SCHEDULE.fullmatch(result.seen)
    if seen is None:
        return ""
    return _REPLAY.format(
        case=result.when,
        target=target.path,
        schedule=seen["schedule"],
        without=sorted(target.claims.without),
    )


def imports_of(target: Target) -> tuple[str, ...]:
    """Return the lines that import a target and bind a fresh one to `table`.

    Returns:
        The lines, or none if the name of the target is no text that it can be imported by.
    """
    named = _PATH.fullmatch(target.name)
    if named is None or not _is_found(target):
        return ()
    module, attribute = named["module"], named["attribute"]
    if attribute is None:
        return (f"import {module} as table",)
    call = "()" if target.makes_tables else ""
    return (f"import {module}", f"table = {module}.{attribute}{call}")


def _is_found(target: Target) -> bool:
    try:
        found = open_target(target.name)
    except TargetError:
        return False
    return found.shape is target.shape and found.makes_tables is target.makes_tables


# --- the last lines -------------------------------------------------------------------------------


def _ending(log: Log, error: Exception, result: Result, last: str, done: str) -> tuple[str, ...]:
    """Return the last lines: the last call, what was expected, and what is seen instead."""
    said = (f"# expected: {result.expected}", f"# seen: {result.seen}")
    if last.startswith("del "):  # what showed it was no call
        return (last, *said)
    call = f"print({last})"
    if not isinstance(error, RequirementFailed):
        return (call, *said)
    seen = _locals_of_bench(error.__traceback__)
    if error.fact == FOUND and (name := log.name_of(seen.get("value"))):
        return (f"assert {last} is {name}", *said)
    if error.fact == DEAD and (name := log.name_of(seen["reference"]())):
        watch = (f"watch = weakref.ref({name})", f"del {name}", "gc.collect()")
        return (done, *watch, "print(watch())", *said)
    return (call, *said)


def _locals_of_bench(traceback: TracebackType | None) -> Mapping[str, Any]:
    """Return what the bench had in its hands when it found that something does not hold."""
    found: Mapping[str, Any] = {}
    while traceback is not None:
        if traceback.tb_frame.f_globals.get("__name__") == Bench.__module__:
            found = traceback.tb_frame.f_locals
        traceback = traceback.tb_next
    return found


# --- what is written down -------------------------------------------------------------------------


@final
@dataclass(slots=True)
class _Event:
    """Something that happened.

    Attributes:
        table: The number of the table that it happened to; 0 for the death of an object.
        parts: The line that does it.
        made: What its result is called, or "".
        reads: Whether it changes nothing.
        raised: Whether it raised.
    """

    table: int
    parts: tuple[Part, ...]
    made: str = ""
    reads: bool = False
    raised: bool = False


@final
class Log:
    """Writes down what is done to the tables of a target.

    Attributes:
        target: The same target, whose tables are watched.
    """

    def __init__(self, target: Target) -> None:
        self.target: Final = target.around(self._fresh)
        self._given: Final = target
        self._events: list[_Event] = []
        self._tables = 0
        self._thread: Final = threading.get_ident()
        self._repeatable = True
        self._numbers: Final[dict[int, int]] = {}
        self._watches: Final[dict[int, weakref.ref[object] | None]] = {}
        self._made: Final[dict[int, str]] = {}
        self._names: dict[int, str] = {}
        self._results: Final[dict[str, int]] = {}
        self._stopped = False

    def stop(self) -> None:
        """Record nothing more: what happens now happens because the check has ended."""
        self._stopped = True

    def _fresh(self) -> object:
        self._tables += 1
        self._note(_Event(self._tables, ("",)))
        return _Recorded(self._given.new(), self, self._tables, "table")

    def _note(self, event: _Event) -> None:
        # In one thread, another one's calls would do something else.
        self._repeatable &= threading.get_ident() == self._thread
        if not self._stopped:
            self._events.append(event)

    # --- objects ----------------------------------------------------------------------------------

    def _number(self, value: object) -> int:
        kind = _KINDS.get(type(value)) or describe(value)
        number = self._numbers.get(id(value))
        if number is not None:
            watch = self._watches[number]
            if self._made[number] == kind if watch is None else watch() is value:
                return number
        number = len(self._watches)
        self._numbers[id(value)] = number
        self._made[number] = kind
        try:
            self._watches[number] = weakref.ref(value, lambda _: self._died(number))
        except TypeError:
            self._watches[number] = None
        return number

    def _died(self, number: int) -> None:
        self._note(_Event(0, ("del ", number)))

    def name_of(self, value: object) -> str:
        """Return an object's name in the script, or "" if it is not in it."""
        number = self._numbers.get(id(value), -1)
        watch = self._watches.get(number)
        return self._names.get(number, "") if watch is not None and watch() is value else ""

    def _spelled(self, value: object) -> Iterator[Part]:
        kind: type[object] = type(value)
        if isinstance(value, Source):
            yield "LocalSource('x')"
        elif kind in (bool, int, float, str, bytes, type(None)):
            yield repr(value)
        elif kind in (list, tuple):
            items = cast("Sequence[object]", value)
            yield "[" if kind is list else "("
            for item in items:
                yield from (*self._spelled(item), ", ")
            yield "]" if kind is list else ")"
        elif kind is dict:
            yield "{}"
        elif callable(value) and kind not in _KINDS:
            yield "lambda *_: None"
        else:
            yield self._number(value)

    # --- calls ------------------------------------------------------------------------------------

    def call(
        self,
        receiver: tuple[int, str],
        attribute: str,
        function: Callable[..., Any],
        *arguments: Any,
        **named: Any,
    ) -> Any:
        """Call a function of the target's, and record that."""
        table, name = receiver
        parts: list[Part] = [f"{name}.{attribute}(" if attribute else f"{name}("]
        for position, value in enumerate(arguments):
            parts += [", " if position else "", *self._spelled(value)]
        for key, value in named.items():
            parts += [f", {key}=", *self._spelled(value)]
        parts.append(")")
        event = _Event(table, tuple(parts), reads=attribute in _READS)
        self._note(event)
        try:
            result = function(*arguments, **named)
        except BaseException:
            event.raised = True
            raise
        shape = self._given.shape
        if attribute not in (shape.frame, shape.snapshot, shape.entry, "wrap"):
            return result
        self._repeatable &= attribute != shape.entry  # a check's function is not written down
        event.made = self._named(attribute)
        return _Recorded(result, self, table, event.made)

    def read(self, table: int, name: str, attribute: str) -> None:
        """Record that something was looked at."""
        self._note(_Event(table, (f"{name}.{attribute}",), reads=True))

    def _named(self, attribute: str) -> str:
        stem = attribute or "result"
        self._results[stem] = self._results.get(stem, 0) + 1
        return f"{stem}_{self._results[stem]}"

    # --- the script -------------------------------------------------------------------------------

    def script(
        self,
        imports: tuple[str, ...],
        ending: Callable[[str, str], tuple[str, ...]],
        again: str = "",
    ) -> str:
        """Return the calls since the last fresh table as a script, or "" if that is too long."""
        if not self._repeatable:
            return again
        events = self._relevant()
        for chosen in (events, [it for it in events[:-1] if not it.reads or it.made] + events[-1:]):
            lines = self._lines(chosen, imports, ending)
            if lines is not None and len(lines) <= LONGEST:
                return "\n".join([*lines, ""])
        return ""

    def _relevant(self) -> list[_Event]:
        """Return what happened since the last table was made, or any other that is used since."""
        made = {event.table: at for at, event in enumerate(self._events) if event.parts == ("",)}
        start = made[self._tables]
        while (first := min(made[it.table] for it in self._events[start:] if it.table)) < start:
            start = first
        return self._events[start:]

    def _lines(
        self, events: list[_Event], imports: tuple[str, ...], ending: _Ending
    ) -> list[str] | None:
        self._names = {}
        head, body, tables = list(imports[:-1]), list[str](), 0
        for event in events:
            new = [part for part in event.parts if isinstance(part, int) and event.table]
            made = self._make(
                head, [number for number in dict.fromkeys(new) if number not in self._names]
            )
            if made is None:
                return None
            body += made
            if event.parts == ("",):
                tables += 1
                body.append(imports[-1] if tables == 1 else imports[-1].replace("table", "other"))
            elif event.table or event.parts[1] in self._names:
                line = "".join(self._names[it] if isinstance(it, int) else it for it in event.parts)
                done = f"with suppress(Exception): {line}" if event.raised else line
                if event is events[-1]:
                    body += ending(line, done)
                else:
                    body.append(f"{event.made} = {line}" if event.made else done)
        text = "\n".join(body)
        modules = [name for name in ("gc", "weakref") if f"{name}." in text]
        uses = ["from contextlib import suppress"] if "suppress(" in text else []
        uses += ["from sidetable_source import LocalSource"] if "LocalSource(" in text else []
        return [*(f"import {name}" for name in modules), *uses, *head, *body]

    def _make(self, head: list[str], new: list[int]) -> list[str] | None:
        """Name objects, and return the line that makes them; None if no line can."""
        if len(new) > FEW or len(self._names) + len(new) > len(ascii_lowercase):
            return None
        made: list[str] = []
        for number in new:
            self._names[number] = ascii_lowercase[len(self._names)]
            definition, expression = _how_made(self._made[number])
            if definition and definition not in head:
                head.append(definition)
            if not expression:
                return None
            made.append(expression)
        names = ", ".join(self._names[number] for number in new)
        return [f"{names} = {', '.join(made)}"] if made else []


def _how_made(kind: str) -> tuple[str, str]:
    """Return a line that defines a class, or "", and what makes an object; "" for no way."""
    if kind in _EXPRESSIONS:
        return "", _EXPRESSIONS[kind]
    definition = _CLASSES.get(kind, _CLASSES["a plain object"] if kind.startswith("Thing ") else "")
    name = definition.partition("class ")[2].partition(":")[0].partition("(")[0]
    return definition, f"{name}()" if name else ""


class _Recorded:
    """Something of a target's that writes down what is done to it."""

    def __init__(self, thing: Any, log: Log, table: int, name: str) -> None:  # a stranger's
        self._of_log: Final = (thing, log, (table, name))

    def __getattr__(self, attribute: str) -> Any:  # whatever it has
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        thing, log, (table, name) = self._of_log
        found = getattr(thing, attribute)
        if callable(found):
            return partial(log.call, (table, name), attribute, found)
        if attribute in _READS:
            log.read(table, name, attribute)
        return found

    def __call__(self, *given: Any, **named: Any) -> Any:
        thing, log, receiver = self._of_log
        return log.call(receiver, "", thing, *given, **named)

    def __enter__(self) -> Self:
        thing, log, receiver = self._of_log
        log.call(receiver, "__enter__", thing.__enter__)
        return self

    def __exit__(self, *error: object) -> Any:
        thing, log, receiver = self._of_log
        leave = partial(_leave, thing, error)
        return log.call(receiver, "__exit__", leave, None, None, None)


def _leave(thing: Any, error: tuple[object, ...], *_: object) -> Any:  # as it says
    return thing.__exit__(*error)
