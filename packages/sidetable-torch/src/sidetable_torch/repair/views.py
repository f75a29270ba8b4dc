"""What stands in PyTorch's module for its dictionary and its list."""

from __future__ import annotations

from collections.abc import (
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    Sequence,
)
from typing import TYPE_CHECKING, ClassVar, final, overload
from weakref import ref

from .binding import Binding
from .lookups import NAME, NotAliveError, NothingBoundError, NotRegisteredError

if TYPE_CHECKING:
    from .binding import Reference
    from .bindings import Bindings
    from .registering import Registering


@final
class BoundReferences(MutableMapping[int, "Reference"]):
    """PyTorch's dictionary from index to weak reference: a view of the binding that counts.

    Args:
        bindings: Which binding counts.
        registering: What registers.

    Attributes:
        registering: What registers, for PyTorch's functions, which know only the dictionary.
    """

    __slots__ = ("_bindings", "registering")

    def __init__(self, bindings: Bindings, registering: Registering) -> None:
        self._bindings = bindings
        self.registering: Registering = registering

    def lookup(self, index: int) -> object:
        """Returns the object that an index means, as PyTorch's own function does.

        Raises:
            NoBindingError: If nothing was ever bound in this context.
            IndexNotRegisteredError: If the index is not among what is bound.
            ObjectNotAliveError: If its object died.
        """
        binding = self._bindings.current()
        try:
            value = binding[index]()
        except KeyError:
            if binding is self._bindings.nothing:
                raise NothingBoundError(NAME, index) from None
            raise NotRegisteredError(index, NAME, bound=len(binding)) from None
        if value is None:
            raise NotAliveError(index, NAME)
        return value

    def store(self, objects: Sequence[object]) -> None:
        """Replaces the whole binding, as PyTorch's own function does.

        Raises:
            TypeError: If an object can not be weakly referenced. Nothing is bound then.
        """
        try:
            self._bindings.bind(Binding(enumerate(map(ref, objects))))
        except TypeError:
            self.clear()
            raise

    def __contains__(self, index: object) -> bool:
        """Returns whether an index is bound."""
        return index in self._bindings.current()

    def __getitem__(self, index: int) -> Reference:
        """Returns the reference of an index.

        Raises:
            KeyError: If the index is not bound.
        """
        return self._bindings.current()[index]

    def __setitem__(self, index: int, reference: Reference) -> None:
        """Binds one index."""
        self._bindings.bind_one(index, reference)

    def __delitem__(self, index: int) -> None:
        """Takes one index out of the binding.

        Raises:
            KeyError: If the index is not bound.
        """
        references = Binding(self._bindings.current())
        del references[index]
        self._bindings.bind(references)

    def __iter__(self) -> Iterator[int]:
        """Goes over the bound indices."""
        return iter(self._bindings.current())

    def __len__(self) -> int:
        """Returns how many indices are bound."""
        return len(self._bindings.current())

    def clear(self) -> None:
        """Leaves nothing bound."""
        if self._bindings.current():
            self._bindings.bind(Binding())

    def update(self, *others: Mapping[int, Reference], **_: Reference) -> None:  # type: ignore[override]  # what PyTorch calls
        """Binds all indices of a mapping, in one step."""
        self._bindings.bind(Binding({**self._bindings.current(), **others[0]}))

    def __repr__(self) -> str:
        return repr(dict(self))


@final
class KeptAlive(MutableSequence[object]):
    """PyTorch's list of what is kept alive: a view of the list that counts."""

    __slots__ = ("_bindings",)

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        """Returns what stands at a position."""
        return self._bindings.kept[index]

    @overload
    def __setitem__(self, index: int, value: object) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[object]) -> None: ...
    def __setitem__(self, index: int | slice, value: object) -> None:
        """Replaces what stands at a position."""
        self._bindings.kept[index] = value  # type: ignore[index]  # a list says no

    def __delitem__(self, index: int | slice) -> None:
        """Takes out what stands at a position."""
        del self._bindings.kept[index]

    def __len__(self) -> int:
        """Returns how many objects are kept alive."""
        return len(self._bindings.kept)

    def insert(self, index: int, value: object) -> None:
        """Puts an object in before a position."""
        self._bindings.kept.insert(index, value)

    def __eq__(self, other: object) -> bool:
        """Returns whether a list, or another view, has equal objects."""
        return self._bindings.kept == (list(other) if isinstance(other, KeptAlive) else other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        return repr(self._bindings.kept)
