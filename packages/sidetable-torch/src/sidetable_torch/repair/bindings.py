"""Which binding counts: the one that a backward node carries, or else the context's own."""

from __future__ import annotations

from collections.abc import Callable, MutableSequence
from contextvars import Context, ContextVar
from typing import Final, cast, final

from sidetable_core import SideTable
from sidetable_source import ConstantSource, NoBindingError, ObjectNotAliveError

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

    __slots__ = ("_constructors", "_in_context", "_kept", "_place", "_table", "carried", "nothing")

    def __init__(self, constructors: dict[int, Constructor], kept: MutableSequence[object]) -> None:
        self._constructors = constructors
        self._kept = kept
        self._place: ContextVar[Place | None] = ContextVar("sidetable_torch_place", default=None)
        self._table = SideTable("torch._dynamo")
        self.nothing: Binding = Binding()
        # In a context of its own, so that it is bound in none that is used.
        Context().run(self._table.register_user_object, self.nothing, ConstantSource(_HERE))
        self._in_context = cast("Callable[[int], Binding]", self._table.get)
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
        place = binding.place = self._here()
        if isinstance(place, Entry) and self.current().place is not place:
            place.frames.append(self._table.frame(binding).__enter__())
        else:
            self._table.set(_HERE, binding)
        place.is_bound = True

    def bind_one(self, index: int, reference: Reference) -> None:
        """Makes one index mean something else; the others stay.

        Takes constant time for an index that is new, in the context that bound the others.
        """
        binding = self.current()
        place = binding.place
        if index in binding or place is None or place is not self._here():
            self.bind(Binding({**binding, index: reference}))
        else:
            binding[index] = reference

    @property
    def kept(self) -> MutableSequence[object]:
        """What is kept alive: until the end of the call that runs, or by hand until reset."""
        place = self._place.get()
        return self._kept if place is None else place.kept

    def enter(self) -> Callable[[], None]:
        """Begins an entry, and returns what ends it."""
        return Entry(self._place, self.carried, self._constructors).leave

    def _here(self) -> Place:
        """Returns the current context's own place."""
        place = self._place.get()
        if place is None or not place.is_here():
            # A copied context goes its own way from where it binds something.
            place = Place(self._place, self.kept, is_bound=True)
            place.begin()
        return place
