"""Several steps that an interrupt can not come between."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from functools import partial

_T = TypeVar("_T")


def at_once(*steps: partial[object] | partial[None], last: partial[_T]) -> _T:
    """Take several steps with nothing between them, and return what the last one returned.

    The interpreter delivers an interrupt only between bytecodes. Here one call in C runs all
    the steps, so each step has to be a partial call of a function that is itself written in C.
    """
    results: list[Callable[[], object]] = [*steps, last]
    *_, result = map(operator.call, results)
    return result  # type: ignore[return-value]  # what `last` returned
