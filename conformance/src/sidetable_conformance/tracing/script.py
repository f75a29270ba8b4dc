"""Writes a trace as a script of its own, which imports nothing of the kit.

It ends with status 1, and says what was expected and seen, if the failure shows, and with 0 if it
does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, final

from sidetable_conformance.bench.registering import Origin
from sidetable_conformance.targets.shape import Shape

from .answers import ERRORS, Answer, What
from .model import Model
from .objects import Objects, can_be_written
from .observing import counts_them, ending, observed
from .steps import (
    Apart,
    Called,
    Construct,
    Drop,
    Get,
    Keep,
    Life,
    Presence,
    Register,
    Reset,
    RunKept,
    Set,
    Step,
    Store,
    values_of,
)
from .trace import Trace

LONGEST: Final = 15
"""How many lines a script may have."""

_WATCHED: Final = (
    "class Watched(Source):",
    "    name = 'x'",
    "    reconstruct = lambda self, codegen: called.append('the source')",
)


def script(trace: Trace, shape: Shape, target: Sequence[str]) -> str:
    """Returns the script of a trace, or "" if it would be longer than a person reads.

    Args:
        trace: The trace.
        shape: The names that the target has.
        target: The lines that import the target, and bind a fresh one to `table`.
    """
    if not can_be_written(trace.draft):
        return ""
    lines = _Writer(trace, shape).lines(target)
    return "\n".join([*lines, ""]) if len(lines) <= LONGEST else ""


@final
class _Writer:
    def __init__(self, trace: Trace, shape: Shape) -> None:
        self._trace: Final = trace
        self._draft: Final = trace.draft
        self._shape: Final = shape
        self._objects: Final = Objects(trace.draft)
        self._last: Final = trace.draft.steps[-1]
        self._writes: Final = trace.wanted.what is What.WRITTEN
        self._watches: Final = isinstance(self._last, Called)
        self._registered = 0

    def lines(self, target: Sequence[str]) -> list[str]:
        body = [*self._body()]
        text = "\n".join(body)
        kinds = dict.fromkeys(made.text.definition for made in self._draft.objects)
        before = [line for line in kinds if line]
        if self._watches:
            before += ["called = []", *(_WATCHED if "Watched()" in text else ())]
        modules = [name for name in ("gc", "weakref") if f"{name}." in text or f"({name})" in text]
        imports = [f"import {', '.join(modules)}"] if modules else []
        if "suppress(" in text:
            imports.append("from contextlib import suppress")
        imports += [
            f"from sidetable_source import {name}"
            for name, use in (("LocalSource", "LocalSource("), ("Source", "Watched()"))
            if use in text
        ]
        return [*imports, *target[:1], *before, *target[1:], *body]

    # --- the steps ----------------------------------------------------------------------------

    def _body(self) -> Iterator[str]:
        model = Model(self._draft.edition, self._draft.objects)
        births = self._draft.births()
        steps, position = self._draft.steps[:-1], 0
        while position < len(steps):
            run = steps[position : position + self._alike(position)]
            expected = [model.step(step, Answer(What.DONE)) for step in run]
            yield from self._objects.born(births[position])
            first, *_ = run
            if isinstance(first, Drop):
                yield from self._objects.dropped([values_of(step)[0] for step in run])
            elif len(run) > 1:
                yield self._registered_all(run)
            else:
                yield from self._line(first, expected[0].what)
            position += len(run)
        yield from self._objects.born(births[-1])
        yield from self._end()

    def _alike(self, position: int) -> int:
        """Returns how many steps from here on can stand in one line."""
        first, count = self._draft.steps[position], 0
        for step in self._draft.steps[position:-1]:
            match first, step:
                case Drop(), Drop():
                    count += 1
                case Register(origin), Register(other, value) if origin is other and self._is_plain(
                    value
                ):
                    count += 1
                case _:
                    break
        return max(1, count)

    def _is_plain(self, value: int) -> bool:
        referenceable = self._draft.objects[value].text.referenceable
        return referenceable and not self._writes and not self._watches

    def _line(self, step: Step, expected: What) -> Iterator[str]:
        asked = self._writes and self._registered == self._trace.wanted.value
        if asked and isinstance(step, Register) and step.origin is Origin.USER_OBJECT:
            yield "source = LocalSource('x')"
            call = self._call(step, "source")
        else:
            call = self._call(step)
        if isinstance(step, Get) and isinstance(self._last, Apart):
            yield f"try: {call}"
            yield "except Exception as error: first = error"
        elif expected is What.DONE_OR_LOOKUP_ERROR:
            yield f"try: {call}"
            yield "except Exception: raise SystemExit  # it may refuse as well"
        elif expected in {*ERRORS, What.ANYTHING} and not isinstance(step, Keep):
            yield f"with suppress(Exception): {call}"
        else:
            yield call
        self._registered += isinstance(step, Register)

    def _call(  # noqa: C901, PLR0911  # one for each step
        self, step: Step, source: str = "LocalSource('x')"
    ) -> str:
        shape, names = self._shape, [self._objects.name(value) for value in values_of(step)]
        match step:
            case Register(Origin.USER_OBJECT):
                source = "Watched()" if self._watches else source
                return f"table.register_user_object({names[0]}, {source})"
            case Register():
                return f"table.register_graph_created_object({names[0]}, {self._construct_fn()})"
            case Store(values):
                return f"table.{shape.store}({self._objects.arguments(values)})"
            case Get(index) | Apart(index):
                return f"table.{shape.get}({index})"
            case Set(index):
                return f"table.{shape.set}({index}, {names[0]})"
            case Reset():
                return f"table.{shape.reset}()"
            case Presence():
                return "table.has_user_objects()"
            case Construct(index):
                return f"table.{shape.constructors}[{index}]([].append)"
            case RunKept(index):
                return f"kept_{index}([].append)"
            case Keep(index):
                return f"kept_{index} = table.{shape.constructors}[{index}]"
            case _:  # an enumeration; the others are written in another way
                function = "len" if counts_them(self._trace) else "list"
                return f"{function}(table.{shape.constructors})"

    def _construct_fn(self) -> str:
        if self._watches:
            return "lambda *_: called.append('the construct function')"
        if self._writes:
            return f"lambda index, codegen: codegen(({self._registered}, index))"
        return "print"

    def _registered_all(self, run: Sequence[Step]) -> str:
        values = tuple(value for step in run for value in values_of(step))
        call = self._call(next(iter(run))).replace(
            f"({self._objects.name(values[0])}, ", "(value, "
        )
        self._registered += len(values)
        return f"[{call} for value in {self._objects.several(values)}]"

    # --- the end ------------------------------------------------------------------------------

    def _end(self) -> Iterator[str]:
        trace, last = self._trace, self._last
        match last:
            case Life():
                if not isinstance(self._draft.steps[-2:][0], Drop):
                    yield "gc.collect()"
                yield f"if watch() is {'None' if trace.wanted.value else 'not None'}:"
                yield f"    {ending(trace, trace.seen)}"
            case Called():
                yield "if called:"
                yield f"    {ending(trace, trace.seen)}"
            case Construct() | RunKept():
                yield from self._writing()
            case _:
                yield from observed(trace, self._call(last))

    def _writing(self) -> Iterator[str]:
        yield "wrote = []"
        yield f"try: {self._call(self._last).replace('[].append', 'wrote.append')}"
        yield "except Exception as error: wrote.append(error)"
        asked = self._asked_for()
        if asked == "source":
            yield "if [*map(id, wrote)] != [id(source)]:"
        else:
            yield f"if wrote != [{asked}]:"
        yield f"    {ending(self._trace, '{wrote}')}"

    def _asked_for(self) -> str:
        """Returns what the constructor has to write: its source, or its own number and index."""
        number = self._trace.wanted.value
        registrations = [step for step in self._draft.steps if isinstance(step, Register)]
        if isinstance(number, int) and registrations[number].origin is Origin.USER_OBJECT:
            return "source"
        index = self._last.index if isinstance(self._last, Construct | RunKept) else 0
        return f"({number}, {index})"
