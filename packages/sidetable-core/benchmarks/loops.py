"""Loops that do one operation many times, with as little around it as there can be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias, cast

Loop: TypeAlias = Callable[[int], None]

UNROLLED: Final = 20
"""How often the operation stands in the body of a loop."""


def loop(statement: str, setup: str = "pass", /, **names: object) -> Loop:
    """Returns a function that runs a statement `UNROLLED` times, as many times as it is told.

    Args:
        statement: The operation.
        setup: What comes before all of it, in the context in which the loop runs.
        names: What the two refer to, as local variables.
    """
    body = "\n".join([f"        {statement}"] * UNROLLED)
    given = ", ".join(f"{name}={name}" for name in names)
    text = f"def run(times, {given}):\n    {setup}\n    for _ in range(times):\n{body}\n"
    namespace = dict(names)
    exec(compile(text, f"<loop {statement}>", "exec"), namespace)  # noqa: S102  # our own text
    return cast("Loop", namespace["run"])
