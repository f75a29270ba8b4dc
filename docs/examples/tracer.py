"""A tracer small enough to read: captures a function into a graph that is plain data.

It follows straight-line code: attributes of the function's first argument, method calls, `with`
blocks. Whatever it meets that is no plain data becomes an index of a side table.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Final

from sidetable_core import SideTable
from sidetable_source import LocalSource, Source, Unsupported

PLAIN: Final = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Graph:
    """Instructions as lists of strings and numbers; the n-th one makes value n."""

    instructions: list[list[object]]
    result: int

    def to_json(self) -> str:
        """Return the whole graph as text, which no live object could be part of."""
        return json.dumps([self.instructions, self.result])

    def run(self, get: Callable[[int], object], *inputs: object) -> object:
        """Run the instructions, looking objects up by index with `get`."""
        values: list[object] = []
        with ExitStack() as stack:
            for operation, *operands in self.instructions:
                match operation, operands:
                    case "input", [int(position)]:
                        value = inputs[position]
                    case "object", [int(index)]:
                        value = get(index)
                    case "enter", [int(subject)]:
                        value = stack.enter_context(values[subject])
                    case "call", [int(subject), str(method), *arguments]:
                        function = getattr(values[subject], method)
                        value = function(*(_read(values, argument) for argument in arguments))
                values.append(value)
            return values[self.result]


def _read(values: list[object], operand: list[object]) -> object:
    kind, content = operand
    if kind == "tuple":
        return tuple(_read(values, item) for item in content)
    return values[content] if kind == "value" else content


@dataclass
class Trace:
    """What has been captured so far."""

    table: SideTable
    instructions: list[list[object]] = field(default_factory=list)
    indices: dict[str, int] = field(default_factory=dict)

    def emit(self, *instruction: object) -> Value:
        """Add an instruction and return the value that it will make."""
        self.instructions.append(list(instruction))
        return Value(self, len(self.instructions) - 1)

    def carry(self, value: object, source: Source) -> Value:
        """Put an object's index into the graph, the same one each time it is met."""
        if source.name not in self.indices:
            try:
                index = self.table.register_user_object(value, source)
            except Unsupported:
                # It has no weak references, so whoever binds it has to hold it.
                index = self.table.register_user_object(value, source, hold="frame")
            self.indices[source.name] = index
        return self.emit("object", self.indices[source.name])


class Value:
    """Stands for a value that the graph will make."""

    def __init__(self, trace: Trace, number: int) -> None:
        self._trace, self.number = trace, number

    def __getattr__(self, method: str) -> Callable[..., Value]:
        return lambda *arguments: self._trace.emit(
            "call", self.number, method, *map(_operand, arguments)
        )

    def __enter__(self) -> Value:  # noqa: PYI034  # a new value: what entering returned
        return self._trace.emit("enter", self.number)

    def __exit__(self, *error: object) -> None:
        # The graph leaves what it entered when it ends, however it ends.
        return None


class Argument:
    """Stands for the function's first argument, whose attributes are fetched anew in each call."""

    def __init__(self, trace: Trace, value: object, source: Source) -> None:
        self._trace, self._value, self._source = trace, value, source

    def __getattr__(self, member: str) -> Value | str | int | float | bool | None:
        value = getattr(self._value, member)
        if isinstance(value, PLAIN):
            return value
        return self._trace.carry(value, self._source.attr(member))


def _operand(argument: object) -> list[object]:
    if isinstance(argument, tuple):
        return ["tuple", [_operand(item) for item in argument]]
    if isinstance(argument, Value):
        return ["value", argument.number]
    return ["constant", argument]


def capture(function: Callable[..., object], first: object, table: SideTable) -> Graph:
    """Run a function once on stand-ins and return what it did, as a graph."""
    trace = Trace(table)
    name, *others = function.__code__.co_varnames[: function.__code__.co_argcount]
    inputs = [trace.emit("input", position) for position, _ in enumerate(others)]
    result = function(Argument(trace, first, LocalSource(name)), *inputs)
    return Graph(trace.instructions, result.number)
