"""The table that the faulty ones of profile isolation derive from, and that is right itself."""

# A table and its frames are one thing in several classes.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import builtins
import inspect
import operator
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar, Token
from functools import wraps
from importlib import import_module
from itertools import count
from types import MappingProxyType
from typing import Any, ClassVar, Final, Literal, NoReturn, Self, TypeAlias, final

from sidetable_conformance.spec import OWN
from sidetable_conformance.tables.core import (
    TABLE_NAME,
    USER_OBJECT,
    Constructor,
    CorrectTable,
    Edition,
    Reference,
    Registering,
)
from sidetable_source import (
    Codegen,
    FrameError,
    IndexNotRegisteredError,
    NoBindingError,
    Source,
    StaleHandleError,
    UnknownHandleError,
    WrongTableError,
)
from sidetable_source.codegen import Constant

# --- What the indices mean in each context, for the correct table of profile isolation -----------

Function: TypeAlias = Callable[..., object]
Names: TypeAlias = Mapping[str, object]


@final
class Box:
    """What owns an object that only a frame may hold."""

    def __init__(self, value: object) -> None:
        self.value: Final = value


@final
class Entry:
    """One time that a frame or a snapshot was entered. Refers to no object of its own.

    Attributes:
        owner: The table whose entry it is, by its number.
        found: What was bound before.
        binding: What the entry has bound last.
        values: What `set` put into it, which goes with it.
        is_open: Whether it was not left yet.
        token: What only the context that it was entered in takes back, or None before that.
        handle: The number under which it can be found, or 0.
    """

    def __init__(self, owner: int, found: Binding | None) -> None:
        self.owner: Final = owner
        self.found: Final = found
        self.binding: Binding | None = None
        self.values: Final[dict[int, object]] = {}
        self.is_open: bool = True
        self.token: Token[Mapping[int, Binding]] | None = None
        self.handle: int = 0


@final
class Binding:
    """What the indices mean: never changed once it is published.

    Attributes:
        references: A reference for each index that is bound.
        entry: The entry whose binding it is, or None.
    """

    def __init__(self, references: Mapping[int, Reference], entry: Entry | None = None) -> None:
        self.references: Final = references
        self.entry: Final = entry


# Every context has one mapping for all tables: a variable for each would never be forgotten.
BOUND: Final[ContextVar[Mapping[int, Binding]]] = ContextVar(
    "bindings", default=MappingProxyType({})
)
_NUMBERS: Final = count(1)
ALIVE: Final[weakref.WeakValueDictionary[int, Place]] = weakref.WeakValueDictionary()


@final
class Place:
    """One table's place in every context; what is left in it goes when another table binds."""

    def __init__(self) -> None:
        self.number: Final = next(_NUMBERS)
        ALIVE[self.number] = self

    @property
    def binding(self) -> Binding | None:
        """What is bound in the current context, or None."""
        return BOUND.get().get(self.number)

    def publish(self, binding: Binding | None) -> Token[Mapping[int, Binding]]:
        """Binds it in the current context, in one step, and returns what undoes that there."""
        bound = {number: each for number, each in BOUND.get().items() if number in ALIVE}
        bound.pop(self.number, None)
        if binding is not None:
            bound[self.number] = binding
            entry = binding.entry
            # In a copy of its context something else is bound than its handle finds.
            if entry is not None and (entry.token is None or is_here(entry)):
                entry.binding = binding
        return BOUND.set(MappingProxyType(bound))


def references_of(binding: Binding | None) -> Mapping[int, Reference]:
    """Returns a reference for each index that is bound."""
    return {} if binding is None else binding.references


def is_here(entry: Entry) -> bool:
    """Tells whether an entry was entered in the current context, rather than in another one."""
    bound = BOUND.get()
    if entry.token is None:
        return False
    try:
        BOUND.reset(entry.token)
    except ValueError:
        return False
    entry.token = BOUND.set(bound)  # a token is good for one time
    return True


def open_below(binding: Binding | None) -> Binding | None:
    """Returns a binding, or if its entry has ended, the nearest below whose entry has not."""
    while binding is not None and binding.entry is not None and not binding.entry.is_open:
        binding = binding.entry.found
    return binding


# --- A codegen that fetches at once what other codegens write code for ---------------------------


class Fetching(Codegen):
    """Runs the verbs on an operand stack, with the arguments of one call."""

    def __init__(self, like: Function, names: Names) -> None:
        self._names = names
        self._variables = inspect.getclosurevars(like)
        self._globals: dict[str, object] = getattr(inspect.unwrap(like), "__globals__", {})
        self._stack: list[Any] = []  # whatever the sources fetch

    def finish(self) -> object:
        """Returns the one value that was fetched."""
        [value] = self._stack
        return value

    def load_local(self, name: str) -> None:
        """Pushes a parameter."""
        self._stack.append(self._names[name])

    def load_closure(self, name: str) -> None:
        """Pushes a closure variable."""
        self._stack.append(self._variables.nonlocals[name])

    def load_global(self, name: str) -> None:
        """Pushes a global variable or a builtin."""
        found = self._globals[name] if name in self._globals else getattr(builtins, name)
        self._stack.append(found)

    def load_const(self, value: Constant) -> None:
        """Pushes a constant."""
        self._stack.append(value)

    def load_import(self, module: str) -> None:
        """Pushes a module."""
        self._stack.append(import_module(module))

    def get_attr(self, member: str) -> None:
        """Replaces a base by its attribute."""
        self._stack.append(getattr(self._stack.pop(), member))

    def get_item(self) -> None:
        """Replaces a base and a key by the item."""
        key = self._stack.pop()
        self._stack.append(self._stack.pop()[key])

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Replaces a function and its arguments by what it returns."""
        values = [self._stack.pop() for _ in range(n_args + len(keywords))][::-1]
        function = self._stack.pop()
        named = dict(zip(keywords, values[n_args:], strict=True))
        self._stack.append(function(*values[:n_args], **named))


# --- Frames, snapshots and handles of the correct table of profile isolation ---------------------


class Handles:
    """Gives a serial number to each entry that is asked for one."""

    def __init__(self) -> None:
        self._serials = count(1)
        self._last = 0
        self._live: weakref.WeakValueDictionary[int, Entry] = weakref.WeakValueDictionary()

    def give(self, entry: Entry) -> int:
        """Returns a number that was never given out before."""
        if not entry.handle:
            entry.handle = self._last = next(self._serials)
            self._live[entry.handle] = entry
        return entry.handle

    def entry_of(self, handle: int) -> Entry:
        """Returns the entry that a handle names, open still."""
        entry = self._live.get(handle)
        if entry is not None and entry.is_open:
            return entry
        if 0 < handle <= self._last:
            raise StaleHandleError(handle, TABLE_NAME)
        raise UnknownHandleError(handle)


HANDLES: Final = Handles()


class Frame:
    """One call's binding: holds its objects until it is left, or dropped."""

    held: list[object]
    references: dict[int, Reference]

    def __init__(self, table: IsolatedTable, objects: Sequence[object]) -> None:
        self._table = table
        self.entry: Entry | None = None
        self.held, self.references = held(table, dict(enumerate(objects)))

    def __del__(self) -> None:
        entry = getattr(self, "entry", None)
        if entry is not None:
            close(entry)

    def __enter__(self) -> Self:
        if self.entry is not None:
            refuse("entered twice")
        self.entry = self._table._enter(self.references)
        return self

    def __exit__(self, *error: object) -> bool | None:
        return self._table._exit(self, error[1])

    @property
    def handle(self) -> Any:  # an int, but for a fault
        """The number that names the frame as long as it is open."""
        if self.entry is None:
            refuse("asked for its handle before it was entered")
        return self._table._handle_of(self.entry)


class Snapshot:
    """What was bound and alive when it was taken; can be entered anywhere, at once, and again.

    Attributes:
        note: What a faulty table notes of it.
    """

    held: list[object]
    references: dict[int, Reference]
    dead: set[int]
    note: Any = None  # whatever that is

    def __init__(self, table: IsolatedTable) -> None:
        self._table = table
        taken = table._to_keep(table._place.binding)
        alive = {
            index: value
            for index, reference in taken.references.items()
            if (value := table._dereference(reference)) is not table.DEAD
        }
        self.held, self.references = held(table, alive)
        self.dead = taken.references.keys() - alive.keys()

    def __enter__(self) -> Self:
        self._table._enter_snapshot(self)
        return self

    def __exit__(self, *error: object) -> None:
        self._table._leave_snapshot(self, error[1])

    def wrap(self, function: Function) -> Function:
        """Returns a function that runs inside the snapshot, wherever it is called."""
        return self._table._wrap(self, function)


ENTERED: Final[weakref.WeakKeyDictionary[Entry, weakref.ref[Snapshot]]] = (
    weakref.WeakKeyDictionary()
)


def held(
    table: IsolatedTable, objects: dict[int, object]
) -> tuple[list[object], dict[int, Reference]]:
    """Returns what has to be owned for these objects, and the references that find them."""
    owned: list[object] = []
    references: dict[int, Reference] = {}
    for index, value in objects.items():
        if table._hold.get(index) == "frame":
            box = Box(value)
            owned.append(box)
            references[index] = weakref.ref(box)
        else:
            owned.append(value)
            references[index] = table._refer(value)
    return owned, references


def close(entry: Entry) -> None:
    """Ends an entry, and lets go what was put into it."""
    entry.is_open = False
    entry.values.clear()


def refuse(what: str) -> NoReturn:
    """Raises that a frame was used wrongly."""
    raise FrameError(f"a frame was {what}", "It is not its turn", "Use `with`", TABLE_NAME)


def _dead() -> None:
    """The reference to an object that was dead already."""


# --- the table ------------------------------------------------------------------------------------

Hold = Literal["weak", "frame"]


class IsolatedTable(CorrectTable):
    """A correct table whose bindings belong to contexts, with frames, snapshots and handles.

    It keeps every rule of the profiles core and isolation. A context refers to objects weakly;
    frames, snapshots and the table own them. Binding costs as much as there are indices.
    """

    DEAD: ClassVar[object] = object()
    profiles: ClassVar[str] = "core,isolation"
    editions: ClassVar[tuple[Edition, ...]] = (OWN,)

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._place: Final = Place()
        self._indices = count()
        self._hold: dict[int, Hold] = {}
        self._owned: weakref.WeakKeyDictionary[Binding, dict[int, object]] = (
            weakref.WeakKeyDictionary()
        )

    # What a user calls.

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        """Every index's constructor, in index order."""
        return MappingProxyType(dict(sorted(self._constructors.items())))

    def register_user_object(self, value: object, source: Source, *, hold: Hold = "weak") -> int:
        """Gives `value` the next index; where a frame holds it, only its source is recorded."""
        if hold == "weak":
            return super().register_user_object(value, source)
        index = self._record(USER_OBJECT, value, lambda index, codegen: codegen(source))
        self._hold[index] = hold
        return index

    def get(self, index: int) -> object:
        """Returns the object that an index means in this context, or raises that there is none."""
        return self._find(self._place.binding, operator.index(index))

    def set(self, index: int, value: object) -> None:
        """Binds one index to another object, which goes with the binding or with its frame."""
        binding, index = self._place.binding, operator.index(index)
        bound = references_of(binding)
        if index not in bound and index not in self._constructors:
            raise IndexNotRegisteredError(index, TABLE_NAME)
        owner: object = value
        reference: Reference
        if self._hold.get(index) == "frame":
            owner = box = Box(value)
            reference = weakref.ref(box)
        else:
            reference = self._refer(value)
        self._put(binding, index, reference, owner)

    def reset(self) -> None:
        """Ends all registrations, and this context's binding unless a frame is open in it."""
        self._indices = count()
        self._constructors.clear()
        self._hold.clear()
        self._keep_alive.clear()
        if self._open_entry() is None:
            self._place.publish(None)
        self._begin()

    def frame(self, *objects: object) -> Frame:
        """Returns a context manager that binds these objects, and puts back what it found."""
        return Frame(self, objects)

    def snapshot(self) -> Snapshot:
        """Returns what is bound now, to be entered again."""
        return Snapshot(self)

    def resolve(self, handle: int, index: int) -> object:
        """Returns what an index means in the frame that a handle names."""
        entry = HANDLES.entry_of(handle)
        if entry.owner != self._place.number:
            raise WrongTableError(handle, TABLE_NAME, "another table")
        return self._find(entry.binding, operator.index(index))

    def entry(self, graph: Function, *, like: Function) -> Function:
        """Returns a function that fetches every object, binds them in a frame, and runs a graph."""
        constructors = tuple(self.constructors.values())
        signature = inspect.signature(like)

        def frame(*arguments: object, **named: object) -> Frame:
            bound = signature.bind(*arguments, **named)
            bound.apply_defaults()
            return self.frame(*(self._fetch(like, bound.arguments, it) for it in constructors))

        if inspect.iscoroutinefunction(like):

            @wraps(like)
            async def later(*arguments: object, **named: object) -> object:
                with frame(*arguments, **named):
                    return await graph(*arguments, **named)  # type: ignore[misc]

            return later

        @wraps(like)
        def run(*arguments: object, **named: object) -> object:
            with frame(*arguments, **named):
                return graph(*arguments, **named)

        return run

    # The steps of a registration, a store and a lookup.

    def _take_index(self, kind: Registering) -> int:
        return next(self._indices)

    def _bind_registered(self, index: int, reference: Reference) -> None:
        binding = self._place.binding
        bound = references_of(binding)
        self._publish({**bound, index: reference}, binding)

    def _bind(self, references: Mapping[int, Reference]) -> None:
        entry = self._open_entry()
        if entry is not None:
            entry.values.clear()
        self._place.publish(Binding(references, entry))

    def _publish(self, references: Mapping[int, Reference], over: Binding | None) -> Binding:
        changed = Binding(references, self._open_entry())
        if over is not None and over in self._owned:
            self._owned[changed] = dict(self._owned[over])
        self._place.publish(changed)
        return changed

    def _put(self, over: Binding | None, index: int, reference: Reference, owner: object) -> None:
        bound = references_of(over)
        changed = self._publish({**bound, index: reference}, over)
        if self.edition == "dynamo-2.13":
            self._keep_alive.append(owner)
        elif changed.entry is not None:
            changed.entry.values[index] = owner
        else:
            self._owned.setdefault(changed, {})[index] = owner

    def _find(self, binding: Binding | None, index: int) -> object:
        if binding is None:
            return self._not_bound(index)
        reference = binding.references.get(index)
        if reference is None:
            return self._never_bound(index)
        value = self._dereference(reference)
        return self._died(index) if value is self.DEAD else value

    def _not_bound(self, index: int) -> object:
        raise NoBindingError(TABLE_NAME, index)

    def _dereference(self, reference: Reference) -> object:
        value = reference()
        if type(value) is Box:
            return value.value
        return self.DEAD if value is None else value

    # The steps of a frame.

    def _enter(self, references: Mapping[int, Reference]) -> Entry:
        entry = Entry(self._place.number, self._place.binding)
        entry.token = self._place.publish(Binding(references, entry))
        return entry

    def _leave(self, entry: Entry, error: object) -> None:
        if not entry.is_open:
            refuse("left twice")
        innermost = open_below(self._place.binding)
        close(entry)
        if innermost is None or innermost.entry is not entry or not is_here(entry):
            refuse("left out of order")
        self._place.publish(open_below(entry.found))

    def _exit(self, frame: Frame, error: object) -> bool | None:
        frame.held = []
        if frame.entry is None:
            refuse("left before it was entered")
        self._leave(frame.entry, error)
        return None

    def _handle_of(self, entry: Entry) -> Any:  # an int, but for a fault
        return HANDLES.give(entry)

    def _open_entry(self) -> Entry | None:
        binding = self._place.binding
        entry = None if binding is None else binding.entry
        return entry if entry is not None and entry.is_open else None

    def _fetch(self, like: Function, names: Names, write: Callable[[Fetching], object]) -> object:
        fetching = Fetching(like, names)
        write(fetching)
        return fetching.finish()

    # The steps of a snapshot.

    def _to_keep(self, binding: Binding | None) -> Binding:
        if binding is None:
            raise NoBindingError(TABLE_NAME)
        return binding

    def _bound_by(self, snapshot: Snapshot) -> dict[int, Reference]:
        return {**snapshot.references, **dict.fromkeys(snapshot.dead, _dead)}

    def _enter_snapshot(self, snapshot: Snapshot) -> None:
        ENTERED[self._enter(self._bound_by(snapshot))] = weakref.ref(snapshot)

    def _leave_snapshot(self, snapshot: Snapshot, error: object) -> None:
        binding = self._place.binding
        entry = None if binding is None else binding.entry
        reference = None if entry is None else ENTERED.get(entry)
        if entry is None or reference is None or reference() is not snapshot:
            refuse("left out of order")
        self._leave(entry, error)

    def _wrap(self, snapshot: Snapshot, function: Function) -> Function:
        @wraps(function)
        def wrapped(*arguments: object, **named: object) -> object:
            with snapshot:
                return function(*arguments, **named)

        return wrapped
