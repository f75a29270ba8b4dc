"""What the table of PyTorch 2.13 does, said anew, as an object with PyTorch's names.

It keeps every rule of edition dynamo-2.13, and under 2026.11 fails the stricter ones as well as the
opposite ones: bare AssertionErrors, a refusal that quotes the value, a set that takes any index and
keeps what it refuses.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

from sidetable_source import Codegen, Source, unimplemented

Constructor = Callable[[Codegen], None]


class LikePyTorch:
    """Dictionaries that change in place, and are there for everybody to read."""

    def __init__(self) -> None:
        self.index_to_bytecode_constructor: dict[int, Constructor] = {}
        self.index_to_external_object_weakref: dict[int, weakref.ref[object]] = {}
        self.keep_alive: list[object] = []

    def has_user_objects(self) -> bool:
        return bool(self.index_to_bytecode_constructor)

    def register_user_object(self, value: object, source: Source) -> int:
        index = self._enumerate(lambda _, codegen: codegen(source))
        self._refer(index, value, "User Object")
        return index

    def register_graph_created_object(
        self, example_value: object, construct_fn: Callable[[int, Codegen], None]
    ) -> int:
        self.keep_alive.append(example_value)
        index = self._enumerate(construct_fn)
        self._refer(index, example_value, "graph-created external object")
        return index

    def store_user_object_weakrefs(self, *args: object) -> None:
        self.index_to_external_object_weakref.clear()
        self.index_to_external_object_weakref.update(dict(enumerate(map(weakref.ref, args))))

    def get_external_object_by_index(self, index: int) -> object:
        if index not in self.index_to_external_object_weakref:
            raise AssertionError("nothing is registered at this index")
        value = self.index_to_external_object_weakref[index]()
        if value is None:
            raise AssertionError("the object at this index has died")
        return value

    def set_external_object_by_index(self, index: int, value: object) -> None:
        self.keep_alive.append(value)
        self.index_to_external_object_weakref[index] = weakref.ref(value)

    def reset_user_object_tracking(self) -> None:
        self.index_to_bytecode_constructor.clear()
        self.index_to_external_object_weakref.clear()
        self.keep_alive.clear()

    def _enumerate(self, construct_fn: Callable[[int, Codegen], None]) -> int:
        index = len(self.index_to_bytecode_constructor)
        self.index_to_bytecode_constructor[index] = lambda codegen: construct_fn(index, codegen)
        return index

    def _refer(self, index: int, value: object, what: str) -> None:
        try:
            self.index_to_external_object_weakref[index] = weakref.ref(value)
        except TypeError as cause:
            unimplemented(
                gb_type=f"Failed to make weakref to {what}",
                context=f"object: {value}",
                explanation="Its type does not allow one.",
                from_exc=cause,
            )
