"""One table's state, published in one step in which neither an interrupt nor a finalizer comes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

from ._contexts import ALIVE, BOUND, Binding, Entry, open_below
from ._isolated import Hold, IsolatedTable
from ._parent import Constructor

Step: TypeAlias = Callable[[], object]


def at_once(*steps: Step) -> None:
    """Takes several steps, each a partial call of a function in C, with nothing in between."""
    taken: list[object] = []
    taken.extend(map(_CALL, steps))


class Whole(NamedTuple):
    """All that is registered, and all that is bound in this context; never changed."""

    constructors: dict[int, Constructor]
    hold: dict[int, Hold]
    keep_alive: list[object]
    bound: Mapping[int, Binding]


class Stepwise(IsolatedTable):
    """A table that publishes its state in one step.

    Only where a call returns, or a loop goes round, can something come in between. So what must
    not be torn apart is one call of a function written in C that calls others.
    """

    def _whole(self) -> Whole:
        return Whole._make((self._constructors, self._hold, self._keep_alive, BOUND.get()))

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
        there_is = chain(chain.from_iterable(map(_READ, (self,))), map(_CALL, _GET))
        update = partial(vars(self).update, zip(_NAMES, new, strict=False))
        tokens: list[object] = []
        take = tokens.append if entry is None else partial(setattr, entry, "token")
        try:
            tokens.extend(
                chain(
                    map(_GOES_ON, map(operator.is_, there_is, old)),
                    map(_CALL, (update, *more)),
                    map(take, map(BOUND.set, (new.bound,))),
                )
            )
        except KeyError:
            return False
        return True

    def _is_here(self, entry: Entry) -> bool:
        """Tells whether an entry was entered in this context, and not in another one."""
        while True:
            bound, token = BOUND.get(), entry.token
            if token is None:
                return False
            there_is: Iterator[object] = map(_CALL, _GET)
            same = map(operator.is_, there_is, (bound,))
            taken_off = map(BOUND.reset, (token,))
            take: Callable[[object], object] = partial(setattr, entry, "token")
            put_back = map(take, map(BOUND.set, (bound,)))
            taken: list[object] = []
            try:
                taken.extend(chain(map(_GOES_ON, same), taken_off, put_back))
            except KeyError:
                continue
            except ValueError:
                return False
            return True


_NAMES: Final = ("_constructors", "_hold", "_keep_alive")
_READ: Final = operator.attrgetter(*_NAMES)
_GET: Final = (BOUND.get,)
_CALL: Final[Any] = operator.call  # `map` can not be told what it calls
_GOES_ON: Final = {True: None}.__getitem__
"""Raises KeyError for False: an `if` that is one call in C."""
