"""One table's state, published in one step in which neither an interrupt nor a finalizer comes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, TypeAlias

from ._contexts import ALIVE, BOUND, Binding, Entry, Place, open_below
from ._parent import Constructor

Hold = Literal["weak", "frame"]
Step: TypeAlias = Callable[[], object]


class Whole(NamedTuple):
    """All that is registered, and all that is bound in this context; never changed."""

    constructors: dict[int, Constructor]
    hold: dict[int, Hold]
    keep_alive: list[object]
    bound: Mapping[int, Binding]


class Stepwise:
    """What publishes a table's state.

    Only where a call returns, or a loop goes round, can something come in between. So what must
    not be torn apart is one call of a function written in C that calls others.
    """

    _constructors: dict[int, Constructor]
    _hold: dict[int, Hold]
    _keep_alive: list[object]
    _place: Place

    def _whole(self) -> Whole:
        return Whole(self._constructors, self._hold, self._keep_alive, BOUND.get())

    def _bound_in(self, whole: Whole) -> Binding | None:
        return open_below(whole.bound.get(self._place.number))

    def _with(self, whole: Whole, binding: Binding | None) -> Whole:
        """Returns the same with another binding of this table's, and without what is left over."""
        bound = {number: each for number, each in whole.bound.items() if number in ALIVE}
        bound.pop(self._place.number, None)
        if binding is not None:
            bound[self._place.number] = binding
        return whole._replace(bound=MappingProxyType(bound))

    def _swap(self, old: Whole, new: Whole, *more: Step, entry: Entry | None = None) -> bool:
        """Publishes a state, unless the old one is not what there is any more.

        Args:
            old: What there was, which the caller holds until it is over.
            new: What there is to be.
            more: What else has to happen in the same step.
            entry: What gets the token of the context.

        Returns:
            Whether it was published.
        """
        same = map(operator.is_, map(operator.call, self._reads()), old)
        steps = [partial(setattr, self, name, value) for name, value in _named(new)]
        token = map(operator.call, [partial(BOUND.set, new.bound)])
        tokens: list[object] = []
        take = tokens.append if entry is None else partial(setattr, entry, "token")
        try:
            tokens.extend(
                chain(
                    map(_GOES_ON.__getitem__, same),
                    map(operator.call, (*steps, *more)),
                    map(take, token),
                )
            )
        except KeyError:
            return False
        return True

    def _is_here(self, entry: Entry) -> bool:
        """Tells whether an entry was entered in this context, and not in another one."""
        while True:
            bound, taken = BOUND.get(), entry.token
            if taken is None:
                return False
            same = map(operator.is_, map(operator.call, [BOUND.get]), [bound])
            reset = map(operator.call, [partial(BOUND.reset, taken)])
            token = map(operator.call, [partial(BOUND.set, bound)])
            try:
                list(
                    chain(
                        map(_GOES_ON.__getitem__, same),
                        reset,
                        map(partial(setattr, entry, "token"), token),
                    )
                )
            except KeyError:
                continue
            except ValueError:
                return False
            return True

    def _reads(self) -> tuple[Step, ...]:
        return (*(partial(getattr, self, name) for name in _NAMES), BOUND.get)


_NAMES: Final = ("_constructors", "_hold", "_keep_alive")
_GOES_ON: Final = MappingProxyType({True: None})
"""Raises KeyError for False: an `if` that is one call in C."""


def _named(whole: Whole) -> zip[tuple[str, object]]:
    return zip(_NAMES, whole, strict=False)
