"""The tracer: `torch.fx`'s own, with a table for what that one refuses."""

from __future__ import annotations

import copy
import inspect
import operator
import re
import sys
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, count
from types import FunctionType
from typing import Final, cast

import torch
from torch.fx import Graph, Tracer
from torch.fx._symbolic_trace import PHBase
from torch.fx.node import Argument, Node, Target, map_arg
from torch.fx.proxy import Proxy

from sidetable_core import SideTable
from sidetable_source import ImportSource, LocalSource, Source, unimplemented

from .calls import after, call_method, container, lookup
from .interpreter import Interpreter
from .known import is_stand_in, library_of_callable
from .objects import CONSTANTS, attribute_of, holds, is_foreign, number_of, parts_of, type_name
from .proxies import CarriedProxy, ObjectAttribute, ObjectProxy, refuse

Given = Mapping[str, object] | Sequence[object] | None

_BUILTINS: Final = ImportSource("builtins")
_IS: Final = ImportSource("operator").attr("is_")
_STARRED: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@dataclass(frozen=True, slots=True)
class GraphInput:
    """One input of a graph.

    Attributes:
        source: Where its value comes from.
        stars: The number of stars before its name: 1 for `*args`, 2 for `**kwargs`.
    """

    source: Source
    stars: int = 0


@dataclass(frozen=True, slots=True)
class _Apart:
    """A container that was taken apart, among the arguments that a function is traced with."""

    value: object


class ObjectTracer(Tracer):
    """Trace like `torch.fx.Tracer`, and carry what that one refuses as indices of a table.

    What the traced code reads from arguments, modules' attributes, global variables and closure
    variables stays opaque if `is_opaque` says so: the code gets a stand-in, and the graph records
    what is done to it, in the order of the code. What a graph cannot hold is refused with
    `Unsupported`. Everything else runs during the trace, as with `torch.fx.Tracer`.

    A tracer traces once. As with `torch.fx.Tracer`, no other thread may call modules meanwhile. It
    keeps the objects that it met; the graph and the table do not.

    Args:
        opaque: More types to keep opaque, such as modules that are not to be traced into.
        transparent: Types to use as they are while tracing, such as a configuration's.

    Attributes:
        table: The objects that the graph uses, by index. It does not keep them.
        sources: Their sources, by index.
        inputs: The graph's other inputs, in order.

    Example:
        >>> import random, torch
        >>> from sidetable_torch import ObjectTracer
        >>> class Noise(torch.nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.random = random.Random(1)
        ...     def forward(self, x):
        ...         return x + self.random.random()
        >>> tracer = ObjectTracer()
        >>> graph = tracer.trace(Noise())
        >>> [source.name for source in tracer.sources]
        ['self.random']
    """

    table: SideTable
    sources: list[Source]
    inputs: list[GraphInput]

    def __init__(self, *, opaque: Sequence[type] = (), transparent: Sequence[type] = ()) -> None:
        super().__init__()
        self.opaque: Final = tuple(opaque)
        self.transparent: Final = tuple(transparent)
        self._start()

    def _start(self) -> None:
        self.table = SideTable("graph")
        self.sources = []
        self.inputs = []
        self._run = Interpreter(self)
        self._like: FunctionType | None = None
        self._closed = False
        self._given: dict[str, object] = {}
        self._paths: dict[torch.nn.Module, list[Source]] = {}
        self._handle: Proxy | None = None
        self._names: set[str] = set()
        self._carried: dict[Source, CarriedProxy] = {}
        self._lookups: dict[Source, Node] = {}
        # What was done to an object last, and the nodes that cannot be computed before it.
        self._last: Node | None = None
        self._later: set[Node] = set()
        self._objects: set[Node] = set()
        self._pending: ObjectAttribute | None = None
        # Functions that reach objects which are not among their arguments.
        self.touching: set[Target] = set()

    def __deepcopy__(self, memo: dict[int, object]) -> ObjectTracer:
        """Return a tracer with the same settings, which has traced nothing."""
        new = type(self).__new__(type(self))
        for name, value in vars(self).items():
            if name == "_autowrap_search":  # modules of Python, which cannot be copied
                vars(new)[name] = copy.copy(value)
            elif name not in _STATE:
                vars(new)[name] = copy.deepcopy(value, memo)
        new._start()
        return new

    def traced(self) -> FunctionType:
        """Return the traced function, without its decorators; for a module, `forward`.

        Raises:
            AttributeError: If nothing has been traced.
        """
        if self._like is None:
            raise AttributeError("The tracer has traced nothing yet", name="traced", obj=self)
        return self._like

    def is_opaque(self, value: object) -> bool:
        """Return whether a value that the traced code reads stays opaque; override to change it.

        By default: instances of `opaque`, modules of PyTorch's outside the traced one, and
        anything that is neither data nor code, but never instances of `transparent`.

        Args:
            value: The value. An override should call none of its methods.
        """
        kind = type(value)
        if issubclass(kind, self.transparent):
            return False
        if issubclass(kind, torch.nn.Module):
            return (
                issubclass(kind, self.opaque) or cast("torch.nn.Module", value) not in self._paths
            )
        return issubclass(kind, self.opaque) or is_foreign(value)

    def trace(
        self,
        root: torch.nn.Module | Callable[..., object],
        concrete_args: Given = None,
    ) -> Graph:
        """Trace a module or function; see `torch.fx.Tracer.trace`.

        Args:
            root: The module or function.
            concrete_args: Values for some arguments. A constant is built in, and the graph checks
                it. An object becomes an index, a container is taken apart, and what a graph can
                hold becomes an input.

        Returns:
            The graph. Its first input is the handle of the call's frame.

        Raises:
            Unsupported: If an object has no source, or a graph cannot express what is done to it.
            TypeError: If `concrete_args` do not fit the arguments.
        """
        if self._like is not None:
            unimplemented(
                gb_type="A tracer that has traced",
                context=self._like.__qualname__,
                explanation="Each tracer numbers the indices of one graph",
                hints=["Make a new ObjectTracer for each graph"],
            )
        self._given = given_arguments(
            type(root).forward if isinstance(root, torch.nn.Module) else root,
            concrete_args,
            is_module=isinstance(root, torch.nn.Module),
        )
        try:
            with _profiled(self._run.watch):
                graph = super().trace(root)
        finally:
            self._closed = True
            self._run.finish()
        # The graph is a plain one: what reads it again is not to carry anything anew.
        graph._tracer_cls = Tracer
        return graph

    # The inputs of the graph.

    def create_args_for_root(
        self,
        root_fn: Callable[..., object],
        is_module: bool,
        concrete_args: object = None,  # noqa: ARG002  # `trace` has kept them
    ) -> tuple[object, list[object]]:
        """Return what to run and with what; see `torch.fx.Tracer.create_args_for_root`."""
        like = inspect.unwrap(root_fn)
        assert isinstance(like, FunctionType)  # noqa: S101  # PyTorch has looked
        self._like = like
        self._names.update(like.__code__.co_varnames)
        self._handle = self._placeholder("handle")
        if is_module:
            self._find_modules(like)
        converted = self._run.converted_root(cast("FunctionType", root_fn))
        function, args = super().create_args_for_root(converted, is_module)
        # For arguments that are gathered, PyTorch makes a copy of the code.
        self._run.trust(cast("FunctionType", function).__code__, converted.__code__)
        return function, [arg.value if isinstance(arg, _Apart) else arg for arg in args]

    def _proxy_placeholder(
        self,
        name: str,
        concrete_args: object,  # noqa: ARG002  # `trace` has kept them
        sig: inspect.Signature,
        fn_for_analysis: Callable[..., object],
    ) -> object:
        bare = name.lstrip("*")
        parameter = sig.parameters[bare]
        value = self._given.get(bare, parameter.default)
        if bare in self._given:
            if parts_of(value) is not None and not self.is_opaque(value):
                return _Apart(self._parts(value, bare))
            if not issubclass(type(value), (*CONSTANTS, torch.Tensor, PHBase)):
                return self.carried(value, LocalSource(bare))
        elif value is not inspect.Parameter.empty and self.is_opaque(value):
            return self.carried(value, LocalSource(bare))
        # The entry function has the defaults; a graph could not hold all of them.
        plain = sig.replace(
            parameters=[
                known.replace(default=inspect.Parameter.empty) for known in sig.parameters.values()
            ]
        )
        given = {name: value} if bare in self._given else None
        self.inputs.append(GraphInput(LocalSource(bare), len(name) - len(bare)))
        return super()._proxy_placeholder(name, given, plain, fn_for_analysis)

    def _parts(self, value: object, name: str) -> object:
        """Return a container given as an argument, with stand-ins for all that is in it.

        What a graph can hold becomes an input of its own.
        """

        def stand_in(leaf: object, source: Source | None) -> object:
            if not issubclass(type(leaf), (*CONSTANTS, torch.Tensor, PHBase)):
                return self.carried(leaf, source)
            if source is None:
                unimplemented(
                    gb_type="A key that code cannot hold",
                    context=name,
                    explanation="Generated code could not fetch the value at this key again",
                    hints=["Use constants, such as strings and numbers, as the container's keys"],
                )
            return self._input(source)

        return self._run.copied(value, LocalSource(name), stand_in)

    def _input(self, source: Source) -> Proxy:
        """Return a new input that is not an argument, before those that gather arguments."""
        starred = [node for node in self._placeholders() if str(node.target).startswith("*")]
        first = next(iter(starred), None) or next(
            (node for node in self.graph.nodes if node.op != "placeholder"), None
        )
        made = GraphInput(source)
        self.inputs.insert(len(self.inputs) - len(starred), made)
        if first is None:
            return self._placeholder(f"input_{source.name}")
        with self.graph.inserting_before(first):
            return self._placeholder(f"input_{source.name}")

    def _placeholders(self) -> list[Node]:
        return [node for node in self.graph.nodes if node.op == "placeholder"]

    def _placeholder(self, name: str) -> Proxy:
        name = fresh_name(name, self._names)
        self._names.add(name)
        return self.create_proxy("placeholder", name, (), {})

    # Objects, and where they come from.

    def carried(self, value: object, source: Source | None) -> CarriedProxy:
        """Return the stand-in of an object: the same one each time its source is read.

        Args:
            value: The object. The tracer keeps it; the graph does not.
            source: Its source; None if it has none: using the object is then refused.
        """
        if source is None:
            kind = type_name(value)
            return CarriedProxy(self, lambda: refuse_source(kind), value, f"an object ({kind})")
        proxy = self._carried.get(source)
        if proxy is None:
            proxy = CarriedProxy(self, lambda: self._look_up(value, source), value, source.name)
            self._carried[source] = proxy
        return proxy

    def _look_up(self, value: object, source: Source) -> Node:
        node = self._lookups.get(source)
        if node is None:
            index = self.table.register_user_object(value, source, hold="frame")
            self.sources.append(source)
            node = self.create_proxy("call_function", lookup, (self._handle, index), {}).node
            self._lookups[source] = node
            self._objects.add(node)
        return node

    def _find_modules(self, like: FunctionType) -> None:
        """Note the sources of the traced module and of all modules in it."""
        for path, module in self.root.named_modules(remove_duplicate=False):
            source: Source = LocalSource(like.__code__.co_varnames[0])
            for name in filter(None, path.split(".")):
                source = attribute_of(source, name) or source.attr("_modules").item(name)
            self._paths.setdefault(module, []).append(source)

    def path_to(self, module: torch.nn.Module) -> Source | None:
        """Return the source of a module of the traced one; None for any other."""
        return self._paths.get(module, [None])[0]

    def expect_one_place(self, module: torch.nn.Module) -> None:
        """Let the graph check that a module found in several places is one in each call."""
        first, *others = self._paths.get(module, [None])
        del self._paths.get(module, [None])[1:]
        for other in others:
            if first is not None and other is not None:
                message = f"{first.name} and {other.name} were one module, and now they differ"
                same = self._input(_IS.call(first, other))
                self.create_proxy("call_function", torch._assert, (same, message), {})

    def expect_items(self, source: Source, value: object) -> None:
        """Let the graph check that a container has as many items, or the keys, that it had."""
        keys = [key for key, _ in parts_of(value) or ()]
        expected: object = len(keys)
        asked = _BUILTINS.attr("len").call(source)
        if issubclass(type(value), dict) and all(type(key) in {str, int} for key in keys):
            expected, asked = tuple(keys), _BUILTINS.attr("tuple").call(source)
        message = f"{source.name} had {len(keys)} items when it was traced, and has others now"
        same = self.create_proxy("call_function", operator.eq, (self._input(asked), expected), {})
        self.create_proxy("call_function", torch._assert, (same, message), {})

    def expect_answer(
        self, function: Callable[..., object], args: tuple[object, ...], answer: object
    ) -> None:
        """Let the graph check that a question has the answer that it had while tracing."""
        asked = ", ".join(self._run.describe(one) for one in args)
        message = f"{function.__name__}({asked}) was {answer} when it was traced, and now it is not"
        made = self.create_proxy("call_function", function, args, {})
        same = self.create_proxy("call_function", operator.eq, (made, answer), {})
        self.create_proxy("call_function", torch._assert, (same, message), {})

    def describe(self, value: ObjectProxy) -> str:
        """Return the expression for an object in the user's code, as far as the graph knows."""
        if type(value) is CarriedProxy:
            _, name = object.__getattribute__(value, "_sidetable_of")
            return cast("str", name)
        return self._expression(object.__getattribute__(value, "node"))

    def _expression(self, node: object) -> str:  # noqa: PLR0911  # one for each kind
        if not isinstance(node, Node):
            return repr(node)
        if node.target is lookup:
            return self.sources[cast("int", node.args[1])].name
        if node.target is after:
            return self._expression(node.args[0])
        if node.target is getattr:
            return f"{self._expression(node.args[0])}.{node.args[1]}"
        if node.target is operator.getitem:
            return f"{self._expression(node.args[0])}[{self._expression(node.args[1])}]"
        if node.target is call_method:
            method = "" if node.args[1] == "__call__" else f".{node.args[1]}"
            return f"{self._expression(node.args[0])}{method}(...)"
        return node.name

    # What is done to objects, in the order of the code.

    def attribute(self, value: ObjectProxy, name: str) -> ObjectProxy:
        """Record that an attribute of an object is read here."""
        return cast("ObjectProxy", self.create_proxy("call_function", getattr, (value, name), {}))

    def pending(self, value: ObjectProxy, name: str) -> ObjectProxy:
        """Return a stand-in for an attribute that is called next."""
        self._fetch_pending()
        self._pending = ObjectAttribute(self, value, name)
        return self._pending

    def drop_pending(self) -> None:
        """Forget the attribute read last: its call records both."""
        self._pending = None

    def _fetch_pending(self) -> None:
        """Fetch an attribute that was read, before anything else is done."""
        pending, self._pending = self._pending, None
        if pending is not None:
            pending.node  # noqa: B018  # it is made now

    def method(
        self, value: ObjectProxy, name: str, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Proxy:
        """Record that a method of an object is called."""
        factory = None
        if name == "__call__" and type(value) is CarriedProxy:
            (met,) = object.__getattribute__(value, "_sidetable_value")
            if issubclass(type(met), torch.nn.Module):  # what it returns is a tensor
                factory = self.proxy
        return self.create_proxy(
            "call_function",
            call_method,
            (value, name, *args),
            kwargs,
            name=name.strip("_"),
            proxy_factory_fn=factory,
        )

    def create_proxy(  # noqa: PLR0913, PLR0917  # PyTorch's
        self,
        kind: str,
        target: Target,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        name: str | None = None,
        type_expr: object = None,
        proxy_factory_fn: Callable[[Node], Proxy] | None = None,
    ) -> Proxy:
        """Record an operation; see `torch.fx.Tracer.create_proxy`.

        An operation on an object comes after all earlier operations on objects.
        """
        self.check_open()
        if self._is_given(kind, target, (args, kwargs)):
            args = tuple(map(self._run.give, args))
            kwargs = {key: self._run.give(one) for key, one in kwargs.items()}
        nodes = cast("tuple[Argument, ...]", self.create_arg(args))
        named = cast("dict[str, Argument]", self.create_arg(kwargs))
        inputs = _nodes_in((nodes, named))
        objects = [node for node in inputs if node in self._objects]
        if objects or _may_change(kind, target, kwargs):
            self._fetch_pending()
        if target is lookup or not (objects or target in self.touching):
            node = self.create_node(kind, target, nodes, named, name, type_expr)
            return (proxy_factory_fn or self.proxy)(node)
        if self._last is not None and not self._later.intersection(inputs):
            first = (objects or inputs)[0]
            later = self.create_node("call_function", after, (first, self._last), {})
            if first in self._objects:
                self._objects.add(later)
            nodes, named = map_arg((nodes, named), lambda one: later if one is first else one)
        node = self.create_node(kind, target, nodes, named, name, type_expr)
        self._last, self._later = node, {node}
        if proxy_factory_fn is not None:
            made = proxy_factory_fn(node)
        elif self._returns_object(kind, target):
            made = ObjectProxy(node, self)
        else:
            made = self.proxy(node)
        if isinstance(made, ObjectProxy):
            self._objects.add(node)
        return made

    def _is_given(self, kind: str, target: Target, arguments: object) -> bool:
        """Return whether an operation may keep or change a container that it gets."""
        if kind == "call_function" and (
            target is container or library_of_callable(target) == "torch"
        ):
            return False
        return target in self.touching or holds(arguments, is_stand_in)

    def made(self, kind: str, items: tuple[object, ...], limit: int | None) -> ObjectProxy:
        """Record that a new container is made, distinct from all others."""
        done = self._handle if self._last is None else self.proxy(self._last)
        node = self.create_proxy("call_function", container, (kind, items, limit, done), {}).node
        self._objects.add(node)
        self._last, self._later = node, {node}
        return ObjectProxy(node, self)

    def _returns_object(self, kind: str, target: Target) -> bool:
        """Return whether what an operation with an object returns may be an object too."""
        if kind == "call_module":
            module = self.root.get_submodule(cast("str", target))
            return library_of_callable(type(module)) != "torch"
        return kind == "call_function" and library_of_callable(target) != "torch"

    def create_node(
        self,
        kind: str,
        target: Target,
        args: tuple[Argument, ...],
        kwargs: dict[str, Argument],
        name: str | None = None,
        type_expr: object = None,
    ) -> Node:
        """Put a node into the graph; see `torch.fx.Tracer.create_node`."""
        inputs = _nodes_in((args, kwargs))
        if kind == "output":
            self._fetch_pending()
        if kind == "output" and self._last is not None and not self._later.intersection(inputs):
            if inputs:
                first = inputs[0]
                later = super().create_node("call_function", after, (first, self._last), {})
                args = map_arg(args, lambda one: later if one is first else one)
            else:
                args = (super().create_node("call_function", after, (args[0], self._last), {}),)
        node = super().create_node(kind, target, args, kwargs, name, type_expr)
        if self._later.intersection(inputs):
            self._later.add(node)
        return node

    def check_open(self) -> None:
        """Refuse to use a stand-in after the trace.

        Raises:
            Unsupported: If the trace has ended.
        """
        if self._closed:
            refuse(
                "A stand-in after the trace",
                self._like.__qualname__ if self._like else "",
                "Something kept a stand-in for a value, and used it after tracing",
                "Store nothing of the traced code outside it",
            )

    def create_arg(self, a: object) -> Argument:
        """Return what a node holds for a value; see `torch.fx.Tracer.create_arg`."""
        if issubclass(type(a), Proxy):
            return cast("Node", object.__getattribute__(a, "node"))
        a = number_of(a)
        if self.is_opaque(a):
            return self._found(a).node
        try:
            return super().create_arg(a)
        except NotImplementedError:
            return self._found(a).node

    def _found(self, value: object) -> CarriedProxy:
        source = None
        if not self._run.is_made(value):
            if issubclass(type(value), torch.nn.Module):
                source = self.path_to(cast("torch.nn.Module", value))
            source = source or self._run.source_of(value)
        return self.carried(value, source)

    def call_module(
        self,
        m: torch.nn.Module,
        forward: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> object:
        """Return what a call of a module is traced to; see `torch.fx.Tracer.call_module`."""
        if self.is_opaque(m):
            return self._found(m)(*args, **kwargs)

        def converted(*args: object, **kwargs: object) -> object:
            return self._run.call_forward(m, forward, args, kwargs)

        return super().call_module(m, converted, args, kwargs)

    def getattr(
        self, attr: str, attr_val: object, parameter_proxy_cache: dict[str, Proxy]
    ) -> object:
        """Return what reads a parameter, buffer or module; see `torch.fx.Tracer.getattr`."""
        if isinstance(attr_val, torch.nn.Module) and self.is_opaque(attr_val):
            return self._found(attr_val)
        return super().getattr(attr, attr_val, parameter_proxy_cache)


# What belongs to one trace, and is not copied with the tracer.
_STATE: Final = frozenset(vars(ObjectTracer()).keys() - vars(Tracer()).keys()) - {
    "opaque",
    "transparent",
} | {"graph", "root", "tensor_attrs"}


def given_arguments(
    function: Callable[..., object],
    given: Given,
    *,
    is_module: bool,
) -> dict[str, object]:
    """Return the values given for some arguments, by name.

    Raises:
        TypeError: If there are too few or too many, or one is for what is not an argument.
    """
    parameters = inspect.signature(function).parameters
    names = [*parameters][1:] if is_module else [*parameters]
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        if len(given) != len(names):
            raise TypeError(f"concrete_args has {len(given)} values for {len(names)} arguments")
        given = dict(zip(names, given, strict=True))
    for name in given:
        if name not in names:
            raise TypeError(f"concrete_args: {function.__qualname__} has no argument {name!r}")
        if parameters[name].kind in _STARRED:
            raise TypeError(f"concrete_args cannot give what {name} gathers")
    return dict(given)


def fresh_name(wanted: str, taken: Collection[str]) -> str:
    """Return a valid name that is not taken.

    Args:
        wanted: The name to resemble.
        taken: The names in use.
    """
    plain = re.sub(r"\W+", "_", wanted, flags=re.ASCII)
    names = chain([plain], (f"{plain}_{number}" for number in count(1)))
    return next(name for name in names if name not in taken)


def refuse_source(kind: str) -> Node:
    """Refuse an object that has no source."""
    refuse(
        "An object without a source",
        kind,
        "It appeared in a call while tracing, and was read from no global variable, module's "
        "attribute or closure variable, so nothing says how a call can fetch it",
        "Read it from one of these, or pass it as an argument with concrete_args",
    )


def _may_change(kind: str, target: Target, kwargs: Mapping[str, object]) -> bool:
    """Return whether an operation without objects may change a tensor."""
    name = target if isinstance(target, str) else getattr(target, "__name__", "")
    if kind == "placeholder" or target is lookup:
        return False
    return kind == "call_module" or name.endswith("_") or bool({"out", "inplace"} & kwargs.keys())


def _nodes_in(value: object) -> list[Node]:
    found: dict[Node, None] = {}
    map_arg(cast("Argument", value), found.setdefault)
    return [*found]


@contextmanager
def _profiled(watch: Callable[..., None]) -> Generator[None]:
    """Call a function for each frame that starts in this thread."""
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield
    finally:
        sys.setprofile(before)
