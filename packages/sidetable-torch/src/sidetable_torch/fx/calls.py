"""What a graph that carries objects calls: a lookup, and a method of what was looked up."""

from __future__ import annotations

from typing import cast

from torch.fx.node import has_side_effect
from torch.fx.proxy import Proxy

from sidetable_core import resolve


def lookup(handle: int, index: int) -> object:
    """Returns the object that an index means in the frame of a call.

    A graph that carries objects calls it with its first input, the handle. A tracer of PyTorch's
    that meets it in a graph records it.

    Args:
        handle: The handle of the call's frame.
        index: The index.

    Raises:
        StaleHandleError: If the frame has ended.
        UnknownHandleError: If no frame was ever given this handle.
        IndexNotRegisteredError: If the frame does not bind the index.

    Example:
        >>> import sidetable_core, sidetable_torch
        >>> table, names = sidetable_core.SideTable(), {"Bodø"}
        >>> with table.frame(names) as frame:
        ...     sidetable_torch.lookup(frame.handle, 0) is names
        True
    """
    proxy = recorder(handle)
    if proxy is not None:
        return proxy.tracer.create_proxy("call_function", lookup, (handle, index), {})
    return resolve(handle, index)


@has_side_effect
def call_method(value: object, method: str, /, *args: object, **kwargs: object) -> object:
    """Calls a method of an object that a graph carries.

    It stands in graphs in place of PyTorch's own node for a method, which passes take for free of
    side effects: removing dead code would remove the statement that writes a log. A tracer of
    PyTorch's that meets it in a graph records it.

    Args:
        value: The object.
        method: The name of the method.
        *args: What to call it with.
        **kwargs: The same, by keyword.

    Returns:
        What the method returns.

    Example:
        >>> import sidetable_torch
        >>> sidetable_torch.call_method([3, 1, 2], "index", 1)
        1
    """
    proxy = recorder(value)
    if proxy is not None:
        operands = (value, method, *args)
        return proxy.tracer.create_proxy(
            "call_function", call_method, operands, kwargs, name=method.strip("_")
        )
    return cast("object", getattr(value, method)(*args, **kwargs))


def recorder(value: object) -> Proxy | None:
    """Returns the value if it stands for one that a graph will make; asks it nothing."""
    return cast("Proxy", value) if issubclass(type(value), Proxy) else None
