"""The last element of every binding, which tells whose binding it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, final

from .references import Reference, SetReference

if TYPE_CHECKING:
    from .variables import Anchor


class Tail:
    """The tail of a binding that no frame owns.

    It stands where a reference would and gives None like a dead one, so that a lookup just past
    the end needs no check of its own. Every binding has one but the trace-time binding, which
    is the list of registrations.
    """

    __slots__ = ("anchor",)

    # Whether a frame or an entry function put the binding in place and will take it off again.
    framed = False

    def __init__(self, anchor: Anchor) -> None:
        self.anchor = anchor

    def __call__(self) -> None:
        """Return None: there is no object here."""

    def own(self, reference: SetReference) -> None:
        """Note a reference that `set` puts into the binding."""


@final
class EntryTail(Tail):
    """The tail of every binding that an entry function makes."""

    __slots__ = ()

    framed = True


Binding: TypeAlias = tuple[*tuple[Reference, ...], Tail]
"""What the indices mean in a context: a reference for each index, then the tail."""
