"""What the indices mean in a context: references, published together as one immutable binding.

The hot path of a table is here and nowhere else: `lookup_in`, `store_in` and `bind_in` make the
functions that graphs and generated code call, and `TableState` has what they share.

A *binding* is a tuple: a reference for each index, then the table's anchor, then the binding's
owner. Calling a reference gives its object, or None if there is none. The anchor and the owner
cannot be called, so a lookup just past the end fails without a check of its own.

The *owner* of a binding is the frame or entry call that bound it, until that ends; a binding that
no frame made belongs to the table. A context holds references and an owner holds objects, so
nothing outlives its owner because somebody has copied the context.
"""

# `sys._getframe` is the documented way to a frame.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import operator
import sys
import weakref
from collections.abc import Callable, Collection, Container, Sequence
from contextvars import ContextVar, Token
from itertools import count
from types import CodeType, FrameType, FunctionType
from typing import ClassVar, Final, Literal, NoReturn, SupportsIndex, TypeAlias, cast, final
from weakref import ref

from sidetable_source import (
    Codegen,
    FrameError,
    IndexNotRegisteredError,
    NoBindingError,
    NotWeakReferenceableError,
    ObjectNotAliveError,
    Source,
)
from sidetable_source.errors import type_name
from sidetable_source.sources import is_source

from ._native import fast
from ._variables import POOL, Anchor

EditionName: TypeAlias = Literal["2026.11", "dynamo-2.13"]
Reference: TypeAlias = Callable[[], object]
Binding: TypeAlias = tuple[*tuple[Reference, ...], Anchor, "Owner"]
ConstructFunction: TypeAlias = Callable[[int, Codegen], object]

ENTRY_FILENAME: Final = "<sidetable entry "
"""How the file names of generated code begin."""


# --- references ----------------------------------------------------------------------------


@final
class Absent:
    """A reference without an object. Gives None, as a weak reference to a dead object does."""

    __slots__ = ()

    def __call__(self) -> None:
        """Return None."""


UNBOUND: Final = Absent()
"""Fills an index that a binding does not bind."""

DEAD: Final = Absent()
"""Fills an index whose object was dead when the binding was made."""


@final
class Held:
    """A strong reference, until the owner of its binding ends it.

    For a value that was put in by `set`, and for an object that is registered with
    `hold="frame"` and perhaps cannot be weakly referenced.
    """

    __slots__ = ("__weakref__", "_value", "is_open")

    def __init__(self, value: object) -> None:
        self._value: object = value
        self.is_open: bool = True

    def __call__(self) -> object:
        """Return the object, or None if the owner has ended."""
        return self._value

    def end(self) -> None:
        """Drop the object."""
        self.is_open = False
        self._value = None


# --- registrations -------------------------------------------------------------------------

# Through the slot of `type` itself: a metaclass can replace what `cls.__qualname__` finds.
QUALNAME: Final[Callable[[type], str]] = type.__dict__["__qualname__"].__get__


class Registration(ref[object]):
    """A weak reference to one index's object, with what the table knows about the index.

    The list of registrations is itself the binding of a context that has registered and not yet
    bound anything. So one append makes an index, its constructor and its trace-time reference
    appear together, without a lock. Takes about 150 bytes.
    """

    __slots__ = ("code", "instruction", "origin", "type_name")

    kind: ClassVar[str] = "user object"
    life: ClassVar[str] = ""  # why it finds no object, in a few words
    why: ClassVar[str] = ""  # and in a sentence

    origin: Source | ConstructFunction
    type_name: str
    code: CodeType
    instruction: int

    def note(self, value: object, origin: Source | ConstructFunction, site: FrameType) -> None:
        """Record the index's origin, the type of its object, and the line that registered it."""
        self.origin = origin
        self.type_name = QUALNAME(type(value))
        self.code = site.f_code
        self.instruction = site.f_lasti

    @property
    def site(self) -> str:
        """Where the index was registered: file, line and function."""
        line = self.code.co_firstlineno
        for start, end, number in self.code.co_lines():
            if start <= self.instruction < end and number is not None:
                line = number
        return f"{self.code.co_filename}:{line} in {self.code.co_qualname}"


@final
class GraphCreated(Registration):
    """The registration of an object that the graph itself makes."""

    __slots__ = ()
    kind = "graph-created object"


class Vacant(Registration):
    """A registration that finds no object. It refers to its own class, which never dies."""

    __slots__ = ()

    def __call__(self) -> None:
        """Return None."""


@final
class HeldByFrames(Vacant):
    """The registration of an object that only frames and entry functions hold."""

    __slots__ = ()
    life = "held by frames"
    why = 'It is registered with hold="frame", so only a frame or entry function binds it'


class Failed(Vacant):
    """The registration of an index that a failure used up (edition dynamo-2.13)."""

    __slots__ = ()
    life = "failed to register"
    why = "Its registration failed: the object could not be weakly referenced"


@final
class FailedGraphCreated(Failed):
    """The same for an object that the graph itself makes."""

    __slots__ = ()
    kind = GraphCreated.kind


@final
class Registrations(list[Registration]):
    """What a table owns between two resets; also the binding that registering makes.

    It only grows. Contexts refer to it by its proxy: a source or construct function may refer to
    anything, the table included, and a context can live long.
    """

    __slots__ = ("__weakref__", "kept", "proxy")

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[object] = []
        self.proxy: Final = weakref.proxy(self)

    def add(self, registration: Registration) -> int:
        """Append a registration and return its index."""
        index = len(self)
        self.append(registration)
        # Another thread or a finalizer may have appended in between.
        while self[index] is not registration:
            index += 1
        return index

    def at(self, index: int) -> Registration | None:
        """Return the registration of an index, or None if there is none."""
        return self[index] if 0 <= index < len(self) else None


def origin_text(origin: object) -> str:
    """Return the name of a source or construct function; never raises."""
    # By the type alone: `isinstance` would ask the origin for its class, and it may be a proxy.
    if type(origin) is FunctionType:
        return f"{origin.__qualname__}(...)"
    if is_source(origin):
        try:
            return origin.name
        except Exception as error:  # noqa: BLE001  # somebody's own source, while we report an error
            return f"<{type_name(origin)} whose name raised {type_name(error)}>"
    return f"<{type_name(origin)}>"


# --- owners --------------------------------------------------------------------------------

_HOME: Final[ContextVar[None]] = ContextVar("sidetable_home")


class Owner:
    """The owner of a binding: one entry call until it returns, or the table.

    Has no `__init__`: it would be a quarter of what an entry function costs.

    Attributes:
        token: Restores what the call found. None once it has, and for the table.
        holds: What `set` put in, by weak reference: a binding that is replaced drops its own.
    """

    __slots__ = ("__weakref__", "holds", "token")

    token: Token[object] | None
    holds: list[ref[Held]] | None

    @property
    def is_open(self) -> bool:
        """Whether the call still runs."""
        if self.token is None:
            return False
        # An interrupt can come between the end of a call and `restore`. Then the binding stays,
        # and only the stack tells that nobody is left to take it off.
        frame: FrameType | None = sys._getframe()  # noqa: SLF001
        while frame is not None:
            is_ours = frame.f_code.co_filename.startswith(ENTRY_FILENAME)
            if is_ours and any(value is self for value in frame.f_locals.values()):
                return True
            frame = frame.f_back
        return False

    def hold(self, value: object) -> Held:
        """Return a reference that holds an object until this owner ends."""
        held = Held(value)
        if self.holds is None:
            self.holds = []
        self.holds.append(ref(held, self.holds.remove))
        return held

    def end(self) -> None:
        """Drop all objects that are held for this owner."""
        if self.holds:
            # Strong references first: while the list is emptied, none of them may call `remove`.
            held = [one for each in self.holds if (one := each()) is not None]
            self.holds.clear()
            for one in held:
                one.end()


@final
class FrameOwner(Owner):
    """The owner of a frame's binding. Any context can hold it, so it is told when it ends.

    Attributes:
        binding: What the frame binds now, for those who have only its handle. None before and
            after.
    """

    __slots__ = ("_home", "_is_open", "binding")

    def __init__(self) -> None:
        self.token: Token[object] | None = None
        self.holds: list[ref[Held]] | None = None
        self.binding: Binding | None = None
        self._is_open = True
        # A token can be reset only in the context that made it, and in no copy of that context.
        # Resetting the binding's own token would show the binding of the frame around for a
        # moment, so this one is of a variable that nobody reads.
        self._home = [_HOME.set(None)]

    @property
    def is_open(self) -> bool:
        """Whether the frame has not ended."""
        return self._is_open

    def is_home(self) -> bool:
        """Return whether this is the context that the frame was entered in."""
        try:
            # Resets the token and makes a new one. If an interrupt could come in between, the frame
            # would never be at home again; nothing interrupts a slice that is being assigned.
            self._home[:] = map(_HOME.set, map(_HOME.reset, self._home))
        except (ValueError, RuntimeError):
            return False
        return True

    def end(self) -> None:
        """End the frame."""
        self._is_open = False
        self.binding = None
        super().end()


# --- the state of a table ------------------------------------------------------------------


class StaysHere:
    """Stands for the objects of one process, so it cannot be copied or pickled."""

    __slots__ = ()

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type_name(self)} cannot be copied or pickled: it stands for the objects of one "
            "process; copy or pickle the sources instead, and register again"
        )


@final
class TableState(StaysHere):
    """A table's registrations, and its variable in every context.

    Entry functions and frames hold the state and not the table. Nothing here refers back to them.
    """

    __slots__ = (
        "_lease",
        "anchor",
        "edition",
        "entry_numbers",
        "name",
        "owner",
        "registrations",
        "variable",
    )

    def __init__(self, name: str, edition: EditionName) -> None:
        self.name: Final[str] = name
        self.edition: Final[EditionName] = edition
        self.owner: Final[Owner] = Owner()
        self.owner.token, self.owner.holds = None, []
        self.registrations: Registrations = Registrations()
        self.entry_numbers: Final[count[int]] = count(1)
        self._lease: Anchor
        self.anchor: Anchor
        self.variable: ContextVar[object]
        self._lease, self.anchor, self.variable = POOL.lease(self.owner.end)

    @property
    def binding(self) -> Binding | Registrations | None:
        """What is bound in the current context: a binding, the trace-time one, or nothing."""
        return self._meaning(self.variable.get(None))

    def settled(self) -> Binding | Registrations | None:
        """Return the binding, after removing those of frames that did not end in order."""
        while True:
            binding = self.binding
            if binding is None:
                POOL.sweep()
            if not isinstance(binding, tuple):
                return binding
            owner = binding[-1]
            if type(owner) is not FrameOwner or owner.is_open or not self._take_off(owner):
                return binding

    def publish(
        self, references: Sequence[Reference], over: Binding | Registrations | None
    ) -> tuple[Binding, Token[object]]:
        """Bind references in one step; return the binding, and what restores the one before."""
        owner = self._owner_over(over)
        binding: Binding = (*references, self.anchor, owner)
        token = self.variable.set(binding)
        # Where the context is a copy, the binding is not the frame's.
        if type(owner) is FrameOwner and owner.is_home():
            owner.binding = binding
        return binding, token

    def bind_one(
        self,
        index: int,
        reference: Reference,
        over: Binding | Registrations | None,
        registrations: Registrations,
    ) -> None:
        """Bind one index, on top of what was bound and registered when the operation began."""
        expected = over
        while True:
            references = references_of(over)
            references += [UNBOUND] * (index + 1 - len(references))
            references[index] = reference
            binding, token = self.publish(references, over)
            found = self._meaning(token.old_value)
            is_unchanged = found is expected and bound_count(over) <= len(references)
            if self.registrations is not registrations and (over is None or not is_unchanged):
                # A finalizer has reset the table. What it left has to win as a whole; ours would
                # bind one index of a table that has forgotten it.
                if self.variable.get(None) is binding:
                    self.variable.reset(token)
                return
            if is_unchanged:
                return
            # A finalizer that registers in the middle of this has bound another index. Without
            # going round again, a graph could not look that one up.
            over, expected = found, binding

    def register(self, registration: Registration, *kept: object) -> int:
        """Append a registration, bind it in the current context, and return its index."""
        registrations = self.registrations
        binding = self.settled()
        index = len(registrations)
        is_bound = reference_at(binding, index) is not UNBOUND
        if is_bound and self._owner_over(binding) is not self.owner:
            raise FrameError(
                f"index {index} cannot be registered here",
                "A frame that is open in this context has bound that index to another object, and "
                "the graph that runs in it would find the new one",
                "Register inside a frame of its own: `with table.frame(): ...`",
                self.name,
            )
        registrations.kept.extend(kept)
        index = registrations.add(registration)
        if isinstance(binding, tuple):
            self.bind_one(index, _plain(registration), binding, registrations)
        elif binding is None:
            self.variable.set(registrations.proxy)
        return index

    def set(self, index: int, value: object) -> None:
        """Bind one index to an object, and hold the object; see `SideTable.set`."""
        registrations = self.registrations
        binding = self.settled()
        registration = registrations.at(index)
        if registration is None and reference_at(binding, index) is UNBOUND:
            bound = bound_count(binding)
            raise IndexNotRegisteredError(index, self.name, len(self.registrations), bound)
        is_dynamo = self.edition == "dynamo-2.13"
        held = () if is_dynamo or type(registration) is not HeldByFrames else (index,)
        *_, reference = self.references_to([value], [index], held, Held, "set")
        if is_dynamo:
            registrations.kept.append(value)
        else:
            reference = self._owner_over(binding).hold(value)
        self.bind_one(index, reference, binding, registrations)

    def reset(self) -> None:
        """End all registrations and the current context's binding; see `SideTable.reset`."""
        binding = self.settled()
        # What is replaced is held until the end: whatever dies with it finds the table reset.
        replaced = None
        if self._owner_over(binding) is self.owner:
            replaced = self.variable.set(None)
        ended, self.registrations = self.registrations, Registrations()
        del ended, replaced

    def enter(self, owner: FrameOwner, references: Sequence[Reference]) -> None:
        """Bind references in the current context, for a frame."""
        self.settled()
        references = [owner.hold(one()) if isinstance(one, Held) else one for one in references]
        owner.binding = (*references, self.anchor, owner)
        owner.token = self.variable.set(owner.binding)

    def leave(self, owner: FrameOwner, kind: type[BaseException] | None) -> bool:
        """End a frame, which an exception of this kind may leave; return whether it was innermost.

        Only then does it restore what it found. Otherwise no binding changes.
        """
        binding = self.settled()
        is_off = False
        if isinstance(binding, tuple):
            current = binding[-1]
            # An interrupt in the exit of an inner frame leaves that frame's binding in place. If
            # it now passes through here, nobody is left inside to restore anything.
            unwound = kind is not None and issubclass(kind, KeyboardInterrupt)
            if current is owner or unwound or not current.is_open:
                is_off = self._take_off(owner)
        # Only now: a frame that has ended may be taken off by whoever comes next.
        self.finish(owner)
        return is_off

    def finish(self, owner: Owner) -> None:
        """End a frame, or an entry call that owns something or is on top of an ended frame."""
        owner.end()
        self._settle_now_or_later()

    def find(
        self,
        binding: Binding | Registrations | None,
        index: int,
        *,
        whose: str = "This context's",
    ) -> object:
        """Return what an index means in a binding, or raise an error that says why nothing."""
        reference = reference_at(binding, index)
        value = reference()
        if value is not None or (isinstance(reference, Held) and reference.is_open):
            return value
        bound = bound_count(binding)
        registration = self.registrations.at(index)
        if registration is None:
            if reference is not UNBOUND:
                raise ObjectNotAliveError(index, self.name)
            if binding is None:
                raise NoBindingError(self.name, index)
            raise IndexNotRegisteredError(index, self.name, len(self.registrations), bound)
        source, kind, site = origin_text(registration.origin), registration.kind, registration.site
        if reference is not UNBOUND:
            type_ = registration.type_name
            raise ObjectNotAliveError(index, self.name, source, type_, site, kind)
        why = registration.why
        if not why and index < bound:
            why = f"{whose} binding leaves this index out"
        elif not why and binding is not None:
            why = f"{whose} binding has only {bound} objects, from index 0"
        raise NoBindingError(self.name, index, source, why, site, kind)

    def references_to(
        self,
        objects: Sequence[object],
        indices: Sequence[int],
        held: Container[int],
        hold: Callable[[object], Held],
        operation: str,
    ) -> list[Reference]:
        """Return a reference for each index: weak, or made by `hold`, or `UNBOUND` in between."""
        references: list[Reference] = []
        for index, value in zip(indices, objects, strict=True):
            references += [UNBOUND] * (index - len(references))
            try:
                references.append(hold(value) if index in held else ref(value))
            except TypeError as error:
                kind = type_name(value)
                raise NotWeakReferenceableError(kind, self.name, index, operation) from error
        return references

    def _meaning(self, value: object) -> Binding | Registrations | None:
        """Return the binding that a value of the variable stands for."""
        registrations = self.registrations
        if value is registrations.proxy:
            return registrations
        # The proxy of registrations that a reset has ended stands for nothing.
        return cast("Binding", value) if type(value) is tuple else None

    def _owner_over(self, binding: Binding | Registrations | None) -> Owner:
        """Return the owner of what replaces a binding: its frame or call, if that is still open."""
        if isinstance(binding, tuple) and binding[-1].is_open:
            return binding[-1]
        return self.owner

    def _take_off(self, owner: FrameOwner) -> bool:
        """Restore what a frame found; return whether this context is the frame's."""
        # Held until the end: `reset` drops what was bound before it caches what is bound now, so
        # a finalizer that binds in between would leave the cache pointing to what is gone.
        _replaced = self.variable.get(None)
        try:
            self.variable.reset(owner.token)  # type: ignore[arg-type]  # None is a TypeError
        except (TypeError, ValueError, RuntimeError):
            return False
        owner.token = None
        return True

    def _settle_now_or_later(self) -> None:
        """Remove the bindings of frames that did not end in order.

        Those below an entry call that runs here are removed when that returns. Native functions
        call this by its name.
        """
        binding = self.settled()
        if isinstance(binding, tuple):
            owner = binding[-1]
            if type(owner) is Owner and owner.token is not None and owner.holds is None:
                owner.holds = []


FRAME_PARTS: Final = (TableState, Owner, FrameOwner, _HOME, POOL.retired)
"""What native functions need for entering and leaving a frame."""


def bound_count(binding: Binding | Registrations | None) -> int:
    """Return how many indices a binding covers, counted from zero."""
    if binding is None:
        return 0
    return len(binding) - 2 if isinstance(binding, tuple) else len(binding)


def reference_at(binding: Binding | Registrations | None, index: int) -> Reference:
    """Return the reference that a binding has for an index, or `UNBOUND`."""
    if binding is None or not 0 <= index < bound_count(binding):
        return UNBOUND
    reference = binding[index]
    return UNBOUND if isinstance(reference, Vacant) else cast("Reference", reference)


def references_of(binding: Binding | Registrations | None) -> list[Reference]:
    """Return the references of a binding, without anything that registrations know."""
    if isinstance(binding, tuple):
        return [*binding[:-2]]
    return [_plain(each) for each in tuple(binding or ())]


def _plain(registration: Registration) -> Reference:
    """Return a reference to the same object that holds nothing of the registration."""
    if isinstance(registration, Vacant):
        return UNBOUND
    value = registration()
    return DEAD if value is None else ref(value)


# --- the hot functions ---------------------------------------------------------------------
# Functions that close over all they need, and not methods: a lookup of an attribute would be a
# quarter of what they cost.


def lookup_in(state: TableState) -> Callable[[SupportsIndex], object]:
    """Return the function that looks an index up in the current context."""
    bound = cast("Callable[[], tuple[Reference, ...]]", state.variable.get)

    def get(index: SupportsIndex) -> object:
        """Return the object that an index means in the current context."""
        try:
            # One read of an immutable value and one dereference: nothing to tear, and an object
            # that dies meanwhile is either found or an error.
            if index >= 0:  # type: ignore[operator]  # what is no number falls through
                value = bound()[index]()  # so does None
                if value is not None:
                    return value
        except (LookupError, TypeError, ReferenceError):
            pass
        return state.find(state.binding, operator.index(index))

    get.__module__, get.__qualname__ = "sidetable_core", "SideTable.get"
    return fast("lookup", state.variable, Held)(get)


def store_in(state: TableState) -> Callable[..., None]:  # noqa: C901  # because of `store`
    """Return the function that replaces the current context's binding."""
    bound = cast("Callable[[], tuple[Callable[[], object], ...]]", state.variable.get)
    bind, anchor, owner = state.variable.set, state.anchor, state.owner
    table: object = owner
    holds = owner.holds

    def store(*objects: object) -> None:  # noqa: C901  # a call costs as much as a store
        """Make these objects, and no others, what the indices mean in the current context."""
        try:
            found = bound()
            # The table in the last place: a binding of as many objects, and no frame's. While the
            # table holds nothing, `set` has put nothing in.
            if found[len(objects) + 1] is table and not holds:
                index = 0
                for value in objects:
                    # By identity. What died gives None, and None cannot be stored.
                    if found[index]() is not value or value is None:
                        # A star makes a list first: for few objects, a quarter of it all.
                        match len(objects):
                            case 1:
                                bind((ref(value), anchor, owner))
                            case 2:
                                a, b = objects
                                bind((ref(a), ref(b), anchor, owner))
                            case 3:
                                a, b, c = objects
                                bind((ref(a), ref(b), ref(c), anchor, owner))
                            case 4:
                                a, b, c, d = objects
                                bind((ref(a), ref(b), ref(c), ref(d), anchor, owner))
                            case _:
                                bind((*map(ref, objects), anchor, owner))
                        return
                    index += 1  # noqa: SIM113  # `enumerate` costs as much as all of this
                return
        except (LookupError, TypeError, ReferenceError):
            pass
        try:
            references = state.references_to(objects, range(len(objects)), (), Held, "store")
        except NotWeakReferenceableError:
            if state.edition == "dynamo-2.13":
                state.publish((), state.settled())
            raise
        state.publish(references, state.settled())

    store.__module__, store.__qualname__ = "sidetable_core", "SideTable.store"
    return fast("store", state.variable, anchor, owner)(store)


def bind_in(
    state: TableState, indices: Sequence[int], held: Collection[int], failed: Callable[[], None]
) -> tuple[Callable[..., Owner], Callable[[Owner | None], None]]:
    """Return the two functions that generated code calls: `bind` and `restore`.

    `bind` is called with the objects of these indices, and holds some until `restore` is called.
    `restore` calls `failed` if nothing was bound, because fetching has failed.
    """
    bound, bind_binding, take_off = state.variable.get, state.variable.set, state.variable.reset
    anchor, size = state.anchor, max(indices, default=-1) + 1
    latest: tuple[object, ...] = (*[DEAD] * size, anchor)

    def bind(*objects: object) -> Owner:
        """Bind objects for one call; the result is for `restore`."""
        nonlocal latest
        references = latest
        position = 0
        for value in objects:
            # The references of the last call are used again if they still give these objects. To
            # make them anew every time makes a call of three objects a quarter slower.
            if references[position]() is not value or value is None:  # type: ignore[operator]
                try:
                    references = latest = (*map(ref, objects), anchor)
                except TypeError:
                    # Again, one by one, for the error that says which object it is.
                    state.references_to(objects, indices, (), Held, "entry")
                    raise
                break
            position += 1  # noqa: SIM113  # as in `store`
        owner = Owner()
        owner.holds = None
        # One addition; a star would make a list first.
        owner.token = bind_binding(references + (owner,))  # noqa: RUF005
        return owner

    def bind_some(*objects: object) -> Owner:
        """Do the same where some indices are left out, or held."""
        owner = Owner()
        owner.token = owner.holds = None
        references = state.references_to(objects, indices, held, owner.hold, "entry")
        owner.token = bind_binding((*references, anchor, owner))
        return owner

    def restore(owner: Owner | None) -> None:
        if owner is None:
            failed()
            return
        _replaced = bound(None)  # held until the end, as in `TableState._take_off`
        take_off(owner.token)  # type: ignore[arg-type]  # `bind` has set it
        owner.token = None
        if owner.holds is not None:
            state.finish(owner)

    fast_restore = fast("restore", state.variable, Owner, state.finish)(restore)
    if held or size > len(indices):
        return bind_some, fast_restore
    return fast("bind", state.variable, anchor, Owner, size)(bind), fast_restore
