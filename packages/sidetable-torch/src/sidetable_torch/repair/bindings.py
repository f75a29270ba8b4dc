"""Which binding counts: the one that a backward node carries, or else the context's own."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from contextvars import ContextVar
from typing import Final, cast, final

from sidetable_core import SideTable
from sidetable_source import NoBindingError, ObjectNotAliveError

from .binding import Binding, Reference
from .carried import CarriedByThread
from .entries import Constructor, Entry
from .places import Place

# The side table has one index, under which each context finds what PyTorch's indices mean in it.
_HERE: Final = 0


@final
class Bindings:
    """What PyTorch's indices mean in each context, each entry and each backward node.

    Args:
        constructors: PyTorch's dictionary of constructors, which an entry may have to put back.
        kept: What PyTorch keeps alive outside all entries.

    Attributes:
        carried: What each thread carries.
        nothing: The binding of a context in which nothing was ever bound.
    """

    __slots__ = (
        "_constructors",
        "_in_context",
        "_kept",
        "_place",
        "_put_in_context",
        "carried",
        "nothing",
    )

    def __init__(self, constructors: dict[int, Constructor], kept: MutableSequence[object]) -> None:
        self._constructors = constructors
        self._kept = kept
        self._place: ContextVar[Place | None] = ContextVar("sidetable_torch_place", default=None)
        table = SideTable("torch._dynamo")
        self._in_context = cast("Callable[[int], Binding]", table.get)
        self._put_in_context = table.store
        self.nothing: Binding = Binding()
        self.carried: CarriedByThread = CarriedByThread()

    def current(self) -> Binding:
        """Returns the binding that counts here and now."""
        carried = self.carried.binding
        if carried is not None:
            return carried
        place = self._place.get()
        if place is not None and place.is_bound:
            try:  # at each lookup: a context manager that suppresses costs three calls more
                return self._in_context(_HERE)
            except (NoBindingError, ObjectNotAliveError):
                pass  # The call may be over that a copied context has its binding from.
        return self.nothing

    def bind(self, binding: Binding) -> None:
        """Replaces the whole binding that counts here and now.

        Args:
            binding: A new binding.
        """
        if self.carried.binding is not None:
            self.carried.binding = binding
            return
        place = self._place.get()
        if type(place) is Entry and place.is_here():
            if place.found is None:
                place.found = self.current() if place.is_bound else self.nothing
            place.hold(binding)
        else:
            # What is bound outside of calls, or in a copied context, has a place of its own: a
            # context that was copied before has the one before, which holds what that one binds.
            kept = self.kept
            if place is not None:
                place.end()  # or each would refer to the one before
            place = Place(self._place, kept, is_bound=True)
            place.held.append(binding)
        self._put_in_context(binding)

    def bind_one(self, index: int, reference: Reference) -> None:
        """Makes one index mean something else; the others stay.

        Takes constant time for an index that is new, in the context that bound the others.
        """
        binding = self.current()
        if index not in binding and self._is_own(binding):
            binding[index] = reference
        else:
            self.bind(Binding({**binding, index: reference}))

    @property
    def kept(self) -> MutableSequence[object]:
        """What is kept alive: until the end of the call that runs, or by hand until reset."""
        place = self._place.get()
        return self._kept if place is None else place.kept

    def enter(self) -> Callable[[], None]:
        """Begins an entry, and returns what ends it."""
        return Entry(self._place, self.carried, self._constructors, self._put_in_context).leave

    def enter_inside_call(self) -> Callable[[], None]:
        """Begins an entry if a compiled function's call runs here, and returns what ends it."""
        return self.enter() if type(self._place.get()) is Entry else _nothing_to_end

    def _is_own(self, binding: Binding) -> bool:
        """Returns whether a binding was made by the very context that runs, where it runs now."""
        place = self._place.get()
        if place is None or self.carried.binding is not None:
            return False
        return any(held is binding for held in place.held) and place.is_here()


def _nothing_to_end() -> None:
    """Outside of calls, what is bound stays, as it does in PyTorch."""
