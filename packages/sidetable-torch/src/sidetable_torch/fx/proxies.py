"""What stands for an object while a function is traced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from torch.fx.node import Node
from torch.fx.proxy import Proxy, TracerBase

from sidetable_source import unimplemented

from .calls import call_method

# Names that no object has: what is asked of a stand-in under any other is asked of the object.
_OWN: Final = frozenset({"node", "tracer", "_sidetable_make", "_sidetable_node", "_sidetable_root"})


class ObjectProxy(Proxy):
    """Stands for an object that is neither tensor nor constant: what is done to it is recorded.

    Methods are recorded as calls that no pass removes. What they return, attributes and items are
    objects too. Whatever a graph can not say is refused.
    """

    def __getattr__(self, name: str) -> ObjectAttribute:  # type: ignore[override]  # a child of it
        return ObjectAttribute(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _OWN:
            _refuse("An attribute of an object is set", name)
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        _refuse("An attribute of an object is deleted", name)

    def __getitem__(self, key: object) -> ObjectProxy:
        item: Proxy = super().__getitem__(key)  # type: ignore[misc]  # PyTorch sets it by name
        return ObjectProxy(item.node, self.tracer)

    def __setitem__(self, key: object, value: object) -> None:
        self._sidetable_call("__setitem__", key, value)

    def __delitem__(self, key: object) -> None:
        self._sidetable_call("__delitem__", key)

    def __call__(self, *args: object, **kwargs: object) -> Proxy:
        """Returns what stands for the result of calling the object."""
        return self._sidetable_call("__call__", *args, **kwargs)

    def keys(self) -> Proxy:
        """Returns what stands for the object's keys."""
        return self._sidetable_call("keys")

    def __enter__(self) -> NoReturn:
        _refuse("A `with` block on an object", "__enter__")

    def __exit__(self, *error: object) -> None:
        """Has to be there to be refused; never called."""

    def _sidetable_call(self, method: str, /, *args: object, **kwargs: object) -> Proxy:
        made = self.tracer.create_proxy(
            "call_function", call_method, (self, method, *args), kwargs, name=method.strip("_")
        )
        return self._sidetable_returned(made)

    def _sidetable_returned(self, made: Proxy) -> Proxy:
        return ObjectProxy(made.node, made.tracer)


class ObjectAttribute(ObjectProxy):
    """Stands for an attribute of an object; in the graph only if it is not just called."""

    def __init__(self, root: ObjectProxy, attr: str) -> None:
        self.tracer: TracerBase = root.tracer
        self._sidetable_root = (root, attr)
        self._sidetable_node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]  # made when it is asked for
        """The node that fetches the attribute."""
        if self._sidetable_node is None:
            operands = self._sidetable_root
            made = self.tracer.create_proxy("call_function", getattr, operands, {})
            self._sidetable_node = made.node
        return self._sidetable_node

    def __call__(self, *args: object, **kwargs: object) -> Proxy:
        """Returns what stands for the result of calling the method."""
        root, attr = self._sidetable_root
        return root._sidetable_call(attr, *args, **kwargs)


class CarriedProxy(ObjectProxy):
    """Stands for an object of the table; in the graph only if it is used.

    Args:
        tracer: The tracer.
        make: Puts the lookup into the graph.
        is_module: Whether it is a module of PyTorch's: what a call of it returns is a tensor.
    """

    def __init__(self, tracer: TracerBase, make: Callable[[], Node], *, is_module: bool) -> None:
        self.tracer: TracerBase = tracer
        self._sidetable_make = (make, is_module)
        self._sidetable_node: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]  # made when it is asked for
        """The node that looks the object up."""
        if self._sidetable_node is None:
            make, _ = self._sidetable_make
            self._sidetable_node = make()
        return self._sidetable_node

    def _sidetable_returned(self, made: Proxy) -> Proxy:
        _, is_module = self._sidetable_make
        return made if is_module else super()._sidetable_returned(made)


def _refuse(what: str, name: str) -> NoReturn:
    unimplemented(
        gb_type=what,
        context=name,
        explanation="A graph of torch.fx holds calls only, and this would be lost",
        hints=["Put it into a function of your own that is marked with torch.fx.wrap, and call it"],
    )
