"""The functions that a graph with objects calls."""

from __future__ import annotations

import operator
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable
from typing import Final, cast

import torch
from torch.fx.node import has_side_effect
from torch.fx.proxy import Proxy

from sidetable_core import resolve
from sidetable_source import unimplemented

# The operators that change what they are applied to, by the names that `ast` has for them.
SIGNS: Final = {
    "Add": "add",
    "BitAnd": "and",
    "BitOr": "or",
    "BitXor": "xor",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "LShift": "lshift",
    "MatMult": "matmul",
    "Mod": "mod",
    "Mult": "mul",
    "Pow": "pow",
    "RShift": "rshift",
    "Sub": "sub",
}
# The containers that a graph makes anew in each call, because an object is given them.
KINDS: Final[dict[str, Callable[..., object]]] = {
    kind.__name__: cast("Callable[..., object]", kind)
    for kind in (list, dict, set, deque, OrderedDict, bytearray)
}
_INPLACE: Final = {sign: getattr(operator, f"__i{name}__") for sign, name in SIGNS.items()}


def lookup(handle: int, index: int) -> object:
    """Return the object that an index means in the frame of a call.

    A graph that carries objects calls this with its first input, the handle. PyTorch's tracers
    record the call. A capture that would build the object in is refused.

    Args:
        handle: The handle of the call's frame.
        index: The index.

    Raises:
        StaleHandleError: If the frame has ended.
        UnknownHandleError: If no frame was ever given this handle.
        IndexNotRegisteredError: If the frame does not bind the index.
        Unsupported: If `torch.export`, `make_fx` or `torch.jit.trace` runs the graph.

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
    return _resolved(handle, index)


@torch.compiler.disable(  # type: ignore[no-untyped-call, untyped-decorator]  # PyTorch's has no types
    reason="sidetable_torch: the graph looks up an object in every call, and a compiled graph "
    "cannot hold one. Compile it without fullgraph=True: it breaks at each lookup and stays right. "
    "Or pass the object to a sidetable_torch.custom_op as a sidetable_torch.Carried"
)
def _resolved(handle: int, index: int) -> object:
    if _is_captured():
        unimplemented(
            gb_type="A lookup while a graph is captured",
            context=f"index {index}",
            explanation="The captured graph would keep this call's object, and use it in every "
            "call",
            hints=[
                "Capture the original function with sidetable_torch.trace_objects only",
                "For torch.export, pass the object to a sidetable_torch.custom_op as a Carried",
            ],
        )
    return resolve(handle, index)


def _is_captured() -> bool:
    return (
        torch.compiler.is_exporting()
        or torch._C._is_tracing()
        or torch._C._get_dispatch_mode(torch._C._TorchDispatchModeKey.PROXY) is not None
    )


@has_side_effect
def call_method(value: object, method: str, /, *args: object, **kwargs: object) -> object:
    """Call a method of an object that a graph carries.

    In graphs it replaces PyTorch's own node for a method, which passes take for free of side
    effects: removing dead code would remove the statement that writes a log. PyTorch's tracers
    record the call.

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
    if method == "__call__":  # of a class, this would be the method of its instances
        return cast("Callable[..., object]", value)(*args, **kwargs)
    return cast("object", getattr(value, method)(*args, **kwargs))


def after(value: object, done: object, /) -> object:
    """Return a value unchanged, once something else has been computed.

    Objects are used in the order of the code. Where nothing else in the graph says so, this does:
    what uses its result depends on what was done before.

    Args:
        value: The value.
        done: What has to be computed first. It is ignored.

    Example:
        >>> import sidetable_torch
        >>> sidetable_torch.after("value", "anything")
        'value'
    """
    for one in (value, done):
        proxy = recorder(one)
        if proxy is not None:
            return proxy.tracer.create_proxy("call_function", after, (value, done), {})
    return value


def container(kind: str, items: Iterable[object], limit: int | None, _done: object, /) -> object:
    """Return a new container: one that the traced code made and gave to an object.

    The object may keep or change it, so each call makes one, and records all that is done to it.

    Args:
        kind: The name of its class, one of `KINDS`.
        items: Its items; pairs for a dictionary.
        limit: The longest that a deque may become; None for no limit, and for other kinds.
        _done: What has to be computed first; it makes this container differ from others.
    """
    proxy = recorder(_done)  # what is in the container may hold itself, and is not looked into
    if proxy is not None:
        made = (kind, items, limit, _done)
        return proxy.tracer.create_proxy("call_function", container, made, {})
    return KINDS[kind](items) if limit is None else deque(items, limit)


def same(left: object, right: object, /) -> object:
    """Return whether two values are one object."""
    for one in (left, right):
        proxy = recorder(one)
        if proxy is not None:
            return proxy.tracer.create_proxy("call_function", same, (left, right), {})
    return left is right


def instance_of(value: object, kinds: object, /) -> object:
    """Return whether an object is an instance of a class, or of one of several."""
    for one in (value, kinds):
        proxy = recorder(one)
        if proxy is not None:
            return proxy.tracer.create_proxy("call_function", instance_of, (value, kinds), {})
    return isinstance(value, cast("type", kinds))


def unpacked(value: object, count: int, /) -> object:
    """Return the items of an object that the traced code unpacks into `count` variables."""
    proxy = recorder(value)
    if proxy is not None:
        return proxy.tracer.create_proxy("call_function", unpacked, (value, count), {})
    items = (*cast("tuple[object, ...]", value),)
    if len(items) != count:
        raise ValueError(f"expected {count} values to unpack, got {len(items)}")
    return items


def inplace(sign: str, value: object, other: object, /) -> object:
    """Return what `value += other` assigns, for the operator that `ast` calls `sign`."""
    for one in (value, other):
        proxy = recorder(one)
        if proxy is not None:
            return proxy.tracer.create_proxy("call_function", inplace, (sign, value, other), {})
    return cast("object", _INPLACE[sign](value, other))


def recorder(value: object) -> Proxy | None:
    """Return the value if it is a proxy, asking it nothing; None for anything else."""
    return cast("Proxy", value) if issubclass(type(value), Proxy) else None
