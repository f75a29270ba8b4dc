"""Prints how many times as long each operation takes while the kit watches the table.

Run by ``hatch run bench:live``; where torch is installed, also PyTorch's own table. The tables of a
row are raced in one process, in turn. The floor is a wrapper that appends a tuple to a ring, calls
the operation, and judges nothing: a watch that is written in Python cannot take less.
"""

from __future__ import annotations

import argparse
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from types import CodeType
from typing import Any, Final, TypeAlias, cast

from implementations import IMPLEMENTATIONS, PYTHON, loaded
from loops import Loop, loop
from operations import Subject, Thing
from racing import race, ratio, timed, times_for
from sidetable_conformance.driver import PYTORCH, SIDETABLE, Shape
from sidetable_conformance.live import watch
from sidetable_conformance.live.wrap import Body, Operation, Wrapped
from sidetable_source import LocalSource

Copy: TypeAlias = Callable[[], tuple[Any, Callable[[], Any]]]  # a module, or a class of one
"""Returns something to watch of its own, and what makes a table of it."""

PLAIN: Final = "plain"
FLOOR: Final = "floor"
WATCHED: Final = "watched"


@dataclass(frozen=True, slots=True)
class Row:
    """One operation.

    Attributes:
        name: What it is called.
        statement: The operation. `a0` to `a3` and `b0` to `b3` are objects.
        setup: What comes before all of it, in the context in which it is raced.
    """

    name: str
    statement: str
    setup: str = "pass"


_MODULE: Final = "__import_torch_dot__dynamo_dot_graph_bytecode_inputs"
"""The name that Dynamo's code has for PyTorch's table."""
_A: Final = "store(a0, a1, a2, a3)"
_B: Final = "store(b0, b1, b2, b3)"
_GET: Final = "get(0); get(1); get(2); get(3)"
ROWS: Final = (
    Row("lookup", "get(2)", f"{_A}; get(1)"),
    Row("store of 4, the same again", _A),
    Row("store of 4, all new", f"{_A}; {_B}"),
    Row("store of 4 new, and 4 lookups", f"{_A}; {_GET}; {_B}; {_GET}"),
    Row("20 calls that do that", "calls()"),
    Row("set", "set_(2, a2)", f"reset(); {'register(a0, source); ' * 4}{_A}; get(1)"),
    Row("20 registrations and a reset", f"reset(){'; register(a0, source)' * 20}"),
)
FRAMES: Final = (
    Row("frame of 4, and 4 lookups", f"with frame(a0, a1, a2, a3): {_GET}"),
    Row("entry of 3", "call(subject)"),
    Row("entry of 3, and 3 lookups", "call_and_get(subject)"),
)


def main() -> int:
    """Race everything, and print it."""
    parser = argparse.ArgumentParser(prog="bench:live", description=__doc__)
    parser.add_argument("--rounds", type=int, default=31)
    rounds: int = parser.parse_args().rounds
    for name in IMPLEMENTATIONS:
        measured(f"SideTable, {name}", partial(_sidetable, name), SIDETABLE, rounds)
    if find_spec("torch") is not None:
        measured("PyTorch", _pytorch, PYTORCH, rounds)
    return 0


def measured(title: str, copy: Copy, shape: Shape, rounds: int) -> None:
    """Race the operations of one kind of table, and print them."""
    print(f"{title:32}{'floor':22}{'watched':22}nanoseconds")
    with ExitStack() as stack:
        loops: dict[str, dict[str, Loop]] = {}
        for variant in (PLAIN, FLOOR, WATCHED):
            thing, make = copy()
            if variant == WATCHED:
                stack.enter_context(watch(thing))
            table = make()
            if variant == FLOOR:
                _floor(thing, table, shape, stack)
            loops[variant] = dict(_loops(table, shape))
        for name, plain in loops[PLAIN].items():
            context = Context()
            times = context.run(times_for, plain)
            runs = {variant: timed(loops[variant][name], times) for variant in loops}
            results = context.run(race, runs, rounds)
            floor, watched = (ratio(results, one, PLAIN) for one in (FLOOR, WATCHED))
            took = min(result[PLAIN] for result in results) / times / 20
            print(f"{name:32}{floor!s:22}{watched!s:22}{took:.0f}", flush=True)


def _sidetable(name: str) -> tuple[Any, Callable[[], Any]]:
    table = loaded("1" if name == PYTHON else "").SideTable
    return table, table


def _pytorch() -> tuple[Any, Callable[[], Any]]:
    found = find_spec("torch._dynamo.graph_bytecode_inputs")
    spec = found and spec_from_file_location(f"{found.name}_copy", found.origin)
    if spec is None or spec.loader is None:
        raise ImportError("this version of torch has no side table")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module, lambda: module


def _floor(thing: Any, table: Any, shape: Shape, stack: ExitStack) -> None:
    ring: deque[object] = deque(maxlen=1_000)

    def around(original: Operation, code: CodeType, _: object) -> Body:
        names = {"_original": original, "_append": ring.append, "_name": code.co_name}
        return "_append((_name, ))\nreturn _original(ARGUMENTS)", names

    for name in shape.operations:
        if hasattr(table, name):
            is_own = table is not thing and name in (shape.store, shape.get)
            owner = table if is_own else thing
            stack.callback(Wrapped(owner, name, around, is_one_of_many=is_own).undo)


def _loops(table: Any, shape: Shape) -> Iterator[tuple[str, Loop]]:
    names: dict[str, object] = {f"{letter}{n}": Thing() for letter in "ab" for n in range(4)}
    names |= {
        "get": getattr(table, shape.get),
        "register": table.register_user_object,
        "reset": getattr(table, shape.reset),
        "set_": getattr(table, shape.set),
        "source": LocalSource("pool"),
        "store": getattr(table, shape.store),
        "subject": Subject(),
    }
    names["calls"] = _in_calls(names, table, shape)
    rows: tuple[Row, ...] = ROWS
    if shape.frame:
        get = getattr(table, shape.get)
        rows += FRAMES
        indices = [
            table.register_user_object(Thing(), LocalSource("subject").attr(member))
            for member in "abc"
        ]
        names |= {
            "frame": table.frame,
            "call": table.entry(lambda _: None, like=_like, indices=indices),
            "call_and_get": table.entry(
                lambda _: (get(0), get(1), get(2)), like=_like, indices=indices
            ),
        }
    for row in rows:
        yield row.name, loop(row.statement, row.setup, **names)


def _in_calls(names: dict[str, object], table: Any, shape: Shape) -> Callable[[], None]:
    """Returns what stores and looks up in frames of their own, as generated code does."""
    namespace = dict(names)
    text = f"def call(): {_A}; {_GET}"
    if shape is PYTORCH:
        namespace[_MODULE] = table
        text = text.replace("store(", f"{_MODULE}.{shape.store}(")
        text = text.replace("get(", f"{_MODULE}.{shape.get}(")
    exec(text, namespace)  # noqa: S102  # our own text
    call = cast("Callable[[], None]", namespace["call"])

    def calls() -> None:
        for _ in range(20):
            call()

    return calls


def _like(subject: Subject) -> None:
    """The function that the entry functions stand for."""


if __name__ == "__main__":
    raise SystemExit(main())
