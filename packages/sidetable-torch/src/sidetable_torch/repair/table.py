"""PyTorch's table: its dictionary, its list and four of its functions, as views of the bindings."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
)
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final, TypeAlias, final, overload
from weakref import ref

from torch._dynamo.exc import unimplemented

from sidetable_source import IndexNotRegisteredError, NoBindingError, ObjectNotAliveError

from .bindings import Bindings, Reference

if TYPE_CHECKING:
    # In PyTorch's module, whose functions the last ones here become.
    index_to_external_object_weakref: BoundReferences

Constructor: TypeAlias = Callable[..., object]

_NAME: Final = "torch._dynamo.graph_bytecode_inputs"
_NOT_REGISTERED: Final = "Index not registered in index_to_user_object_weakref"
_NOT_ALIVE: Final = "User object is no longer alive"


@final
class Making(partial[None]):
    """The constructor of a graph-created object."""


@final
class BoundReferences(MutableMapping[int, Reference]):
    """PyTorch's dictionary from index to weak reference, as a view of the current binding.

    Args:
        bindings: The bindings.
        constructors: PyTorch's dictionary of constructors.

    Attributes:
        store: Replaces the whole binding, as PyTorch's own function does.
    """

    __slots__ = ("_bindings", "_constructors", "store")

    def __init__(self, bindings: Bindings, constructors: dict[int, Constructor]) -> None:
        self._bindings = bindings
        self.store: Final = bindings.store  # itself: each call of a compiled function stores
        self._constructors = constructors

    def lookup(self, index: int) -> object:
        """Return the object that an index means, as PyTorch's own function does.

        Raises:
            NoBindingError: If nothing is bound here.
            IndexNotRegisteredError: If the index is not bound.
            ObjectNotAliveError: If its object died.
        """
        binding = self._bindings.current()
        try:
            value = binding.references[index]()
        except KeyError:
            if binding is self._bindings.nothing:
                raise _NothingBoundError(_NAME, index) from None
            raise _NotRegisteredError(index, _NAME, bound=len(binding.references)) from None
        if value is None:
            raise _NotAliveError(index, _NAME)
        return value

    def register_user_object(self, value: object, source: object) -> int:
        """Register a user object, and return its index.

        Raises:
            Unsupported: If it cannot be weakly referenced. The index is used up, as in PyTorch.
        """

        def constructor(codegen: Callable[[object], object]) -> None:
            codegen(source)

        index = self._give_index(lambda _: constructor)
        self._bind_registered(index, value, "Failed to make weakref to User Object")
        return index

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, object], None]
    ) -> int:
        """Register a graph-created object, keep its example alive, and return its index.

        Raises:
            Unsupported: If it cannot be weakly referenced. It stays registered, as in PyTorch.
        """
        self._bindings.keep(example_value)
        index = self._give_index(lambda index: Making(construct_fn, index))
        what_failed = "Failed to make weakref to graph-created external object"
        self._bind_registered(index, example_value, what_failed)
        return index

    def _give_index(self, constructor_of: Callable[[int], Constructor]) -> int:
        """Take the next index in one step: PyTorch counts first, so two threads could get one."""
        index = len(self._constructors)
        while True:
            constructor = constructor_of(index)
            # One step, which no other thread can come between.
            if self._constructors.setdefault(index, constructor) is constructor:
                return index
            index += 1

    def _bind_registered(self, index: int, value: object, what_failed: str) -> None:
        try:
            self[index] = ref(value)
        except TypeError as error:
            unimplemented(
                gb_type=what_failed,
                context=f"user_object: {value}",
                explanation="Object does not allow us to make a weakref to it",
                hints=[],
                from_exc=error,
            )

    def __contains__(self, index: object) -> bool:
        """Return whether an index is bound."""
        return index in self._bindings.current().references

    def __getitem__(self, index: int) -> Reference:
        """Return the reference of an index.

        Raises:
            KeyError: If the index is not bound.
        """
        return self._bindings.current().references[index]

    def __setitem__(self, index: int, reference: Reference) -> None:
        """Bind one index; the others stay."""
        self._bindings.bind({**self._bindings.current().references, index: reference})

    def __delitem__(self, index: int) -> None:
        """Remove one index from the binding.

        Raises:
            KeyError: If the index is not bound.
        """
        references = dict(self._bindings.current().references)
        del references[index]
        self._bindings.bind(references)

    def __iter__(self) -> Iterator[int]:
        """Iterate over the bound indices."""
        return iter(self._bindings.current().references)

    def __len__(self) -> int:
        """Return how many indices are bound."""
        return len(self._bindings.current().references)

    def clear(self) -> None:
        """Unbind everything."""
        if self._bindings.current().references:
            self._bindings.bind({})

    def update(self, *others: Mapping[int, Reference], **_: Reference) -> None:  # type: ignore[override]  # what PyTorch calls
        """Bind all indices of a mapping, in one step."""
        self._bindings.bind({**self._bindings.current().references, **others[0]})

    def __repr__(self) -> str:
        return repr(dict(self))


@final
class NotForBackward:
    """The dictionary, for a module of PyTorch 2.14 that copies it for each backward.

    The copy holds every object strongly, so a module that keeps its own loss is never collected.
    Backward nodes keep what they need themselves; nothing is left to copy.
    """

    __slots__ = ("_table",)

    def __init__(self, table: BoundReferences) -> None:
        self._table = table

    def items(self) -> tuple[tuple[int, Reference], ...]:
        """Return nothing."""
        return ()

    def __setitem__(self, index: int, reference: Reference) -> None:
        """Bind one index, for a backward whose forward ran before the repair was installed."""
        self._table[index] = reference


@final
class KeptAlive(MutableSequence[object]):
    """PyTorch's list of what is kept alive, as a view of what the current call keeps alive."""

    __slots__ = ("_bindings",)

    def __init__(self, bindings: Bindings) -> None:
        self._bindings = bindings

    @overload
    def __getitem__(self, index: int) -> object: ...
    @overload
    def __getitem__(self, index: slice) -> MutableSequence[object]: ...
    def __getitem__(self, index: int | slice) -> object:
        """Return what is at a position."""
        return self._bindings.kept()[index]

    @overload
    def __setitem__(self, index: int, value: object) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[object]) -> None: ...
    def __setitem__(self, index: int | slice, value: object) -> None:
        """Replace what is at a position."""
        kept = self._bindings.kept()
        kept[index] = value  # type: ignore[index]  # a list says no
        self._bindings.keep_only(kept)

    def __delitem__(self, index: int | slice) -> None:
        """Remove what is at a position."""
        kept = self._bindings.kept()
        del kept[index]
        self._bindings.keep_only(kept)

    def __len__(self) -> int:
        """Return how many objects are kept alive."""
        return len(self._bindings.kept())

    def insert(self, index: int, value: object) -> None:
        """Insert an object before a position."""
        kept = self._bindings.kept()
        kept.insert(index, value)
        self._bindings.keep_only(kept)

    def append(self, value: object) -> None:
        """Keep one more object alive."""
        self._bindings.keep(value)

    def clear(self) -> None:
        """Keep nothing alive."""
        self._bindings.keep_only(())

    def __eq__(self, other: object) -> bool:
        """Return whether a list, or another view, has equal objects."""
        return self._bindings.kept() == (list(other) if isinstance(other, KeptAlive) else other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as a list

    def __repr__(self) -> str:
        return repr(self._bindings.kept())


# The code that four of PyTorch's functions get. The functions stay the same objects, because other
# modules have imported them. A lookup and a store then need fewer calls than PyTorch's own.


def get_external_object_by_index(index: int) -> object:
    """Look up the index in the current binding."""
    return index_to_external_object_weakref.lookup(index)  # noqa: F821  # PyTorch's global


def store_user_object_weakrefs(*args: object) -> None:
    """Replace the whole current binding."""
    index_to_external_object_weakref.store(args)  # noqa: F821  # as above


def register_user_object(value: object, source: object) -> int:
    """Give a user object the next index."""
    table = index_to_external_object_weakref  # noqa: F821  # as above
    return table.register_user_object(value, source)


def register_graph_created_object(
    example_value: object, construct_fn: Callable[[int, object], None]
) -> int:
    """Give a graph-created object the next index."""
    table = index_to_external_object_weakref  # noqa: F821  # as above
    return table.register_graph_created_object(example_value, construct_fn)


# PyTorch's callers catch `AssertionError`, which all of these are, and may look for its words.


@final
class _NotRegisteredError(IndexNotRegisteredError):
    """An index is not among those that are bound."""

    def __str__(self) -> str:
        return f"{_NOT_REGISTERED}. {super().__str__()}"


@final
class _NothingBoundError(NoBindingError):
    """Nothing is bound in a context, or in a backward node."""

    def __str__(self) -> str:
        hint = "A backward finds only what its own forward bound, in the same compiled function"
        by_hand = "To bind objects by hand, call store_user_object_weakrefs()"
        return f"{_NOT_REGISTERED}. {super().__str__()} {hint}. {by_hand}."


@final
class _NotAliveError(ObjectNotAliveError):
    """An index is bound whose object died."""

    def __str__(self) -> str:
        hint = "Keep the object alive until the last backward that looks it up"
        return f"{_NOT_ALIVE}. {super().__str__()} {hint}."
