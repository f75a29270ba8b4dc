"""Replacing the whole binding of the current context."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias
from weakref import ref

from sidetable_source import NotWeakReferenceableError
from sidetable_source.errors import type_name

if TYPE_CHECKING:
    from .state import TableState

Store: TypeAlias = Callable[..., None]

# What reading a value of the variable raises when that is no binding of as many objects.
_OTHERWISE: Final = (LookupError, TypeError, ReferenceError)


def store_in(state: TableState) -> Store:  # noqa: C901  # a call costs as much as a store
    """Returns the function that stores objects in the table with this state.

    A function that closes over all it needs, as in `lookup_in`: code that runs before every call
    of a graph mostly stores what is bound already, or as many other objects.
    """
    bound, bind = state.variable.get, state.variable.set
    anchor, tail = state.anchor, state.tail

    def store(*objects: object) -> None:
        """Makes these objects, and no others, what the indices mean in the current context."""
        try:
            # Held until it is over, for the reason that stands in `FrameTail.take_off`.
            found = bound()
            count = len(objects)
            # The table's own tail in the last place: a binding of as many objects, and no frame's.
            # While it is empty, nothing that `set` put in has an owner that has to go.
            if found[count + 1] is tail and not tail:  # type: ignore[index]  # or raises
                # By identity with what is alive: the dead give None, which can not be stored.
                if count == 1:
                    # Without the loop, which costs a single object a tenth of it all.
                    value = objects[0]
                    if found[0]() is not value or value is None:  # type: ignore[index]  # as above
                        bind((ref(value), anchor, tail))
                    return
                index = 0
                for value in objects:
                    if found[index]() is not value or value is None:  # type: ignore[index]  # as above
                        break
                    index += 1  # noqa: SIM113  # `enumerate` costs as much as all of this
                else:
                    return
                # A star costs a list and an iterator, more than a few references do.
                match count:
                    case 2:
                        a, b = objects
                        bind((ref(a), ref(b), anchor, tail))
                    case 3:
                        a, b, c = objects
                        bind((ref(a), ref(b), ref(c), anchor, tail))
                    case 4:
                        a, b, c, d = objects
                        bind((ref(a), ref(b), ref(c), ref(d), anchor, tail))
                    case _:
                        bind((*map(ref, objects), anchor, tail))
                return
        except _OTHERWISE:
            pass
        _store(state, objects)

    store.__module__, store.__qualname__ = "sidetable_core", "SideTable.store"
    return store


def _store(state: TableState, objects: Sequence[object]) -> None:
    """Stores on top of whatever is bound, and says what is wrong."""
    try:
        state.bind(map(ref, objects))
    except TypeError as error:
        if state.edition.failure_clears_binding:
            state.bind(())
        raise not_weak_referenceable(state, objects, "store") from error


def not_weak_referenceable(
    state: TableState, objects: Sequence[object], operation: str
) -> NotWeakReferenceableError:
    """Returns the error that names the first object that can not be weakly referenced."""
    index, value = next(pair for pair in enumerate(objects) if not _is_referenceable(pair[1]))
    return NotWeakReferenceableError(type_name(value), state.name, index, operation)


def _is_referenceable(value: object) -> bool:
    try:
        ref(value)
    except TypeError:
        return False
    return True
