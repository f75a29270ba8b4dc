"""Several steps that an interrupt can not come between."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def at_once(*steps: Callable[[], object], last: Callable[[], _T]) -> _T:
    """Takes several steps with nothing between them, and returns what the last one returned.

    The interpreter delivers an interrupt only between bytecodes. Here one call in C runs all
    the steps, so each step has to be a partial call of a function that is itself written in C.
    """
    *_, result = map(operator.call, [*steps, last])
    return result  # type: ignore[return-value]  # what `last` returned
