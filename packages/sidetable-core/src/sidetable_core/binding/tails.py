"""The last element of every binding: a list that tells whose binding it is.

The list of a frame or an entry call starts with `OPEN` and is emptied when that ends; the list of
a binding that no frame owns never has it. After it come the holds of what `set` put in, which go
when the list is emptied. Contexts refer to the lists, so there is nothing else in them.
"""

from __future__ import annotations

from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias, cast, final

from .at_once import at_once
from .references import Reference
from .variables import Anchor

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextvars import Token

    from .variables import Variable

OPEN: Final = "open"

Tail: TypeAlias = list[object]

Binding: TypeAlias = tuple[*tuple[Reference, ...], Anchor, Tail]
"""What the indices mean in a context: a reference for each index, the anchor, then the tail.

The last two stand where references would, and can not be called, so a lookup just past the end
fails without a check of its own.
"""


def is_open(tail: Tail) -> bool:
    """Returns whether the frame or entry call whose tail it is still runs."""
    # One look: between two, another thread could end the frame.
    return OPEN in tail


@final
class FrameTail(Tail):
    """The tail of a frame's binding: also knows what the frame found, and what it binds now.

    It lets go of the token, and with it of the context, when the binding has been taken off.

    Attributes:
        binding: What the frame binds in its own context, for who has only its handle. None
            before and after.
    """

    __slots__ = ("_tokens", "binding")

    def __init__(self) -> None:
        super().__init__([OPEN])
        self._tokens: list[Token[object]] = []
        self.binding: Binding | None = None

    def put_in_place(self, variable: Variable, binding: Binding) -> None:
        """Binds the frame's binding, and keeps the token that takes it off again.

        One call in C does both: an interrupt that came between would lose the token.
        """
        self.binding = binding
        self._tokens.extend(map(variable.set, (binding,)))

    def close(self) -> None:
        """Ends the frame: lets go of what `set` put in, and of the binding."""
        self.clear()
        self.binding = None

    def take_off(self, variable: Variable) -> bool:
        """Binds what the frame found.

        Returns:
            Whether it is bound now. Not, if it was before, or belongs to another context.
        """
        # Held until it is over. `reset` drops what was bound before it caches what is bound now,
        # so a finalizer that binds in between would leave the cache pointing to what is gone.
        _replaced = variable.get(None)
        try:
            variable.reset(self._tokens[-1])
        except (IndexError, ValueError, RuntimeError):
            return False
        self._tokens.clear()
        return True

    def is_at_home(self, variable: Variable) -> bool:
        """Returns whether this is the context that it was put in place in, and not a copy.

        Only the token knows its context, and tells by what it does. So the binding is taken off
        and put back, by one call in C: nobody sees it gone, and nobody comes between.
        """
        bound: list[object] = []
        latest: Callable[[list[Token[object]]], Token[object]] = itemgetter(-1)
        try:
            at_once(
                partial(bound.extend, map(variable.get, (None,))),
                partial(any, map(variable.reset, map(latest, (self._tokens,)))),
                last=partial(self._tokens.__setitem__, slice(None), map(variable.set, bound)),
            )
        except (IndexError, ValueError, RuntimeError):
            return False
        return True

    def publishing(self, variable: Variable, binding: Binding) -> tuple[Callable[[], object], ...]:
        """Returns the steps, for `at_once`, that let the frame's handle find another binding.

        None where the binding is made in a copied context: there it is not the frame's.
        """
        if is_open(self) and self.is_at_home(variable):
            return (partial(setattr, self, "binding", binding),)
        return ()


def publishing(variable: Variable, binding: object) -> tuple[Callable[[], object], ...]:
    """Returns the steps, for `at_once`, that have to come with binding this in this context."""
    if type(binding) is tuple and isinstance(binding[-1], FrameTail):
        return binding[-1].publishing(variable, cast("Binding", binding))
    return ()


def innermost(variable: Variable) -> FrameTail | None:
    """Returns the tail of the frame whose binding the current context has, if it has one."""
    binding = variable.get(None)
    # Not `isinstance`: it would ask a dead proxy of registrations for its class.
    if type(binding) is tuple and isinstance(binding[-1], FrameTail):
        return binding[-1]
    return None


def settle(variable: Variable) -> FrameTail | None:
    """Takes off what frames that ended out of order left here; returns the innermost frame."""
    tail = innermost(variable)
    while tail is not None and not is_open(tail) and tail.take_off(variable):
        tail = innermost(variable)
    return tail
