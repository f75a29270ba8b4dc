"""Implementations under other names, and adapters for those that need one."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from functools import partial, update_wrapper
from types import SimpleNamespace
from typing import Any, ClassVar, Final, TypeAlias, TypedDict, Unpack, final

from sidetable_conformance.driver import PYTORCH, ConstructFn, Constructor, ErrorKind
from sidetable_source import Codegen, Source, unimplemented

# --- A parent for adapters that do more than rename ----------------------------------------------


class Adapter:
    """A base class for adapters: it holds a table, and passes on what a subclass does not define.

    A subclass is the target: a factory. It names what makes its tables, a class or a function
    without parameters, as `table` in its class statement. Its own subclasses inherit that.

    Attributes:
        table: The adapted table.

    Example:
        >>> from types import SimpleNamespace
        >>> class Pool:
        ...     def put(self, objects): self.held = objects
        ...     def get(self, index): return self.held[index]
        >>> class PoolTable(Adapter, table=Pool):
        ...     def store(self, *objects): self.table.put(objects)
        >>> table = PoolTable()
        >>> table.store("a", "b")
        >>> table.get(1)
        'b'
    """

    # In a tuple, because a function that is a class's attribute would be given the adapter.
    _made_by: ClassVar[tuple[Callable[[], object], ...]] = ()
    table: Any  # whatever somebody else's table is

    def __init_subclass__(cls, table: Callable[[], object] | None = None) -> None:
        super().__init_subclass__()
        if table is not None:
            cls._made_by = (table,)

    def __init__(self) -> None:
        for make in self._made_by:
            self.table = make()

    def __getattr__(self, name: str) -> Any:  # whatever somebody else's table has
        if name == "table":  # it is only looked for here where there is none
            kind = type(self).__name__
            raise AttributeError(f"it has no table; write class {kind}(Adapter, table=...)")
        return getattr(self.table, name)


# --- Gives tables other names for the same operations --------------------------------------------

Way: TypeAlias = str | Callable[..., Any] | None
"""How to do an operation: the table's name for it, a function that takes the table and then the
operation's arguments, or None if the table has no such operation."""


class Names(TypedDict, total=False):
    """How to do the operations, and what the adapted table says about itself.

    An operation that is left out keeps its own name. `constructors` names an attribute; a function
    for it takes only the table.
    """

    register_user_object: Way
    register_graph_created_object: Way
    has_user_objects: Way
    store: Way
    get: Way
    set: Way
    reset: Way
    constructors: Way
    frame: Way
    entry: Way
    snapshot: Way
    resolve: Way
    classify: Callable[[BaseException], str | None]
    collect: Callable[[], object]


_CLAIMS: Final = ("classify", "collect")
_OPERATIONS: Final = tuple(name for name in Names.__annotations__ if name not in _CLAIMS)


def adapt(factory: Callable[[], object], **names: Unpack[Names]) -> Callable[[], object]:
    """Return a factory of the same tables, under the names that the kit uses.

    Args:
        factory: What makes a table: a class or a function without parameters.
        **names: How to do its operations, and what it says about itself; see `Names`.

    Raises:
        TypeError: If no operation has that name, so that a typo is not silently ignored.

    Example:
        >>> class Pool:
        ...     def put(self, objects): self.held = objects
        ...     def peek(self, index): return self.held[index]
        >>> make = adapt(Pool, store=lambda pool, *objects: pool.put(objects), get="peek")
        >>> table = make()
        >>> table.store("a", "b")
        >>> table.get(1)
        'b'
    """
    if unknown := sorted(names.keys() - {*_OPERATIONS, *_CLAIMS}):
        raise TypeError(f"adapt() takes no {', '.join(unknown)}; it takes {', '.join(_OPERATIONS)}")

    def make() -> object:
        return _Renamed(factory(), names)

    # A report calls a live factory by its name, which has to be the one that people know.
    return update_wrapper(make, factory, assigned=("__module__", "__qualname__"), updated=())


@final
class _Renamed:
    """One table under the names that the kit uses; each is looked up when it is used."""

    __slots__ = ("_names", "_table")

    def __init__(self, table: object, names: Names) -> None:
        self._table: Final = table
        self._names: Final = names

    def __getattr__(self, name: str) -> Any:  # whatever the table has
        way: Any = self._names.get(name, name)  # see `Way`; what a claim may be, others look at
        if way is None:
            raise AttributeError(name)
        if name in _CLAIMS and name in self._names:
            return way
        if isinstance(way, str):
            return getattr(self._table, way)
        return way(self._table) if name == "constructors" else partial(way, self._table)


# --- A small table that does what the dictionaries of PyTorch 2.13 do ----------------------------


@final
class PyTorchDictionaries:
    """PyTorch 2.13's table as an object: dictionaries that change in place, and that all share.

    Registering takes its index before it tries the weak reference, a store clears before it
    fills, and `set` keeps its object before it looks at it. So it meets every requirement of
    edition dynamo-2.13, and fails those of 2026.11 that are opposite or stricter.

    Attributes:
        index_to_bytecode_constructor: Every constructor by its index.
        index_to_external_object_weakref: The binding.
        keep_alive: The objects held until reset.

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
        """Return whether anything is registered."""
        return bool(self.index_to_bytecode_constructor)

    def register_user_object(self, value: object, source: Source) -> int:
        """Give an object from outside the graph the next index."""
        return self._register("User Object", value, lambda _, codegen: codegen(source))

    def register_graph_created_object(self, value: object, construct_fn: ConstructFn) -> int:
        """Give an object that the graph makes the next index, and keep it alive."""
        self.keep_alive.append(value)
        return self._register("graph-created external object", value, construct_fn)

    def store_user_object_weakrefs(self, *objects: object) -> None:
        """Clear the binding, and then fill it."""
        self.index_to_external_object_weakref.clear()
        references = {index: weakref.ref(value) for index, value in enumerate(objects)}
        self.index_to_external_object_weakref.update(references)

    def get_external_object_by_index(self, index: int) -> object:
        """Look an index up; the two ways to fail differ by their messages."""
        reference = self.index_to_external_object_weakref.get(index)
        if reference is None:
            raise AssertionError("the index is not registered")
        value = reference()
        if value is None:
            raise AssertionError("the object is no longer alive")
        return value

    def set_external_object_by_index(self, index: int, value: object) -> None:
        """Bind any index to an object, and keep that alive."""
        self.keep_alive.append(value)
        self.index_to_external_object_weakref[index] = weakref.ref(value)

    def reset_user_object_tracking(self) -> None:
        """Empty all three."""
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
    """Return a weak reference, or raise as PyTorch does, with the value's own text."""
    try:
        return weakref.ref(value)
    except TypeError as cause:
        unimplemented(
            gb_type=f"Failed to make weakref to {what}",
            context=f"object: {value}",
            explanation="Its type does not allow one.",
            from_exc=cause,
        )


# --- Adapters for the tables that PyTorch itself has had; what they adapt is handed in -----------

_KINDS: Final = (
    ("not registered", ErrorKind.NEVER_BOUND),
    ("past the end", ErrorKind.NEVER_BOUND),
    ("no longer alive", ErrorKind.DIED),
)
"""Words in PyTorch's messages, which is all that tells its failed lookups apart."""


def _kind_by_message(error: BaseException) -> ErrorKind | None:
    if isinstance(error, AssertionError):
        for words, kind in _KINDS:
            if words in str(error):
                return kind
    return None


_NAMES: Final[Names] = {
    "store": PYTORCH.store,
    "get": PYTORCH.get,
    "set": PYTORCH.set,
    "reset": PYTORCH.reset,
    "constructors": PYTORCH.constructors,
    "classify": _kind_by_message,
}


def pytorch_dictionaries(module: object) -> object:
    """Return the table of PyTorch 2.13 as a target that tells its errors apart.

    The kit can judge that module as it is; this also knows what its messages mean.

    Args:
        module: `torch._dynamo.graph_bytecode_inputs` of PyTorch 2.13, or what has its names.

    Example:
        >>> from sidetable_conformance.adapters import PyTorchDictionaries
        >>> pytorch_dictionaries(PyTorchDictionaries()).has_user_objects()
        False
    """
    return adapt(lambda: module, **_NAMES)()


def pytorch_registry(module: object, tls: object) -> object:
    """Return PyTorch's per-trace registry as a target: one table, a new trace at every reset.

    Args:
        module: `torch._dynamo.graph_bytecode_inputs` of PyTorch's commit 081e35d9 or near it, or
            what has its names.
        tls: Where that module finds the current trace: `torch._dynamo.symbolic_convert.tls`. Each
            registration replaces its `current_tx`, and puts it back.

    Example:
        >>> def of_this_torch():
        ...     from torch._dynamo import graph_bytecode_inputs, symbolic_convert
        ...     return pytorch_registry(graph_bytecode_inputs, symbolic_convert.tls)
    """
    table: Any = module  # of any version of PyTorch, as the next
    current: Any = tls
    trace = table.UserObjectRegistry()

    def register(operation: str, table: Any, *given: object) -> object:  # as above
        before = getattr(current, "current_tx", None)
        current.current_tx = SimpleNamespace(output=SimpleNamespace(user_objects=trace))
        try:
            index: object = getattr(table, operation)(*given)
        finally:
            current.current_tx = before
        return index

    def present(_: object) -> object:
        return trace.needs_pre_graph_store()

    def constructors(_: object) -> object:
        return trace.bytecode_constructors

    def reset(table: Any) -> None:  # as above
        nonlocal trace
        table.reset_user_object_tracking()
        trace = table.UserObjectRegistry()

    names: Names = {
        **_NAMES,
        "register_user_object": partial(register, "register_user_object"),
        "register_graph_created_object": partial(register, "register_graph_created_object"),
        "has_user_objects": present,
        "constructors": constructors,
        "reset": reset,
    }
    return adapt(lambda: table, **names)()
