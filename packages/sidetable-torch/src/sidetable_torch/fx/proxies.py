"""The stand-ins that a trace gives the user's code instead of objects."""

from __future__ import annotations

import linecache
import sys
import sysconfig
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Final, NoReturn

import torch
from torch.fx.node import Node
from torch.fx.proxy import Proxy

import sidetable_core
import sidetable_source
from sidetable_source import unimplemented

from .calls import SIGNS

if TYPE_CHECKING:
    from .tracer import ObjectTracer

# Directories whose code is nobody's model: Python's own, PyTorch's, numpy's and this package's.
_STDLIB: Final = str(Path(sysconfig.get_path("stdlib"))) + "/"
_TORCH: Final = str(Path(torch.__file__).parent) + "/"
_OWN_CODE: Final = (
    str(Path(__file__).parents[1]) + "/",
    str(Path(sidetable_core.__file__).parent) + "/",
    str(Path(sidetable_source.__file__).parent) + "/",
)
# What to do, where something is refused in several places.
NAME_IT: Final = (
    "Read it from a global variable, a module's attribute or a closure variable, or pass it as an "
    "argument with concrete_args"
)
WRAP: Final = (
    "Move this into a function that you mark with torch.fx.wrap, and call that with the object"
)
TRANSPARENT: Final = (
    "If every call may use the value that it has while tracing, list its type in "
    "ObjectTracer(transparent=[...])"
)
# What a stand-in has for itself.
_OWN: Final = frozenset({"node", "tracer", "_sidetable_of", "_sidetable_value"})


def refuse(what: str, context: str, why: str, *hints: str) -> NoReturn:
    """Raise `Unsupported`, with the place in the user's code.

    Args:
        what: The constant name of the case.
        context: What was met.
        why: Why a graph cannot hold it.
        *hints: What to do.

    Raises:
        Unsupported: Always.
    """
    place = place_of(sys._getframe(1))
    where = f"{place}: {why}" if place else why
    unimplemented(gb_type=what, context=context, explanation=where, hints=hints)


def place_of(frame: FrameType | None) -> str:
    """Return the innermost running line of the user's, in readable form."""
    while frame is not None and not is_users(frame.f_code, frame.f_globals):
        frame = frame.f_back
    if frame is None:
        return ""
    code = frame.f_code
    line = linecache.getline(code.co_filename, frame.f_lineno, frame.f_globals).strip()
    text = f", {line!r}" if line else ""
    return f"In {code.co_qualname} ({code.co_filename}:{frame.f_lineno}{text})"


def is_users(code: CodeType, namespace: Mapping[str, object]) -> bool:
    """Return whether code is neither Python's own, PyTorch's, nor this package's."""
    filename = code.co_filename
    if filename.startswith("<"):  # generated code is of the module that it was generated in
        name = str(namespace.get("__name__"))
        if name.startswith("namedtuple_"):
            return False
        module = sys.modules.get(name)
        if module is not None and vars(module) is namespace:
            filename = getattr(module, "__file__", None) or filename
    return library_of(filename) == ""


def library_of(filename: str) -> str:
    """Return whose a file is: "torch", "python", "own"; "" for the user's and their libraries'."""
    if filename.startswith(_TORCH):
        return "torch"
    if filename.startswith(_OWN_CODE):
        return "own"
    if filename.startswith("<frozen "):
        return "python"
    if filename.startswith(_STDLIB) and "/site-packages/" not in filename:
        return "python"
    return "python" if "/site-packages/numpy/" in filename else ""


class ObjectProxy(Proxy):
    """A stand-in for an object that is neither tensor nor constant; it records what is done to it.

    Methods are recorded as calls that no pass removes. Their results, attributes and items are
    objects too. What a graph cannot express is refused.
    """

    tracer: ObjectTracer

    @property  # type: ignore[misc]  # Python asks it for isinstance
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
        """Refuse to say what the object is, except to PyTorch, which asks everything it meets."""
        frame = sys._getframe(1)
        if is_users(frame.f_code, frame.f_globals):
            self._sidetable_refuse("isinstance", "Its type is not known while tracing")
        return type(self)

    def __getattr__(self, name: str) -> ObjectProxy:  # type: ignore[override]  # a child of it
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)  # PyTorch and Python ask for what they may use
        return self.tracer.attribute(self, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in _OWN:
            refuse(
                "An attribute of an object is set",
                name,
                f"A graph holds only calls, and cannot set {self.tracer.describe(self)}.{name}",
                WRAP,
            )
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        refuse(
            "An attribute of an object is deleted",
            name,
            f"A graph holds only calls, and cannot delete {self.tracer.describe(self)}.{name}",
            WRAP,
        )

    def __setitem__(self, key: object, value: object) -> None:
        self.tracer.method(self, "__setitem__", (key, value), {})

    def __delitem__(self, key: object) -> None:
        self.tracer.method(self, "__delitem__", (key,), {})

    def __call__(self, *args: object, **kwargs: object) -> Proxy:
        """Return a stand-in for the result of calling the object."""
        return self.tracer.method(self, "__call__", args, kwargs)

    def keys(self) -> Proxy:
        """Return a stand-in for the object's keys."""
        return self.tracer.method(self, "keys", (), {})

    def __iter__(self) -> NoReturn:
        self._sidetable_refuse("iter", "Its number of items is not known while tracing")

    def __enter__(self) -> NoReturn:
        refuse(
            "A `with` block on an object",
            "__enter__",
            f"If the graph raises, nothing would leave the block of {self.tracer.describe(self)}",
            WRAP,
        )

    def __exit__(self, *error: object) -> None:
        """Do nothing: Python asks for this method before `__enter__` refuses."""

    def _sidetable_refuse(self, asked: str, why: str) -> NoReturn:
        self.tracer.check_open()
        refuse(
            f"{asked} of an object",
            self.tracer.describe(self),
            f"{asked} of {self.tracer.describe(self)} would get the stand-in's answer, not the "
            f"object's. {why}",
            WRAP,
            TRANSPARENT,
        )


class ObjectAttribute(ObjectProxy):
    """A stand-in for an attribute that is called next: reading and calling become one call.

    If anything else is done first, the attribute is fetched before that, as in the code.
    """

    def __init__(self, tracer: ObjectTracer, root: ObjectProxy, name: str) -> None:
        self.tracer = tracer
        self._sidetable_of = (root, name)
        self._sidetable_value: Node | None = None

    @property
    def node(self) -> Node:  # type: ignore[override]  # made when it is asked for
        """The node that fetches the attribute."""
        if self._sidetable_value is None:
            root, name = self._sidetable_of
            self._sidetable_value = self.tracer.attribute(root, name).node
        return self._sidetable_value

    def __call__(self, *args: object, **kwargs: object) -> Proxy:
        """Return a stand-in for the result of calling the method."""
        root, name = self._sidetable_of
        if self._sidetable_value is None:
            self.tracer.drop_pending()
            return self.tracer.method(root, name, args, kwargs)
        return super().__call__(*args, **kwargs)


class CarriedProxy(ObjectProxy):
    """A stand-in for an object of the table; in the graph only if it is used.

    Args:
        tracer: The tracer.
        make: Puts the lookup into the graph.
        value: The object that was met while tracing.
        name: Where it comes from, for messages.
    """

    def __init__(
        self, tracer: ObjectTracer, make: Callable[[], Node], value: object, name: str
    ) -> None:
        self.tracer = tracer
        self._sidetable_of = (make, name)
        self._sidetable_value = (value,)

    @property
    def node(self) -> Node:  # type: ignore[override]  # made when it is asked for
        """The node that looks the object up."""
        make, _ = self._sidetable_of
        return make()


def _refusing(asked: str, why: str) -> Callable[..., NoReturn]:
    def refusing(self: ObjectProxy, *_: object) -> NoReturn:
        self._sidetable_refuse(asked, why)

    refusing.__name__ = asked
    return refusing


# What Python asks of a value, and what would be the answer of the stand-in.
_ASKED: Final = {
    "__bool__": "Tracing decides which branch the code takes",
    "__len__": "Its number of items is not known while tracing",
    "__contains__": "Tracing decides which branch the code takes",
    "__hash__": "Tracing decides which items a set or dictionary has",
    **dict.fromkeys(
        ("__str__", "__repr__", "__format__", "__bytes__", "__fspath__"),
        "Its text is not known while tracing",
    ),
    **dict.fromkeys(
        (
            *("__int__", "__float__", "__complex__", "__index__", "__round__"),
            *("__trunc__", "__floor__", "__ceil__"),
        ),
        "Its value is not known while tracing",
    ),
    **dict.fromkeys(
        ("__reversed__", "__next__", "__aiter__", "__anext__", "__await__", "__dir__"),
        "Its result is not known while tracing",
    ),
    **dict.fromkeys(
        ("__copy__", "__deepcopy__", "__reduce__", "__reduce_ex__", "__getstate__"),
        "Each call has to make its own copy",
    ),
    **dict.fromkeys(
        ("__divmod__", "__rdivmod__", "__instancecheck__", "__subclasscheck__"),
        "Its value is not known while tracing",
    ),
    # Rewritten code asks the hooks, and this is the code of a library.
    **dict.fromkeys((f"__i{name}__" for name in SIGNS.values()), "It may change the object"),
    "__aenter__": "A graph cannot wait",
    "__aexit__": "A graph cannot wait",
}
for _name, _why in _ASKED.items():
    setattr(ObjectProxy, _name, _refusing(_name.strip("_"), _why))
