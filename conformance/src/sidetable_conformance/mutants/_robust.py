"""The table that the mutants of profile robust are children of, and that is right itself."""

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar, NoReturn, SupportsIndex

from sidetable_source import IndexNotRegisteredError, Source

from ._contexts import Binding, Box, Reference
from ._isolated import Hold
from ._parent import GRAPH_CREATED, TABLE_NAME, USER_OBJECT, ConstructFn, Kind
from ._robust_frames import Framing


class RobustTable(Framing):
    """A correct table of the profiles core, isolation and robust, in edition 2026.11.

    Whatever changes it computes the state after from the state before, and publishes it in one
    step if it still is the state before; otherwise it begins anew. So nothing can come between,
    and what an interrupt leaves is one of the two. It can not be copied.

    Example:
        >>> table, pool = RobustTable("2026.11"), {"a connection"}
        >>> table.store(pool)
        >>> table.get(0) is pool
        True
    """

    profiles: ClassVar[str] = "core,isolation,robust"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a table can not be copied or pickled: register again from the sources")

    # What a user calls.

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        """Gives `value` the next index; where a frame holds it, only its source is recorded."""
        if hold == "frame":
            return self._add(USER_OBJECT, value, lambda _, codegen: codegen(source), None, hold)
        return super().register_user_object(value, source)

    def get(self, index: int) -> object:
        """Returns the object that an index means in this context, or raises that there is none."""
        return self._find(self._bound_in(self._whole()), self._index(index))

    def set(self, index: int, value: object) -> None:
        """Binds one index to another object, which goes with the binding or with its frame."""
        index = self._index(index)
        while True:
            old = self._whole()
            binding = self._bound_in(old)
            bound: Mapping[int, Reference] = {} if binding is None else binding.references
            if index not in bound and index not in old.constructors:
                raise IndexNotRegisteredError(index, TABLE_NAME)
            boxed = Box(value) if old.hold.get(index) == "frame" else None
            reference = self._refer(value) if boxed is None else weakref.ref(boxed)
            owner = value if boxed is None else boxed
            entry = None if binding is None else binding.entry
            changed = self._changed(binding, {**bound, index: reference})
            if entry is None:
                self._owned.setdefault(changed, {})[index] = owner
                if self._swap(old, self._with(old, changed)):
                    return
            else:
                replaced = entry.values.get(index)
                put_in = partial(entry.values.__setitem__, index, owner)
                if self._swap(old, self._with(old, changed), put_in, *self._in_place(changed)):
                    del replaced  # not before: its finalizer may bind something
                    return

    def reset(self) -> None:
        """Ends all registrations, and this context's binding unless a frame is open in it."""
        while True:
            old = self._whole()
            binding = self._bound_in(old)
            ended = old._replace(constructors={}, hold={}, keep_alive=[])
            if binding is None or binding.entry is None:
                ended = self._with(ended, None)
            if self._swap(old, ended):
                return

    # The steps of a lookup, a registration and a store.

    def _index(self, index: SupportsIndex) -> int:
        return operator.index(index)

    def _register(self, kind: Kind, value: object, construct_fn: ConstructFn) -> int:
        try:
            reference = self._refer_registered(kind, value)
        except TypeError as cause:
            self._refuse(kind, value, cause)
        return self._add(kind, value, construct_fn, reference, "weak")

    def _add(
        self,
        kind: Kind,
        value: object,
        construct_fn: ConstructFn,
        reference: Reference | None,
        hold: Hold,
    ) -> int:
        while True:
            old = self._whole()
            index = len(old.constructors)
            constructor = self._constructor(kind, index, construct_fn)
            new = old._replace(
                constructors={**old.constructors, index: constructor},
                hold={**old.hold, index: hold},
                keep_alive=[*old.keep_alive, *([value] if kind == GRAPH_CREATED else [])],
            )
            more: list[Callable[[], object]] = []
            if reference is not None:
                binding = self._bound_in(old)
                bound: Mapping[int, Reference] = {} if binding is None else binding.references
                changed = self._changed(binding, {**bound, index: reference})
                new = self._with(new, changed)
                more = self._in_place(changed)
            if self._swap(old, new, *more):
                return index

    def _in_place(self, binding: Binding) -> list[Callable[[], object]]:
        """Returns the step that lets the entry's handle find a binding, but not one of a copy."""
        entry = binding.entry
        if entry is None or not self._is_here(entry):
            return []
        return [partial(setattr, entry, "binding", binding)]

    def _changed(self, over: Binding | None, references: Mapping[int, Reference]) -> Binding:
        """Returns a binding that replaces one, with what that owns; not published yet."""
        changed = Binding(references, None if over is None else over.entry)
        owned = {} if over is None else self._owned.get(over, {})
        if owned:
            self._owned[changed] = dict(owned)
        return changed

    def _bind(self, references: Mapping[int, Reference]) -> None:
        while True:
            old = self._whole()
            binding = self._bound_in(old)
            entry = None if binding is None else binding.entry
            new = self._with(old, Binding(references, entry))
            if entry is None:
                if self._swap(old, new):
                    return
            else:
                replaced = dict(entry.values)
                in_place = self._in_place(new.bound[self._place.number])
                if self._swap(old, new, entry.values.clear, *in_place):
                    del replaced  # not before: as above
                    return
