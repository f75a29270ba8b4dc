"""What the user's code gets while it is traced: what it reads, what a call does, what it stores.

Rewritten code (`code`) calls `Hooks` for everything it does; an `Interpreter` decides. Code that
could not be rewritten is refused when it starts to run, if an object is within its reach.
"""

from __future__ import annotations

import inspect
import operator
import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import is_dataclass
from functools import partial
from types import (
    BuiltinFunctionType,
    CellType,
    CodeType,
    FrameType,
    FunctionType,
    MethodDescriptorType,
    MethodType,
    ModuleType,
    WrapperDescriptorType,
)
from typing import TYPE_CHECKING, Final, NoReturn, cast

import torch
from torch.fx.proxy import Proxy

from sidetable_source import GlobalSource, Source, Unsupported

from .calls import KINDS, inplace, instance_of, same
from .code import codes_of, rewritten
from .hooks import Hooks, Target
from .known import (
    BUILTIN,
    CACHED,
    CALLERS,
    CONTAINERS,
    GETTERS,
    MACHINERY,
    MARKED,
    MESSAGES,
    MOVED,
    MOVES,
    MUTATORS,
    PURE,
    READERS,
    REGISTERS,
    STREAMS,
    cell_content,
    class_attribute,
    getattr_static,
    has_hooks,
    import_source,
    is_called,
    is_finalizing,
    is_iterator,
    is_made_by_torch,
    is_plain,
    is_proxy,
    is_resumed,
    is_stand_in,
    leaves_of,
    library_of_callable,
    module_source,
    owner_of,
    unchanged_value,
)
from .objects import (
    CONSTANTS,
    Replace,
    attribute_of,
    holds,
    is_named_tuple,
    item_of,
    parts_of,
    replaced,
    type_name,
)
from .proxies import NAME_IT, TRANSPARENT, WRAP, ObjectProxy, is_users, library_of, refuse

if TYPE_CHECKING:
    from .tracer import ObjectTracer


class Interpreter:
    """Decides what rewritten code gets, for one trace.

    Args:
        trace: The tracer, which records.
    """

    def __init__(self, trace: ObjectTracer) -> None:
        self._trace: Final = trace
        # By identity. Each entry keeps its value, so that no other one gets the same.
        self._sources: Final[dict[int, tuple[object, Source]]] = {}
        self._made: Final[dict[int, object]] = {}
        self._copies: Final[dict[int, tuple[object, object, Source | None]]] = {}
        self._copied: Final[dict[tuple[int, Source | None], object]] = {}
        self._shapes: Final[set[int]] = set()
        self._shared: Final[set[int]] = set()
        self._outside: Final[dict[int, tuple[object, Source | None]]] = {}
        self._changed: Final[set[int]] = set()
        self._iterators: Final[list[tuple[object, list[object]]]] = []
        self._given: Final[dict[int, tuple[object, object]]] = {}
        self._giving: Final[set[int]] = set()
        self._functions: Final[dict[int, tuple[FunctionType, FunctionType | None]]] = {}
        self._rewritten: Final[dict[int, CodeType]] = {}
        self._known: Final[dict[int, CodeType]] = {}  # these, and code of libraries
        self._converting: Final[set[int]] = set()
        self._hooks: Final[list[Hooks]] = []
        self._undo: Final[list[Callable[[], None]]] = []
        self._problem: Exception | None = None

    # Reads.

    def read(self, value: object, source: Source | None, *, whole: bool) -> object:
        """Return what the user's code gets when it reads a value.

        Args:
            value: The value.
            source: Where it comes from; None if that is not known.
            whole: Whether the code may depend on how many items a container has.
        """
        if is_proxy(value) or id(value) in self._made or self._is_of_made(value):
            return value
        if id(value) in self._copies:
            return value
        if self._trace.is_opaque(value) or id(value) in self._shared:
            return self._trace.carried(value, source)
        if issubclass(type(value), CONTAINERS):
            return self._read_container(value, source, whole=whole)
        self._remember(value, source)
        return value

    def _is_of_made(self, value: object) -> bool:
        owner = owner_of(value)
        return owner is not None and (id(owner) in self._made or self._is_of_made(owner))

    def _remember(self, value: object, source: Source | None) -> None:
        if source is not None and not issubclass(type(value), CONSTANTS):
            self._sources[id(value)] = (value, source)

    def _read_container(self, value: object, source: Source | None, *, whole: bool) -> object:
        known = self._copied.get((id(value), source))
        if known is None:
            known = replaced(value, source, self._read_item)
            self._copied[id(value), source] = known
            self._register(value, known, source)
        if whole:
            self.expect_shape(known)
        return known

    def _read_item(self, value: object, source: Source | None) -> object:
        if self._trace.is_opaque(value) and not is_proxy(value):
            return self._trace.carried(value, source)
        self._remember(value, source)
        return value

    def _register(self, value: object, copied: object, source: Source | None) -> None:
        """Note which containers are copies with stand-ins, and which are the user's own."""
        waiting = [(value, copied, source)]
        while waiting:
            value, copied, source = waiting.pop()
            if not issubclass(type(value), CONTAINERS) or id(value) in self._outside:
                continue
            if copied is value:
                self._outside[id(value)] = (value, source)
            else:
                self._copies[id(copied)] = (copied, value, source)
                self._outside[id(value)] = (value, source)
            items = parts_of(value)
            if items is None:  # a set or deque of data
                continue
            for (key, item), (_, new) in zip(items, parts_of(copied) or (), strict=True):
                waiting.append((item, new, source and item_of(source, key)))

    def current(self, value: object) -> object:
        """Return the stand-in for a value that the user's code has; the value if there is none.

        An object that was given a container may keep it, and change it from then on.
        """
        given = self._given.get(id(value))
        return value if given is None else given[1]

    def give(self, value: object) -> object:
        """Return what an object gets as an argument: a container itself, never a copy."""
        kind = type(value)
        if id(value) in self._given:
            return self._given[id(value)][1]
        if kind is tuple or is_named_tuple(kind):
            items = [*map(self.give, cast("tuple[object, ...]", value))]
            if all(map(operator.is_, items, cast("tuple[object, ...]", value))):
                return value
            make = getattr(kind, "_make", tuple)  # of a named tuple
            return cast("Callable[[list[object]], object]", make)(items)
        if not issubclass(kind, (list, dict, set, deque, bytearray)):
            return value
        if self._is_iterated(value):
            self._refuse_change(value, "The object")
        found = self._copies.get(id(value))
        original, source = found[1:] if found else self._outside.get(id(value), (value, None))
        if source is None:
            given: object = self._give_made(value)
        else:
            if id(original) in self._changed:
                self._refuse_change(original, "The code")
            given = self._trace.carried(original, source)
            self._shared.add(id(original))
            self._given[id(original)] = (original, given)
            for _, item in parts_of(value) or ():
                self.give(item)
        self._given[id(value)] = (value, given)
        return given

    def iterated(self, value: object) -> object:
        """Return what a loop iterates over; for a container, an iterator that is remembered."""
        if is_stand_in(value) or not issubclass(type(value), CONTAINERS):
            return value
        return self._remember_iterator(iter(cast("list[object]", value)), [value])

    def _remember_iterator(self, iterator: object, over: list[object]) -> object:
        self._iterators.append((iterator, over))
        return iterator

    def _is_iterated(self, value: object) -> bool:
        """Return whether something still holds an iterator over a container."""
        every: list[tuple[object, list[object]]] = [(iter(()), []), *self._iterators]
        counts = [sys.getrefcount(iterator) for iterator, _ in every]
        return any(
            count > counts[0] + (id(iterator) in self._made) and any(one is value for one in over)
            for count, (iterator, over) in zip(counts, every, strict=True)
        )

    def _give_made(self, value: object) -> object:
        """Return the stand-in for a container that the trace made, and that each call makes."""
        name = type(value).__name__
        known: object = KINDS.get(name)
        is_known = id(value) in self._outside or id(value) in self._giving
        if known is not type(value) or is_known:
            refuse(
                "A container is given to an object",
                self.describe(value),
                "The object may keep or change it, and nothing says how a call can fetch it",
                NAME_IT,
            )
        content: Iterable[object] = cast("Iterable[object]", value)
        if issubclass(type(value), dict):
            content = cast("dict[object, object]", value).items()
        limit = cast("int | None", getattr(value, "maxlen", None))  # of a deque
        self._giving.add(id(value))  # one that holds itself is refused
        items = tuple(map(self.give, content))
        self._giving.discard(id(value))
        return self._trace.made(name, items, limit)

    def expect_shape(self, value: object) -> None:
        """Let the graph check that a container and those in it are as long as in the trace."""
        waiting = [value]
        while waiting:
            one = waiting.pop()
            found = self._copies.get(id(one))
            if found is None or id(one) in self._shapes:
                continue
            self._shapes.add(id(one))
            items = parts_of(one) or []
            if found[2] is not None:
                self._trace.expect_items(found[2], one)
            waiting.extend(item for _, item in items)

    def source_of(self, value: object) -> Source | None:
        """Return where a value comes from, if it was read before or can be imported."""
        found = self._sources.get(id(value)) or self._outside.get(id(value))
        if found is not None:
            return found[1]
        if issubclass(type(value), ModuleType):
            name = cast("ModuleType", value).__name__
            return module_source(name) if sys.modules.get(name) is value else None
        if issubclass(type(value), (type, FunctionType)) or (
            type(value) is BuiltinFunctionType and type(value.__self__) is ModuleType
        ):
            return import_source(cast("type", value))
        return None

    def global_source(self, function: FunctionType, name: str) -> Source | None:
        """Return where a global variable of a function comes from."""
        namespace = function.__globals__
        if namespace is self._trace.traced().__globals__:
            return GlobalSource(name)
        module = namespace.get("__name__")
        if type(module) is str and getattr_static(sys.modules.get(module), "__dict__") is namespace:
            source = module_source(module)
            return source and attribute_of(source, name)
        return None

    def read_attribute(self, value: object, name: str, *, whole: bool) -> object:
        """Return what the user's code gets when it reads an attribute."""
        kind = type(value)
        if issubclass(kind, ObjectProxy):
            return self._trace.attribute(cast("ObjectProxy", value), name)
        if is_proxy(value) or issubclass(kind, torch.Tensor):
            return cast("object", getattr(value, name))
        found = class_attribute(kind, name)
        if (
            type(found) is property
            and type(found.fget) is FunctionType
            and self._is_users(found.fget)
        ):
            return self.call(found.fget, (value,), {})
        if issubclass(kind, torch.nn.Module):
            return self._read_of_module(cast("torch.nn.Module", value), name, whole=whole)
        if name in {"__dict__", "__globals__"}:
            return self._namespace(value, name)
        if self._is_unknown(value):
            self._refuse_unknown(value)
        got = cast("object", getattr(value, name))
        source = self.source_of(value)
        if source is None and found is got and not issubclass(kind, type):
            source = self._class_source(kind, name)
        return self.read(got, source and attribute_of(source, name), whole=whole)

    def read_method(self, value: object, name: str) -> object:
        """Return what the user's code gets when it reads an attribute to call it."""
        if is_stand_in(value):
            return self._trace.pending(cast("ObjectProxy", value), name)
        return self.read_attribute(value, name, whole=True)

    def _is_unknown(self, value: object) -> bool:
        """Return whether a value is an object that was not read from anywhere known."""
        if id(value) in self._made or id(value) in self._sources or self._is_of_made(value):
            return False
        if type(value) is super:
            return False
        return self._trace.is_opaque(value)

    def _class_source(self, kind: type, name: str) -> Source | None:
        owner = next(one for one in kind.__mro__ if name in vars(one))
        return self.source_of(owner)

    def _read_of_module(self, module: torch.nn.Module, name: str, *, whole: bool) -> object:
        if name == "__dict__":
            return self._namespace(module, name)
        got = cast("object", getattr(module, name))
        if name in MACHINERY or (name.startswith("__") and name.endswith("__")):
            return got
        source = self._trace.path_to(module) or self.source_of(module)
        step = source and attribute_of(source, name)
        new = self.read(got, step, whole=whole)
        if new is not got:
            self._trace.expect_one_place(module)
        return new

    def _namespace(self, value: object, name: str) -> object:  # noqa: RET503  # the last refuses
        """Return the attributes of a value as a dictionary."""
        if issubclass(type(value), torch.nn.Module):
            source = self._trace.path_to(cast("torch.nn.Module", value))
            copied = {
                key: self.read(
                    item,
                    source and (attribute_of(source, key) or item_of(source.attr("__dict__"), key)),
                    whole=False,
                )
                for key, item in vars(value).items()
            }
            self._copies[id(copied)] = (copied, vars(value), None)
            return copied
        if id(value) in self._made and name == "__dict__":
            return vars(value)
        refuse(
            "A namespace",
            f"{name} of {self.describe(value)}",
            "It would read every name at once, and some may name objects",
            "Read only the name that you need",
        )

    # Calls.

    def call(  # noqa: C901, PLR0911, PLR0912  # one branch for each kind of thing that is called
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        """Return what a call is traced to."""
        kind = type(function)
        if is_proxy(function):
            return cast("Callable[..., object]", function)(*args, **kwargs)
        if kind is MethodType:
            method = cast("MethodType", function)
            inner = cast("object", method.__func__)
            if type(inner) is FunctionType:
                return self._call_function(inner, (method.__self__, *args), kwargs, method)
            return self.call(inner, (method.__self__, *args), kwargs)
        if kind is FunctionType:
            return self._call_function(cast("FunctionType", function), args, kwargs, function)
        special = _SPECIAL.get(id(function))
        if special is not None:
            return special(self, *args, **kwargs)
        if issubclass(kind, type):
            return self._call_class(cast("type", function), args, kwargs)
        if issubclass(kind, torch.nn.Module):
            own = class_attribute(kind, "__call__")
            if type(own) is FunctionType and self._is_users(own):
                return self._call_function(own, (function, *args), kwargs, own)
            return cast("Callable[..., object]", function)(*args, **kwargs)
        if kind is partial and (id(function) in self._made):
            part = cast("partial[object]", function)
            return self.call(part.func, (*part.args, *args), {**part.keywords, **kwargs})
        if kind is CACHED:
            return self._call_cached(function, args, kwargs)
        if library_of_callable(function) == "torch":
            return self._call_torch(function, args, kwargs)
        if kind in BUILTIN:
            return self._call_native(function, args, kwargs)
        if self._is_unknown(function):
            self._refuse_unknown(function)
        own = class_attribute(kind, "__call__")
        if type(own) is FunctionType:
            return self._call_function(own, (function, *args), kwargs, own)
        return self._call_native(function, args, kwargs)

    def _is_users(self, function: FunctionType) -> bool:
        return id(function.__code__) in self._known or is_users(
            function.__code__, function.__globals__
        )

    def _call_function(
        self,
        function: FunctionType,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        found_as: object,
    ) -> object:
        if function.__code__ is MARKED:
            return self._call_marked(function, args, kwargs)
        if self._is_users(function):
            source = self.source_of(function) or self._method_source(found_as)
            return cast("object", self.converted(function, source)(*args, **kwargs))
        converted = self._with_converted_cells(function)
        if library_of(function.__code__.co_filename) == "torch":
            return self._call_torch(converted, args, kwargs)
        if function.__module__ == "importlib" or function.__module__.partition(".")[0] in PURE:
            return self._call_native(converted, args, kwargs)
        if self._names_objects(function):
            return self._record(function, args, kwargs)
        return self._call_native(converted, args, kwargs)

    def _method_source(self, method: object) -> Source | None:
        """Return where the function of a method comes from, through the method's owner."""
        if type(method) is not MethodType:
            return None
        owner, name = method.__self__, method.__func__.__name__
        source = None
        if issubclass(type(owner), torch.nn.Module):
            source = self._trace.path_to(cast("torch.nn.Module", owner))
        step = source and attribute_of(source, name)
        if step is None or getattr(owner, name, None) != method:
            return None
        return attribute_of(step, "__func__")

    def _call_marked(
        self, function: FunctionType, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        """Call a function that is marked with `torch.fx.wrap`: a node if an object is involved."""
        original: object = inspect.unwrap(function)
        if type(original) is not FunctionType or not self._names_objects(original):
            return cast("object", function(*args, **kwargs))
        if not holds((args, kwargs), is_proxy):
            return self._trace.carried(original, self.source_of(function))(*args, **kwargs)
        self._trace.touching.add(original)
        return cast("object", function(*args, **kwargs))

    def _record(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        """Record a call of a function or class that a call of the graph has to make."""
        return self._trace.carried(function, self.source_of(function))(*args, **kwargs)

    def converted_root(self, function: FunctionType) -> FunctionType:
        """Return the copy of the function that a trace starts with."""
        if self._is_users(function):
            is_root = function is self._trace.traced()
            return self.converted(function, self.source_of(function), is_root=is_root)
        return self._with_converted_cells(function)

    def trust(self, code: CodeType, original: CodeType) -> None:
        """Treat code as rewritten if the code that it was made from is."""
        if id(original) in self._rewritten:
            self._known[id(code)] = self._rewritten[id(code)] = code

    def call_forward(
        self,
        module: torch.nn.Module,
        forward: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> object:
        """Call a module that is traced through."""
        method = self.read_attribute(module, "forward", whole=True)
        if not has_hooks(module):
            return self.call(method, args, kwargs)
        # PyTorch calls it between its hooks, and asks the module for it.
        own = vars(module).get("forward", self)

        def call(*args: object, **kwargs: object) -> object:
            return self.call(method, args, kwargs)

        vars(module)["forward"] = call
        try:
            return forward(*args, **kwargs)
        finally:
            del vars(module)["forward"]
            if own is not self:
                vars(module)["forward"] = own

    def is_made(self, value: object) -> bool:
        """Return whether the traced code made an object."""
        return id(value) in self._made or self._is_of_made(value)

    def copied(self, value: object, source: Source, replace: Replace) -> object:
        """Return a container that was given as an argument, with its parts replaced."""
        known = replaced(value, source, replace)
        self._register(value, known, source)
        self.expect_shape(known)
        return known

    def converted(
        self, function: FunctionType, source: Source | None, *, is_root: bool = False
    ) -> FunctionType:
        """Return a copy of a function that calls the hooks; itself if there is no source."""
        if id(function.__code__) in self._known:  # made by code that has the hooks
            return function
        known = self._functions.get(id(function))
        if known is None:
            new = self._convert(
                function, source, is_root=is_root or function is self._trace.traced()
            )
            known = self._functions[id(function)] = (function, new)
        return known[1] or function

    def _convert(
        self, function: FunctionType, source: Source | None, *, is_root: bool
    ) -> FunctionType | None:
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            refuse(
                "A coroutine function",
                function.__qualname__,
                "A graph runs from beginning to end, and cannot wait",
                "Trace a function that is not async, and call it from the coroutine",
            )
        hooks = Hooks(self, function, source, is_root=is_root)
        code = rewritten(function, hooks)
        self._hooks.append(hooks)
        if code is None:
            return None
        for one in codes_of(code):
            self._known[id(one)] = self._rewritten[id(one)] = one
        # The arguments of the root come from the entry function, defaults and all.
        read_defaults = unchanged_value if is_root else self._read_defaults
        defaults = source and attribute_of(source, "__defaults__")
        keywords = source and attribute_of(source, "__kwdefaults__")
        copied = FunctionType(
            code,
            function.__globals__,
            function.__name__,
            cast("tuple[object, ...] | None", read_defaults(function.__defaults__, defaults)),
            function.__closure__,
        )
        copied.__kwdefaults__ = cast(
            "dict[str, object] | None", read_defaults(function.__kwdefaults__, keywords)
        )
        copied.__dict__.update(function.__dict__)
        copied.__annotations__ = function.__annotations__
        copied.__qualname__ = function.__qualname__
        copied.__module__ = function.__module__
        return copied

    def _read_defaults(self, value: object, source: Source | None) -> object:
        return value if value is None else self.read(value, source, whole=False)

    def _with_converted_cells(self, function: FunctionType) -> FunctionType:
        """Return a library's function that calls converted functions of the user's."""
        if id(function) in self._converting:  # it closes over itself
            return function
        self._converting.add(id(function))
        cells = [self._converted_cell(cell) for cell in function.__closure__ or ()]
        self._converting.remove(id(function))
        if all(one is other for one, other in zip(cells, function.__closure__ or (), strict=True)):
            return function
        copied = FunctionType(
            function.__code__,
            function.__globals__,
            function.__name__,
            function.__defaults__,
            tuple(cells),
        )
        copied.__kwdefaults__ = function.__kwdefaults__
        copied.__dict__.update(function.__dict__)
        return copied

    def _converted_cell(self, cell: CellType) -> CellType:
        value = cell_content(cell)
        new = self._converted_argument(value)
        return cell if new is value else CellType(new)

    def _converted_argument(self, value: object) -> object:
        """Return what a library calls instead of a function of the user's."""
        if type(value) is FunctionType:
            if self._is_users(value):
                return self.converted(value, self.source_of(value))
            return self._with_converted_cells(value) if value.__closure__ else value
        if type(value) is MethodType and type(value.__func__) is FunctionType:
            function = value.__func__
            if self._is_users(function):
                source = self.source_of(function) or self._method_source(value)
                return MethodType(self.converted(function, source), value.__self__)
        if type(value) is partial or issubclass(type(owner_of(value)), CONTAINERS):
            return self._calling(value)
        return value

    def _calling(self, function: object) -> Callable[..., object]:
        return lambda *args, **kwargs: self.call(function, args, kwargs)

    def _call_class(
        self, kind: type, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        if kind is type:
            return self._call_native(kind, args, kwargs)
        library = library_of_callable(kind)
        if library == "torch" and not issubclass(kind, (torch.Generator, *STREAMS)):
            return self._call_torch(kind, args, kwargs)
        if (
            issubclass(kind, (*CONSTANTS, *CONTAINERS, BaseException, bytearray))
            or kind in MOVES
            or is_dataclass(kind)
            or kind.__module__.partition(".")[0] in PURE
            or (kind.__module__ == "builtins" and not issubclass(kind, memoryview))
        ):
            return self._call_native(kind, args, kwargs)
        is_module = issubclass(kind, torch.nn.Module) and type(kind) is type
        if not (is_module or is_plain(kind)):
            return self._record(kind, args, kwargs)
        made = object.__new__(kind)
        self._made[id(made)] = made
        start = cast("Callable[..., object]", class_attribute(kind, "__init__"))
        if type(start) is FunctionType:
            self._call_function(start, (made, *args), kwargs, start)
        else:  # that of `object`, which takes no arguments
            start(made, *args, **kwargs)
        return made

    def _call_cached(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        if holds((args, kwargs), is_proxy):
            refuse(
                "A cached function",
                getattr(function, "__qualname__", "a function"),
                "functools.cache would keep a stand-in of this trace",
                "Call the function without its cache, through __wrapped__",
            )
        return self._call_native(function, args, kwargs)

    def _call_torch(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        given = [self._converted_argument(one) for one in args]
        named = {name: self._converted_argument(one) for name, one in kwargs.items()}
        has_objects = holds((args, kwargs), is_stand_in)
        if getattr_static(function, "__name__", "").startswith(REGISTERS):
            self.check_stored((args, kwargs), "a module", proxies=True)
        before = len(self._trace.graph.nodes)
        if has_objects and issubclass(type(function), type):
            self._refuse_call(function, args, kwargs)
        try:
            made = cast("Callable[..., object]", function)(*given, **named)
        except (TypeError, NotImplementedError, RuntimeError, ValueError) as error:
            if not has_objects or isinstance(error, Unsupported):
                raise
            self._refuse_call(function, args, kwargs, error)
        if has_objects and len(self._trace.graph.nodes) == before:
            self._refuse_call(function, args, kwargs)
        return self._taken(made, function, fresh=is_made_by_torch(made))

    def _call_native(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> object:
        """Call a function whose code is not rewritten: one in C, or of a library."""
        owner = owner_of(function)
        name = getattr(function, "__name__", "")
        if type(function) in {MethodDescriptorType, WrapperDescriptorType} and args:
            owner = args[0]
        is_container = issubclass(type(owner), CONTAINERS)
        if is_container and name in MUTATORS:
            self.check_changed(owner, f"{name}()")
            if id(owner) in self._outside:
                self.check_stored((args, kwargs), "a container that the trace did not make", owner)
        reads = is_container and name in (MUTATORS | READERS)
        moves = reads or id(function) in MOVED or is_iterator(function)
        if not moves:
            self.check_arguments(function, (owner, *args) if is_container else args, kwargs)
        given = [self._converted_argument(one) for one in args]
        named = {key: self._converted_argument(one) for key, one in kwargs.items()}
        if id(function) in CALLERS or is_iterator(function):
            # What they call is called as the code's own calls are.
            given = [self._calling(one) if is_called(one) else one for one in given]
            named = {
                key: self._calling(one) if is_called(one) else one for key, one in named.items()
            }
        made = cast("Callable[..., object]", function)(*given, **named)
        over = [one for one in (owner, *given) if issubclass(type(one), CONTAINERS)]
        if over and not (is_proxy(made) or issubclass(type(made), (*CONTAINERS, *CONSTANTS))):
            self._remember_iterator(made, over)  # or a view, or a partial
        module = cast("str", getattr(function, "__module__", None) or "").partition(".")[0]
        fresh = moves or issubclass(type(function), type)
        # What gets an attribute or item by its name returns what was there before.
        if module in PURE and type(function) not in GETTERS:
            fresh = fresh or type(made).__module__.partition(".")[0] in PURE
        if owner is not None and not issubclass(type(owner), ModuleType):
            fresh = fresh or not self._trace.is_opaque(owner) or id(owner) in self._made
        return self._taken(made, function, fresh=fresh)

    def _taken(self, made: object, function: object, *, fresh: bool) -> object:
        """Return the result of a call that ran while tracing; refuse an object from elsewhere."""
        if is_proxy(made):
            return made
        if issubclass(type(made), CONTAINERS):
            if id(made) not in self._outside and holds(made, self._is_unknown):
                self._refuse_made(function, made)
            return made
        if not self._is_unknown(made):
            return made
        if not fresh:
            self._refuse_made(function, made)
        self._made[id(made)] = made
        return made

    def _refuse_made(self, function: object, made: object) -> NoReturn:
        refuse(
            "An object without a source",
            type_name(made),
            f"{self.describe(function)} ran while tracing, and a call would not get the object "
            "that it returned",
            NAME_IT,
            WRAP,
        )

    def check_arguments(
        self, function: object, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> None:
        """Refuse to pass a stand-in to a function that does not know what it is."""
        if holds((args, kwargs), is_stand_in):
            self._refuse_call(function, args, kwargs)

    def _refuse_call(
        self,
        function: object,
        args: Sequence[object],
        kwargs: Mapping[str, object],
        error: Exception | None = None,
    ) -> NoReturn:
        given = next((one for one in leaves_of((args, kwargs)) if is_stand_in(one)), None)
        asked = self.describe(function)
        said = f" ({type(error).__name__})" if error is not None else ""
        refuse(
            "A call with an object that no graph records",
            self.describe(given),
            f"{asked} is called with {self.describe(given)} while tracing, and would get its "
            f"stand-in, not the object{said}",
            WRAP,
            TRANSPARENT,
        )

    def _refuse_unknown(self, value: object) -> NoReturn:
        refuse(
            "An object without a source",
            type_name(value),
            "It appeared while tracing, and nothing says how a call can fetch it",
            NAME_IT,
        )

    # Builtin functions that ask about their arguments, or look into scopes.

    def _isinstance(self, value: object, kinds: object) -> object:
        if not is_stand_in(value):
            return isinstance(value, cast("type", kinds))
        met = getattr_static(value, "_sidetable_value")
        if met is None:
            self._refuse_call(isinstance, (value,), {})
        answer = isinstance(met[0], cast("type", kinds))
        self._trace.expect_answer(instance_of, (value, kinds), answer)
        return answer

    def _getattr(self, value: object, name: str, *default: object) -> object:
        if default and is_stand_in(value):
            return self._record(getattr, (value, name, *default), {})
        try:
            return self.read_attribute(value, name, whole=True)
        except AttributeError:
            if not default:
                raise
            return default[0]

    def _setattr(self, value: object, name: str, new: object) -> None:
        setattr(self.target(value), name, new)

    def _delattr(self, value: object, name: str) -> None:
        delattr(self.target(value), name)

    def _hasattr(self, value: object, name: str) -> bool:
        self.check_arguments(hasattr, (value,), {})
        return hasattr(value, name)

    def _vars(self, *values: object) -> object:
        if not values:
            self._evaluates()
        self.check_arguments(vars, values, {})
        return self._namespace(values[0], "__dict__")

    def _evaluates(self, *_: object, **__: object) -> NoReturn:
        refuse(
            "Code or scopes as values",
            "eval, exec, globals, dir",
            "Tracing cannot see what such code reads, or what such a scope holds",
            "Write it as ordinary code",
        )

    def _is(self, left: object, right: object) -> bool:
        return self.same(left, right)

    def _is_not(self, left: object, right: object) -> bool:
        return not self.same(left, right)

    def same(self, left: object, right: object) -> bool:
        """Return whether two values are the same object; the graph checks that it stays so."""
        if not (is_stand_in(left) or is_stand_in(right)) or left is right:
            return left is right
        met = [
            getattr_static(one, "_sidetable_value") if is_stand_in(one) else (one,)
            for one in (left, right)
        ]
        if met[0] is None or met[1] is None:
            self._refuse_call(operator.is_, (left, right), {})
        answer = met[0][0] is met[1][0]
        self._trace.expect_answer(same, (left, right), answer)
        return answer

    # Stores.

    def target(self, value: object) -> object:
        """Return what to store an attribute or item in; it checks what is stored."""
        kind = type(value)
        if is_stand_in(value) or id(value) in self._made:
            return value
        if issubclass(kind, CONTAINERS) and not (
            id(value) in self._outside or id(value) in self._copies
        ):
            return value
        return Target(self, value)

    def inplace(self, sign: str, value: object, other: object) -> object:
        """Return what `value += other` assigns."""
        if issubclass(type(value), CONTAINERS):
            self.check_changed(value, "An operator")
            if id(value) in self._outside:
                self.check_stored(other, "a container that the trace did not make", value)
        return inplace(sign, value, other)

    def store_attribute(self, value: object, name: str, new: object) -> None:
        """Store an attribute in something that the trace did not make."""
        found = class_attribute(type(value), name)
        if type(found) is property and type(found.fset) is FunctionType:
            self.call(found.fset, (value, new), {})
            return
        self.check_owned(value, name)
        self.check_stored(new, f"the attribute {name}")
        if holds(new, is_proxy):
            self._undo_attribute(value, name)
        setattr(value, name, new)

    def check_owned(self, value: object, name: str) -> None:
        """Refuse to change an object that is neither a module nor made while tracing."""
        if not issubclass(
            type(value), (torch.nn.Module, type, ModuleType, FunctionType, Proxy, torch.Tensor)
        ):
            refuse(
                "An attribute of an object is set",
                name,
                f"{name} of {self.describe(value)} would be set while tracing, and not in a call",
                WRAP,
            )

    def refuse_deleting(self, value: object, what: str) -> NoReturn:
        """Refuse to delete a part of what the trace did not make."""
        refuse(
            "A part of a value is deleted",
            self.describe(value),
            f"The statement would delete {what} while tracing, and not in a call",
            WRAP,
        )

    def check_changed(self, value: object, how: str) -> None:
        """Refuse to change a container that has a stand-in, or whose objects do."""
        if id(value) in self._copies or id(value) in self._given:
            self._refuse_change(value, how)
        if id(value) in self._outside:
            self._changed.add(id(value))

    def _refuse_change(self, value: object, how: str) -> NoReturn:
        refuse(
            "A container with objects is changed",
            self.describe(value),
            f"{how} would change it while tracing, and not in a call",
            WRAP,
        )

    def check_stored(
        self, new: object, where: str, container: object = None, *, proxies: bool = False
    ) -> None:
        """Refuse to store a stand-in outside the trace."""

        def escapes(value: object) -> bool:
            return self._must_not_escape(value) or (proxies and is_proxy(value))

        if holds(new, escapes):
            refuse(
                "An object is stored",
                self.describe(next(one for one in leaves_of(new) if escapes(one))),
                f"It would be stored in {where} while tracing, and not in a call",
                WRAP,
            )
        if container is not None and holds(new, is_proxy):
            self._undo_container(container)

    def _must_not_escape(self, value: object) -> bool:
        function = value.__func__ if type(value) is MethodType else value
        if type(function) is FunctionType and id(function.__code__) in self._rewritten:
            return True
        return is_stand_in(value) or self.is_made(value) or self._is_unknown(value)

    def _undo_attribute(self, value: object, name: str) -> None:
        missing = object()
        was = getattr_static(value, "__dict__", {}).get(name, missing)

        def undo() -> None:
            if was is missing:
                delattr(value, name)
            else:
                setattr(value, name, was)

        self._undo.append(undo)

    def _undo_container(self, container: object) -> None:
        kept = copy(container)

        def undo() -> None:
            target = cast("list[object]", container)
            target.clear()
            if issubclass(type(container), (dict, set)):
                cast("dict[object, object]", container).update(cast("dict[object, object]", kept))
            else:
                target.extend(cast("list[object]", kept))

        self._undo.append(undo)

    def finish(self) -> None:
        """Remove stand-ins from the user's model, and raise the first refusal."""
        while self._undo:
            self._undo.pop()()
        for hooks in self._hooks:
            hooks.close()
        if self._problem is not None:
            raise self._problem

    # Code that is not rewritten.

    def watch(self, frame: FrameType, event: str, arg: object) -> None:  # noqa: ARG002  # Python's
        """Check a frame that starts; refuse code of the user's that can reach an object."""
        code = frame.f_code
        if event != "call" or id(code) in self._known:
            return
        if not is_users(code, frame.f_globals):
            self._known[id(code)] = code  # its frames are looked at once
            return
        if code.co_name == "<module>" or is_resumed(frame) or is_finalizing(frame):
            return
        reached = self._reached(frame)
        if reached is not None and not self._is_tracing(frame):
            try:
                refuse(
                    "Code that cannot be traced",
                    code.co_qualname,
                    f"{code.co_qualname} ({code.co_filename}:{code.co_firstlineno}) was not "
                    f"rewritten, because a library calls it or its source is not available, and "
                    f"it can reach {reached}",
                    "Call the function directly, and define it in a file",
                    WRAP,
                )
            except Unsupported as error:
                self._problem = self._problem or error
                raise

    def _is_tracing(self, frame: FrameType | None) -> bool:
        """Return whether a frame belongs to the tracer, or to what it calls."""
        while frame is not None and id(frame.f_code) not in self._rewritten:
            code = frame.f_code
            # What handles the messages of libraries is not part of the model: one that the model
            # gives a message to is an object.
            if code.co_filename in MESSAGES:
                return True
            if not is_users(code, frame.f_globals):
                pass
            elif code.co_argcount and frame.f_locals.get(code.co_varnames[0]) is self._trace:
                return True
            frame = frame.f_back
        return False

    def _reached(self, frame: FrameType) -> str | None:
        """Return the name of an object that code can reach; None if there is none."""
        names = {name for code in codes_of(frame.f_code) for name in code.co_names}
        found = {name: frame.f_globals[name] for name in names if name in frame.f_globals}
        generated = frame.f_code.co_filename == "<string>" and frame.f_code.co_name == "__init__"
        # What a dataclass does with its fields is known.
        for name, value in {**found, **({} if generated else frame.f_locals)}.items():
            if self._is_risky(value, names):
                return name
        return None

    def _is_risky(self, value: object, names: Iterable[str]) -> bool:
        if holds(value, lambda one: is_stand_in(one) or self._is_unknown(one)):
            return True
        if issubclass(type(value), (ModuleType, type, torch.nn.Module)) or id(value) in self._made:
            spaces = [getattr_static(value, "__dict__", {})]
            kind = cast("type", value) if issubclass(type(value), type) else type(value)
            spaces += [vars(one) for one in kind.__mro__ if one is not object]
            inside = [space[name] for space in spaces for name in names if name in space]
            return any(
                holds(one, lambda leaf: is_stand_in(leaf) or self._is_unknown(leaf))
                for one in inside
            )
        return False

    def _names_objects(self, function: FunctionType) -> bool:
        """Return whether a function of a library names an object among its global variables."""
        names = [name for code in codes_of(function.__code__) for name in code.co_names]
        space = function.__globals__
        return any(name in space and holds(space[name], self._trace.is_opaque) for name in names)

    # Text for people.

    def describe(self, value: object) -> str:
        """Return a name for a value, calling none of its methods."""
        if is_stand_in(value):
            return self._trace.describe(cast("ObjectProxy", value))
        found = self._copies.get(id(value))
        source = found[2] if found else self.source_of(value)
        if source is not None:
            return source.name
        if issubclass(type(value), (type, FunctionType, *BUILTIN, CACHED)):
            return cast("str", getattr(value, "__qualname__", type_name(value)))
        return type_name(value)


_SPECIAL: Final[dict[int, Callable[..., object]]] = {
    id(function): cast("Callable[..., object]", special)
    for function, special in {
        isinstance: Interpreter._isinstance,
        getattr: Interpreter._getattr,
        setattr: Interpreter._setattr,
        delattr: Interpreter._delattr,
        hasattr: Interpreter._hasattr,
        vars: Interpreter._vars,
        operator.is_: Interpreter._is,
        operator.is_not: Interpreter._is_not,
        **dict.fromkeys((eval, exec, globals, dir, compile), Interpreter._evaluates),
    }.items()
}
