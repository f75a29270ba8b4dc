"""A small table that does what the dictionaries of PyTorch 2.13 do."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Final, final

from sidetable_conformance.targets.table import ConstructFn, Constructor
from sidetable_source import Codegen, Source, unimplemented


@final
class PyTorchDictionaries:
    """PyTorch 2.13's table as an object: dictionaries that change in place, for all to read.

    Registering takes its index before it tries the weak reference, a store clears before it
    fills, and what `set` was given is kept first and looked at afterwards. So it keeps every rule
    of edition dynamo-2.13, and under 2026.11 fails whatever is opposite or stricter.

    Attributes:
        index_to_bytecode_constructor: Every constructor by its index.
        index_to_external_object_weakref: The binding.
        keep_alive: What is held until reset.

    Example:
        >>> table = PyTorchDictionaries()
        >>> lock = {"a set"}
        >>> table.store_user_object_weakrefs(lock)
        >>> table.get_external_object_by_index(0) is lock
        True
    """

    def __init__(self) -> None:
        self.index_to_bytecode_constructor: Final[dict[int, Constructor]] = {}
        self.index_to_external_object_weakref: Final[dict[int, weakref.ref[object]]] = {}
        self.keep_alive: Final[list[object]] = []

    def has_user_objects(self) -> bool:
        """Tells whether anything is registered."""
        return bool(self.index_to_bytecode_constructor)

    def register_user_object(self, value: object, source: Source) -> int:
        """Gives an object from outside the graph the next index."""
        return self._register("User Object", value, lambda _, codegen: codegen(source))

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Gives an object that the graph makes the next index, and keeps it alive."""
        self.keep_alive.append(value)
        return self._register("graph-created external object", value, construct_fn)

    def store_user_object_weakrefs(self, *objects: object) -> None:
        """Clears the binding, and then fills it."""
        self.index_to_external_object_weakref.clear()
        references = {index: weakref.ref(value) for index, value in enumerate(objects)}
        self.index_to_external_object_weakref.update(references)

    def get_external_object_by_index(self, index: int) -> object:
        """Looks an index up; the two ways to fail differ by their messages."""
        reference = self.index_to_external_object_weakref.get(index)
        if reference is None:
            raise AssertionError("the index is not registered")
        value = reference()
        if value is None:
            raise AssertionError("the object is no longer alive")
        return value

    def set_external_object_by_index(self, index: int, value: object) -> None:
        """Binds any index to an object, and keeps that alive."""
        self.keep_alive.append(value)
        self.index_to_external_object_weakref[index] = weakref.ref(value)

    def reset_user_object_tracking(self) -> None:
        """Empties all three."""
        self.index_to_bytecode_constructor.clear()
        self.index_to_external_object_weakref.clear()
        self.keep_alive.clear()

    def _register(
        self, what: str, value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        index = len(self.index_to_bytecode_constructor)
        self.index_to_bytecode_constructor[index] = lambda codegen: construct_fn(index, codegen)
        self.index_to_external_object_weakref[index] = reference_to(what, value)
        return index


def reference_to(what: str, value: object) -> weakref.ref[object]:
    """Returns a weak reference, or raises as both tables do: with the value's own text."""
    try:
        return weakref.ref(value)
    except TypeError as cause:
        unimplemented(
            gb_type=f"Failed to make weakref to {what}",
            context=f"object: {value}",
            explanation="Its type does not allow one.",
            from_exc=cause,
        )
