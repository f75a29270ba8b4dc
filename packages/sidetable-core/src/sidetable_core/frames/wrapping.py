"""Functions that run inside a frame."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from sidetable_source import FrameError
from sidetable_source.errors import type_name

if TYPE_CHECKING:
    from .frame import Frame

_P = ParamSpec("_P")
_T = TypeVar("_T")


def wrap(function: Callable[_P, _T], frame: Callable[[], Frame], table: str) -> Callable[_P, _T]:
    """Returns a function that runs another one inside a frame of its own.

    Args:
        function: The other function.
        frame: Makes the frame of one call.
        table: What messages call the table.

    Raises:
        FrameError: If it is a generator function.
        TypeError: If it can not be called.
    """
    _check(function, table)
    if _is(inspect.iscoroutinefunction, function):
        waiting = cast("Callable[_P, Awaitable[object]]", function)

        @wraps(function)
        async def awaited(*args: _P.args, **kwargs: _P.kwargs) -> object:
            with frame():
                return await waiting(*args, **kwargs)

        return cast("Callable[_P, _T]", awaited)

    @wraps(function)
    def called(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        with frame():
            return function(*args, **kwargs)

    return called


def _check(function: object, table: str) -> None:
    if not callable(function):
        msg = f"a function that is to be wrapped has to be callable, not {type_name(function)}"
        raise TypeError(msg)
    if _is(inspect.isgeneratorfunction, function) or _is(inspect.isasyncgenfunction, function):
        raise FrameError(
            "a snapshot was to wrap a generator function",
            "Its frame would stay open across a `yield`, in the context of whoever drives it",
            "Wrap a function that returns what it computed, or enter the snapshot inside the "
            "generator between two yields",
            table,
        )


def _is(kind: Callable[[object], bool], function: Callable[..., object]) -> bool:
    """Returns whether a function, or the instance of a class that is called, is of a kind."""
    return kind(function) or kind(type(function).__call__)
