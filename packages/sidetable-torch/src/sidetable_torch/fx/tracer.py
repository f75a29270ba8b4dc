"""The tracer: `torch.fx`'s own, and a table for what that one refuses."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Final, cast

import torch
from torch.fx import Graph, Tracer
from torch.fx.node import Argument
from torch.fx.proxy import Proxy

from sidetable_source import LocalSource, Source, unimplemented

from .arguments import (
    Given,
    GraphInput,
    Standing,
    given_arguments,
    is_carried,
    is_container,
    parts,
)
from .containers import attribute_of, changed
from .finding import find_source, module_sources
from .opaque import is_foreign
from .proxies import CarriedProxy
from .reading import forward_of, modules_read, reading
from .table_tracer import TableTracer


class ObjectTracer(TableTracer):
    """Traces like `torch.fx.Tracer`, and carries what that one refuses as indices of a table.

    What the traced function or module reads of its arguments' objects, of its attributes, of
    global variables and of variables that it closes over stays opaque if `is_opaque` says so: a
    stand-in is read, and what is done to it goes into the graph. Everything else runs while the
    function is traced, as with `torch.fx.Tracer`. An object that only turns up in a call is
    carried too, if its source is found.

    A tracer traces once. As with `torch.fx.Tracer`, no other thread may call modules meanwhile. It
    keeps the objects that it met; the graph and the table do not.

    Args:
        opaque: Types to keep opaque too: modules that are not to be traced into, first of all.
        transparent: Types to use as they are while tracing, such as that of a configuration.

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

    def __init__(self, *, opaque: Sequence[type] = (), transparent: Sequence[type] = ()) -> None:
        super().__init__()
        self.opaque: Final = tuple(opaque)
        self.transparent: Final = tuple(transparent)
        self._like: Callable[..., object] | None = None
        self._given: dict[str, object] = {}
        self._paths: Final[dict[torch.nn.Module, Source]] = {}

    def traced(self) -> FunctionType:
        """Returns the function that was traced, without its decorators; of a module, `forward`.

        Raises:
            AttributeError: If nothing has been traced.
        """
        if self._like is None:
            raise AttributeError("The tracer has traced nothing yet", name="traced", obj=self)
        return cast("FunctionType", self._like)

    def is_opaque(self, value: object) -> bool:
        """Returns whether what the traced code reads is kept opaque; to be overridden.

        By default: an instance of `opaque`, and of `transparent` never; a module of PyTorch's
        that the traced one does not have; anything that is neither data nor code.

        Args:
            value: What is read. Nothing of its own should be called.
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
        """Traces a module or function; see `torch.fx.Tracer.trace`.

        Args:
            root: The module or function.
            concrete_args: What to use for some arguments. A constant is built in, and checked by
                the graph. An object becomes an index, a container is taken apart, and what a graph
                can hold becomes an input.

        Returns:
            The graph. Its first input is the handle of the call's frame.

        Raises:
            Unsupported: If an object has no source, or a graph can not say what is done to it.
            TypeError: If `concrete_args` are not arguments.
        """
        if self._like is not None:
            unimplemented(
                gb_type="A tracer that has traced",
                context=self._like.__qualname__,
                explanation="The indices of one graph are numbered by one tracer",
                hints=["Make a new ObjectTracer for each graph"],
            )
        self._given = given_arguments(
            type(root).forward if isinstance(root, torch.nn.Module) else root,
            concrete_args,
            is_module=isinstance(root, torch.nn.Module),
        )
        with modules_read(self._read_attribute):
            graph = super().trace(root)
        # The graph is a plain one: what reads it again is not to carry anything anew.
        graph._tracer_cls = Tracer
        return graph

    def create_args_for_root(
        self,
        root_fn: Callable[..., object],
        is_module: bool,
        concrete_args: object = None,  # noqa: ARG002  # `trace` has kept them
    ) -> tuple[object, list[object]]:
        """Returns what to run and with what; see `torch.fx.Tracer.create_args_for_root`."""
        like = inspect.unwrap(root_fn)
        assert isinstance(like, FunctionType)  # noqa: S101  # PyTorch has looked
        self._like = like
        self._begin(like.__code__.co_varnames)
        if is_module:
            self._paths.update(module_sources(self.root, like))
        if root_fn is like:
            root_fn = reading(like, like, self._read)
        function, args = super().create_args_for_root(root_fn, is_module)
        return function, [arg.value if isinstance(arg, Standing) else arg for arg in args]

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
            if is_container(value):
                return Standing(parts(value, bare, self.carried, self._input))
            if is_carried(value):
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

    def create_arg(self, a: object) -> Argument:
        """Returns what a node holds for a value; see `torch.fx.Tracer.create_arg`."""
        if issubclass(type(a), Proxy):
            return cast("Proxy", a).node
        if self.is_opaque(a):
            return self._find(a).node
        try:
            return super().create_arg(a)
        except NotImplementedError:
            return self._find(a).node

    def call_module(
        self,
        m: torch.nn.Module,
        forward: Callable[..., object],
        args: tuple[object, ...],
        kwargs: dict[str, object],
    ) -> object:
        """Returns what a call of a module is traced to; see `torch.fx.Tracer.call_module`."""
        if self.is_opaque(m):
            return self._find(m)(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(
        self, attr: str, attr_val: object, parameter_proxy_cache: dict[str, Proxy]
    ) -> object:
        """Returns what reads a parameter, buffer or module; see `torch.fx.Tracer.getattr`."""
        if isinstance(attr_val, torch.nn.Module) and self.is_opaque(attr_val):
            return self._find(attr_val)
        return super().getattr(attr, attr_val, parameter_proxy_cache)

    def _read(self, value: object, source: Source | None) -> object:
        return changed(value, source, self._stand_in)

    def _stand_in(self, value: object, source: Source | None) -> object:
        return self.carried(value, source) if self.is_opaque(value) else value

    def _read_attribute(self, module: torch.nn.Module, name: str, value: object) -> object:
        source = self._paths.get(module)
        if source is None:
            return value
        function = forward_of(module, value) if name == "forward" else None
        if function is not None:
            return MethodType(reading(function, self.traced(), self._read), module)
        return self._read(value, attribute_of(source, name))

    def _find(self, value: object) -> CarriedProxy:
        code = ObjectTracer.trace.__code__
        source = find_source(value, self.traced(), self._paths, self.transparent, code)
        return self.carried(value, source)
