"""The table that every faulty one of profile core derives from, and that is right itself.

A registration and a store are written as short steps, so that a fault is one step said differently.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType
from typing import ClassVar, Final, Literal, NoReturn, TypeAlias

from sidetable_conformance.spec import DYNAMO, OWN
from sidetable_source import (
    Codegen,
    IndexNotRegisteredError,
    ObjectNotAliveError,
    Source,
    unimplemented,
)

Edition: TypeAlias = Literal["dynamo-2.13", "2026.11"]
"""The name of an edition of the rules that a parent and its mutants can be made for."""

Registering: TypeAlias = Literal["User Object", "graph-created object"]
Constructor: TypeAlias = Callable[[Codegen], None]
ConstructFn: TypeAlias = Callable[[int, Codegen], None]
Reference: TypeAlias = Callable[[], object]
BOTH: Final[tuple[Edition, ...]] = (DYNAMO, OWN)
USER_OBJECT: Final = "User Object"
GRAPH_CREATED: Final = "graph-created object"
TABLE_NAME: Final = "correct table"


class CorrectTable:
    """A side table that keeps every rule of profile core in the edition that it is made for.

    Registering, looking up and setting cost a constant; a store costs as much as it has objects.
    Objects are held weakly, except the example values of graph-created objects (until reset) and
    what `set` put in (for as long as the edition says).

    Args:
        edition: The edition whose rules it keeps, where the editions differ.

    Attributes:
        profiles: The profiles whose rules it keeps.
        editions: The editions that it can be made for.
    """

    profiles: ClassVar[str] = "core"
    editions: ClassVar[tuple[Edition, ...]] = BOTH

    def __init_subclass__(cls, only: Edition | None = None) -> None:
        """Makes a class, for one edition only if it is a fault in no other."""
        super().__init_subclass__()
        if only is not None:
            cls.editions = (only,)

    def __init__(self, edition: Edition) -> None:
        self.edition: Final[Edition] = edition
        self._next_index = 0
        self._constructors: dict[int, Constructor] = {}
        self._references: dict[int, Reference] = {}
        self._keep_alive: list[object] = []
        self._values_set: dict[int, object] = {}
        self._begin()

    # What a user calls.

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every index's constructor, in index order, as a read-only live view."""
        return MappingProxyType(self._constructors)

    def has_user_objects(self) -> bool:
        """Tells whether anything is registered."""
        return bool(self._constructors)

    def register_user_object(self, value: object, source: Source) -> int:
        """Gives `value` the next index; its constructor hands `source` to the codegen."""
        return self._register(USER_OBJECT, value, lambda index, codegen: codegen(source))

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Gives `value` the next index, and keeps it alive until reset."""
        return self._register(GRAPH_CREATED, value, construct_fn)

    def store(self, *objects: object) -> None:
        """Binds the n-th object to index n, and nothing else."""
        try:
            references = self._references_to(objects)
        except TypeError:
            self._give_up_store()
            raise
        self._bind(references)

    def get(self, index: int) -> object:
        """Returns the object that `index` means now, or raises that there is none."""
        reference = self._references.get(index)
        if reference is None:
            return self._never_bound(index)
        value = reference()
        if value is None:
            return self._died(index)
        return value

    def set(self, index: int, value: object) -> None:
        """Binds one index, bound or registered before, to another object."""
        reference = self._refer(value)
        if index not in self._references and index not in self._constructors:
            raise IndexNotRegisteredError(index, TABLE_NAME)
        self._references[index] = reference
        self._hold_set(index, value)

    def reset(self) -> None:
        """Makes the table as new."""
        self._next_index = 0
        self._constructors.clear()
        self._keep_alive.clear()
        self._bind({})
        self._begin()

    def _begin(self) -> None:
        """Sets what a faulty table knows beside all this, where it is fresh or as new."""

    # The steps of a registration.

    def _register(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        try:
            reference = self._refer_registered(kind, value)
        except TypeError as cause:
            self._record_failure(kind, value, construct_fn)
            self._refuse(kind, value, cause)
        index = self._record(kind, value, construct_fn)
        self._bind_registered(index, reference)
        return index

    def _refer_registered(self, kind: Registering, value: object) -> Reference:
        return self._refer(value)

    def _record(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        index = self._take_index(kind)
        self._constructors[index] = self._constructor(kind, index, construct_fn)
        if kind == GRAPH_CREATED:
            self._keep(value)
        return index

    def _record_failure(self, kind: Registering, value: object, construct_fn: ConstructFn) -> None:
        if self.edition == DYNAMO:
            self._record(kind, value, construct_fn)

    def _refuse(self, kind: Registering, value: object, cause: TypeError) -> NoReturn:
        unimplemented(
            gb_type=f"Failed to make weakref to {kind}",
            context=self._context(value),
            explanation="The object cannot be weakly referenced.",
            from_exc=self._cause(value, cause),
        )

    def _context(self, value: object) -> str:
        return f"an instance of {type(value).__name__}"

    def _cause(self, value: object, cause: TypeError) -> Exception | None:
        return cause

    def _take_index(self, kind: Registering) -> int:
        index = self._next_index
        self._next_index += 1
        return index

    def _constructor(self, kind: Registering, index: int, construct_fn: ConstructFn) -> Constructor:
        return partial(construct_fn, index)

    def _keep(self, value: object) -> None:
        self._keep_alive.append(value)

    def _bind_registered(self, index: int, reference: Reference) -> None:
        self._references[index] = reference

    # The steps of a store, a lookup and a set.

    def _refer(self, value: object) -> Reference:
        return weakref.ref(value)

    def _references_to(self, objects: Iterable[object]) -> dict[int, Reference]:
        return {index: self._refer(value) for index, value in enumerate(objects)}

    def _bind(self, references: dict[int, Reference]) -> None:
        self._references = references
        self._values_set.clear()

    def _give_up_store(self) -> None:
        if self.edition == DYNAMO:
            self._bind({})

    def _never_bound(self, index: int) -> object:
        raise IndexNotRegisteredError(index, TABLE_NAME)

    def _died(self, index: int) -> object:
        raise ObjectNotAliveError(index, TABLE_NAME)

    def _hold_set(self, index: int, value: object) -> None:
        if self.edition == DYNAMO:
            self._keep_alive.append(value)
        else:
            self._values_set[index] = value
