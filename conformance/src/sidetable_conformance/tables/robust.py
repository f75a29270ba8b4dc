"""The table that the faulty ones of profile robust derive from, and that is right itself."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import operator
import weakref
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any, ClassVar, Final, NamedTuple, NoReturn, SupportsIndex, TypeAlias

from sidetable_conformance.tables.core import (
    GRAPH_CREATED,
    TABLE_NAME,
    USER_OBJECT,
    ConstructFn,
    Constructor,
    Reference,
    Registering,
)
from sidetable_conformance.tables.isolated import (
    ALIVE,
    BOUND,
    Binding,
    Box,
    Entry,
    Hold,
    IsolatedTable,
    close,
    open_below,
    references_of,
    refuse,
)
from sidetable_source import IndexNotRegisteredError, Source

# --- one table's state, published in one step ---------------------------------------------------

Step: TypeAlias = Callable[[], object]


class Whole(NamedTuple):
    """All that is registered, and all that is bound in this context; never changed."""

    constructors: dict[int, Constructor]
    hold: dict[int, Hold]
    keep_alive: list[object]
    bound: Mapping[int, Binding]


class Stepwise(IsolatedTable):
    """A table that publishes its state in one step.

    Only where a call returns, or a loop goes round, can something come in between. So what must
    not be torn apart is one call of a function written in C that calls others.
    """

    def _whole(self) -> Whole:
        return Whole._make((self._constructors, self._hold, self._keep_alive, BOUND.get()))

    def _bound_in(self, whole: Whole) -> Binding | None:
        return open_below(whole.bound.get(self._place.number))

    def _with(self, whole: Whole, binding: Binding | None) -> Whole:
        """Returns the same with another binding of this table's, and without what is left over."""
        bound = {number: each for number, each in whole.bound.items() if number in ALIVE}
        bound.pop(self._place.number, None)
        if binding is not None:
            bound[self._place.number] = binding
        return whole._replace(bound=MappingProxyType(bound))

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        """Publishes a state, unless the old one is not what there is any more.

        Returns:
            Whether it was published.
        """
        there_is = chain(chain.from_iterable(map(_READ, (self,))), map(_CALL, _GET))
        update = partial(vars(self).update, zip(_NAMES, new, strict=False))
        tokens: list[object] = []
        take = tokens.append if entry is None else partial(setattr, entry, "token")
        try:
            tokens.extend(
                chain(
                    map(_GOES_ON, map(operator.is_, there_is, old)),
                    map(_CALL, (update, *more)),
                    map(take, map(BOUND.set, (new.bound,))),
                )
            )
        except KeyError:
            return False
        return True

    def _is_here(self, entry: Entry) -> bool:
        """Tells whether an entry was entered in this context, and not in another one."""
        while True:
            bound, token = BOUND.get(), entry.token
            if token is None:  # pragma: no cover  # where a collection comes between two steps in C
                return False
            there_is: Iterator[object] = map(_CALL, _GET)
            same = map(operator.is_, there_is, (bound,))
            taken_off = map(BOUND.reset, (token,))
            take: Callable[[object], object] = partial(setattr, entry, "token")
            put_back = map(take, map(BOUND.set, (bound,)))
            taken: list[object] = []
            try:
                taken.extend(chain(map(_GOES_ON, same), taken_off, put_back))
            except KeyError:  # pragma: no cover  # what comes in between is traced by `Moments`
                continue
            except ValueError:
                return False
            return True


_NAMES: Final = ("_constructors", "_hold", "_keep_alive")
_READ: Final = operator.attrgetter(*_NAMES)
_GET: Final = (BOUND.get,)
_CALL: Final[Any] = operator.call  # `map` cannot be told what it calls
_GOES_ON: Final = {True: None}.__getitem__
"""Raises KeyError for False: an `if` that is one call in C."""


# --- Entering and leaving, each published in one step --------------------------------------------


class Framing(Stepwise):
    """Enters and leaves frames in one step each."""

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        while True:
            old = self._whole()
            entry = Entry(self._place.number, self._bound_in(old))
            binding = Binding(references, entry)
            in_place = partial(setattr, entry, "binding", binding)
            if self._swap(old, self._with(old, binding), in_place, entry=entry):
                return entry

    def _leave(self, entry: Entry, error: object) -> None:
        if not entry.is_open:
            refuse("left twice")
        innermost = self._bound_in(self._whole())
        is_in_order = innermost is not None and innermost.entry is entry and self._is_here(entry)
        values = dict(entry.values)
        close(entry)
        del values  # not before: a finalizer of theirs may bind something
        if not is_in_order:
            refuse("left out of order")
        self._settle()

    def _settle(self) -> None:
        """Takes off what entries that have ended have bound."""
        while True:
            old = self._whole()
            bound = old.bound.get(self._place.number)
            if bound is open_below(bound) or self._swap(old, self._with(old, open_below(bound))):
                return


# --- the table ------------------------------------------------------------------------------------


class RobustTable(Framing):
    """A correct table of the profiles core, isolation and robust, in edition 2026.11.

    Whatever changes it computes the state after from the state before, and publishes it in one
    step if it still is the state before; otherwise it begins anew. So nothing can come between.
    It cannot be copied.
    """

    profiles: ClassVar[str] = "core,isolation,robust"

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        raise TypeError("a table cannot be copied or pickled: register again from the sources")

    # What a user calls.

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        """Gives `value` the next index; where a frame holds it, only its source is recorded."""
        if hold == "frame":
            return self._add(USER_OBJECT, value, lambda _, codegen: codegen(source), None)
        return super().register_user_object(value, source)

    def get(self, index: int) -> object:
        """Returns the object that an index means in this context, or raises that there is none."""
        return self._find(self._bound_in(self._whole()), operator.index(index))

    def set(self, index: int, value: object) -> None:
        """Binds one index to another object, which goes with the binding or with its frame."""
        index = operator.index(index)
        while True:
            old = self._whole()
            binding = self._bound_in(old)
            bound = references_of(binding)
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

    def _register(self, kind: Registering, value: object, construct_fn: ConstructFn) -> int:
        try:
            reference = self._refer_registered(kind, value)
        except TypeError as cause:
            self._refuse(kind, value, cause)
        return self._add(kind, value, construct_fn, reference)

    def _add(
        self, kind: Registering, value: object, construct_fn: ConstructFn, found: Reference | None
    ) -> int:
        """Registers what a lookup finds by this reference, or None where frames hold it."""
        while True:
            old = self._whole()
            index = len(old.constructors)
            constructor = self._constructor(kind, index, construct_fn)
            new = old._replace(
                constructors={**old.constructors, index: constructor},
                hold={**old.hold, index: "frame" if found is None else "weak"},
                keep_alive=[*old.keep_alive, *([value] if kind == GRAPH_CREATED else [])],
            )
            more: list[Callable[[], object]] = []
            if found is not None:
                binding = self._bound_in(old)
                bound = references_of(binding)
                changed = self._changed(binding, {**bound, index: found})
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
