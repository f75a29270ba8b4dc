"""The kinds of reference that a binding is made of.

A reference is called without arguments and gives its object, or None when there is none. Most
are plain `weakref.ref`s, which CPython shares between all users of one object; the kinds here
serve what a weak reference can not do.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Final, TypeAlias, final

Reference: TypeAlias = Callable[[], object]


@final
class Hold:
    """What owns an object that can not be weakly referenced, or that `set` put in."""

    __slots__ = ("__weakref__", "value")

    def __init__(self, value: object) -> None:
        self.value: object = value


class HoldReference(weakref.ref[Hold]):
    """A reference to the object in a `Hold`, for as long as somebody owns the hold."""

    __slots__ = ()

    def __call__(self) -> object:  # type: ignore[override]  # gives what the hold holds
        """Returns the held object, or None when the hold is gone."""
        hold = super().__call__()
        return None if hold is None else hold.value

    @property
    def hold(self) -> Hold | None:
        """The hold, None when it is gone, which a held None does not tell."""
        return super().__call__()


@final
class SetReference(HoldReference):
    """The reference that `set` puts into a binding.

    The binding owns the reference, and the binding's tail owns the hold. So the object goes with
    the binding, and also with the frame, even when a copied context still has the binding.
    """

    __slots__ = ("tail",)

    tail: list[object]

    def __del__(self) -> None:
        hold = self.hold
        # There is no tail if an interrupt came while the reference was made.
        with suppress(AttributeError, ValueError):
            self.tail.remove(hold)


def put_in(value: object, tail: list[object]) -> SetReference:
    """Lets a tail own an object, and returns the reference that a binding is to have for it."""
    hold = Hold(value)
    reference = SetReference(hold)
    reference.tail = tail
    tail.append(hold)
    return reference


@final
class Absent:
    """A reference that has no object, for want of a weak reference to copy.

    Gives None as a dead weak reference does, so that a lookup needs no case of its own.
    """

    __slots__ = ()

    def __call__(self) -> None:
        """Returns None."""


UNBOUND: Final = Absent()
"""Stands in a binding at an index that the binding does not bind."""

DEAD: Final = Absent()
"""Stands in a binding at an index whose object was dead when the binding was made."""
