"""What a table checks at the door, and how it refuses an object that it can not refer to."""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final, NoReturn

from sidetable_source import InvalidSourceError, Source, unimplemented
from sidetable_source.errors import type_name

from .registering import register

if TYPE_CHECKING:
    from types import FrameType

    from sidetable_core.binding.editions import Edition
    from sidetable_core.binding.registrations import FailedGraphCreated, FailedUserObject
    from sidetable_core.binding.state import TableState

_HOLDS: Final = ("weak", "frame")


def calling_frame() -> FrameType:
    """Returns the frame that called the function which calls this one."""
    try:
        return sys._getframe(2)  # noqa: SLF001
    except ValueError:
        # The function was called by no Python code, as the first thing in a thread for example.
        return sys._getframe(1)  # noqa: SLF001


def check_name(name: object) -> str:
    """Returns a table's name, or the one that a table without a name has.

    Raises:
        TypeError: If the name is no string.
    """
    if name is None:
        return "unnamed"
    if not isinstance(name, str):
        msg = f"a table's name has to be a string, not {type_name(name)}"
        raise TypeError(msg)
    # An exact string: a subclass's own `__str__` would run whenever a message is made.
    return str.__str__(name)


def check_source(source: object, edition: Edition) -> None:
    """Refuses what is no source. Edition dynamo-2.13 takes the sources of other compilers.

    Raises:
        InvalidSourceError: If the source is none.
    """
    if edition.foreign_sources or issubclass(type(source), Source):
        return
    raise InvalidSourceError(
        f"a value of type {type_name(source)} can not be registered as a source",
        "A source is a value of one of the source kinds, or of another subclass of Source",
        'Write for example LocalSource("self").attr("pool")',
    )


def check_hold(hold: object) -> bool:
    """Returns whether the objects are to be held by frames.

    Raises:
        ValueError: If `hold` is no way to hold an object.
    """
    if hold not in _HOLDS:
        msg = f"`hold` has to be one of {_HOLDS}, not {hold!r}"
        raise ValueError(msg)
    return hold == "frame"


def check_construct_fn(construct_fn: object) -> None:
    """Refuses what can not be called.

    Raises:
        TypeError: If the construct function can not be called.
    """
    if not callable(construct_fn):
        msg = f"a construct function has to be callable, not {type_name(construct_fn)}"
        raise TypeError(msg)


def refuse(
    state: TableState,
    failed: FailedUserObject | FailedGraphCreated,
    value: object,
    error: TypeError,
) -> NoReturn:
    """Refuses an object that can not be weakly referenced.

    Args:
        state: The table's state.
        failed: What the edition that uses the index up registers in the object's place.
        value: The object.
        error: What `weakref.ref` raised.

    Raises:
        Unsupported: Always. In edition dynamo-2.13 the index is used up all the same, and a
            graph-created value is kept alive until reset.
    """
    if state.edition.failure_takes_index:
        register(state, failed, *((value,) if failed.graph_created else ()))
    name = failed.type_name
    explanation = f"{name} does not allow weak references, and the table holds no object strongly"
    if failed.graph_created:
        unimplemented(
            gb_type="Failed to make a weak reference to a graph-created object",
            context=f"an example value of type {name}",
            explanation=explanation,
            hints=("Let the graph make an object of a class with a `__weakref__` slot",),
            from_exc=error,
        )
    unimplemented(
        gb_type="Failed to make a weak reference to a user object",
        context=f"an object of type {name}",
        explanation=explanation,
        hints=(
            'Register it with hold="frame": frames and entry functions then hold it for the call',
            "Wrap it in an object of a class with a `__weakref__` slot",
        ),
        from_exc=error,
    )
