"""A tracer with a table: what stands for an object, and the inputs of the graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import torch
from torch.fx import Tracer
from torch.fx.node import Node
from torch.fx.proxy import Proxy

from sidetable_core import SideTable
from sidetable_source import Source
from sidetable_source.errors import type_name

from .arguments import GraphInput, fresh_name
from .calls import lookup
from .finding import refuse_source
from .proxies import CarriedProxy


class TableTracer(Tracer):
    """Gives objects indices where the graph uses them, and its inputs names of their own."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Final = SideTable("graph")
        self.sources: Final[list[Source]] = []
        self.inputs: Final[list[GraphInput]] = []
        self._handle: Proxy | None = None
        self._names: Final[set[str]] = set()
        self._carried: Final[dict[Source, CarriedProxy]] = {}

    def carried(self, value: object, source: Source | None) -> CarriedProxy:
        """Returns the stand-in of an object: the same one each time its source is read.

        Args:
            value: The object. Kept for as long as the tracer is, and not by the graph.
            source: Its source; None if it has none, which is refused when the object is used.
        """
        is_module = issubclass(type(value), torch.nn.Module)
        kind = type_name(value)
        if source is None:
            return CarriedProxy(self, lambda: refuse_source(kind), is_module=is_module)
        proxy = self._carried.get(source)
        if proxy is None:
            proxy = CarriedProxy(self, lambda: self._look_up(value, source), is_module=is_module)
            self._carried[source] = proxy
        return proxy

    def _begin(self, taken: Iterable[str]) -> None:
        """Makes the handle the graph's first input, under a name that is not taken."""
        self._names.update(taken)
        self._handle = self._placeholder("handle")

    def _look_up(self, value: object, source: Source) -> Node:
        index = self.table.register_user_object(value, source, hold="frame")
        self.sources.append(source)
        return self.create_proxy("call_function", lookup, (self._handle, index), {}).node

    def _input(self, source: Source) -> Proxy:
        self.inputs.append(GraphInput(source))
        return self._placeholder(f"input_{source.name}")

    def _placeholder(self, name: str) -> Proxy:
        name = fresh_name(name, self._names)
        self._names.add(name)
        return self.create_proxy("placeholder", name, (), {})
