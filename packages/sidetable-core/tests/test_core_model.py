"""Random sequences of operations in one context, against a model that is easy to believe."""

from __future__ import annotations

from contextvars import Context
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from sidetable_core import SideTable
from sidetable_source import (
    FrameError,
    IndexNotRegisteredError,
    LocalSource,
    NoBindingError,
    ObjectNotAliveError,
    SideTableError,
    Unsupported,
)

SOURCE = LocalSource("x")
HANDS = 4


class Thing:
    """An object that can be weakly referenced; each has a number of its own."""

    def __init__(self, number):
        self.number = number


class Binding(dict):
    """What a store or frame bound: for each index, a number and whether the binding owns it."""


class Trace:
    """The binding that registering makes: it follows the registrations until they are reset."""

    def __init__(self, registered):
        self.registered = registered


class Model:
    """What a table of edition 2026.11 does, said in another way.

    Objects are numbers. `hands` are those that the test holds; the rest is the table's.
    """

    def __init__(self, hands):
        self.hands, self.registered, self.kept = hands, [], []
        self.binding, self.frames = None, []

    def bound(self):
        """For each bound index, a number and whether the binding owns the object."""
        if isinstance(self.binding, Trace):
            registered = enumerate(self.binding.registered)
            return {index: (number, False) for index, (number, hold) in registered if not hold}
        return dict(self.binding or {})

    def alive(self, number):
        """Whether somebody holds the object."""
        bindings = [self.binding, *(found for found, _ in self.frames)]
        owned = [
            number
            for binding in bindings
            if isinstance(binding, Binding)
            for number, owns in binding.values()
            if owns
        ]
        held = [number for _, numbers in self.frames for number in numbers]
        return number in [*self.hands, *self.kept, *owned, *held]

    def get(self, index):
        """The number that is found, or the error."""
        bound = self.bound()
        if index in bound:
            number, _ = bound[index]
            return number if self.alive(number) else ObjectNotAliveError
        if self.binding is None or 0 <= index < len(self.registered):
            return NoBindingError
        return IndexNotRegisteredError

    def register(self, number, *, hold=False, keep=False):
        """Registers an object."""
        index = len(self.registered)
        if self.frames and index in self.bound():
            return FrameError
        self.registered.append((number, hold))
        self.kept += [number] * keep
        if not isinstance(self.binding, Binding):
            self.binding = Trace(self.registered)
        elif hold:
            self.binding.pop(index, None)
        else:
            self.binding[index] = number, False
        return index

    def store(self, numbers):
        """Replaces the binding."""
        self.binding = Binding((index, (number, False)) for index, number in enumerate(numbers))

    def put_in(self, index, number):
        """Sets one index."""
        bound = self.bound()
        if index not in bound and not 0 <= index < len(self.registered):
            return IndexNotRegisteredError
        self.binding = Binding(bound | {index: (number, True)})
        return None

    def reset(self):
        """Ends the registrations, and the binding where no frame is open."""
        self.registered.clear()
        self.registered, self.kept = [], []
        if not self.frames:
            self.binding = None

    def enter(self, numbers):
        """Enters a frame."""
        self.frames.append((self.binding, numbers))
        self.store(numbers)

    def leave(self):
        """Leaves the innermost frame."""
        self.binding, _ = self.frames.pop()
        if isinstance(self.binding, Trace) and self.binding.registered is not self.registered:
            self.binding = None


class Pair:
    """A table and its model, to which the same is done."""

    def __init__(self):
        self.numbers = count()
        self.things = [Thing(next(self.numbers)) for _ in range(HANDS)]
        self.table, self.frames = SideTable(), []
        self.model = Model([thing.number for thing in self.things])

    def outcome(self, call, *arguments, **options):
        """What a call on the table returns, or the class of the error."""
        try:
            return call(*arguments, **options)
        except SideTableError as error:
            return type(error)

    def check(self):
        """Compares all that can be seen."""
        for index in range(-1, 9):
            found = self.outcome(self.table.get, index)
            found = found.number if isinstance(found, Thing) else found
            assert found == self.model.get(index), index
        assert len(self.table.constructors) == len(self.model.registered)
        assert self.table.has_user_objects() == bool(self.model.registered)
        assert f"{len(self.model.registered)} registered" in self.table.describe()

    def register(self, hand):
        """Registers a user object."""
        thing = self.things[hand]
        index = self.outcome(self.table.register_user_object, thing, SOURCE)
        assert index == self.model.register(thing.number)

    def register_held(self, hand):
        """Registers a user object that frames hold."""
        thing = self.things[hand]
        index = self.outcome(self.table.register_user_object, thing, SOURCE, hold="frame")
        assert index == self.model.register(thing.number, hold=True)

    def register_graph_created(self, hand):
        """Registers an object that the graph makes."""
        thing = self.things[hand]
        index = self.outcome(self.table.register_graph_created_object, thing, print)
        assert index == self.model.register(thing.number, keep=True)

    def register_in_vain(self, hand):
        """Fails to register."""
        assert self.outcome(self.table.register_user_object, hand, SOURCE) is Unsupported

    def store(self, *hands):
        """Stores."""
        self.table.store(*(self.things[hand] for hand in hands))
        self.model.store([self.things[hand].number for hand in hands])

    def put_in(self, index, hand):
        """Sets one index."""
        thing = self.things[hand]
        done = self.outcome(self.table.set, index, thing)
        assert done == self.model.put_in(index, thing.number)

    def reset(self):
        """Resets."""
        self.table.reset()
        self.model.reset()

    def drop(self, hand):
        """Lets go of an object, and takes another in hand."""
        self.things[hand] = Thing(next(self.numbers))
        self.model.hands[hand] = self.things[hand].number

    def enter(self, *hands):
        """Enters a frame."""
        self.frames.append(self.table.frame(*(self.things[hand] for hand in hands)).__enter__())
        self.model.enter([self.things[hand].number for hand in hands])

    def leave(self):
        """Leaves the innermost frame, if one is open."""
        if self.frames:
            self.frames.pop().__exit__(None, None, None)
            self.model.leave()


HAND = st.integers(0, HANDS - 1)
STEPS = st.one_of(
    st.tuples(st.just(Pair.register), HAND),
    st.tuples(st.just(Pair.register_held), HAND),
    st.tuples(st.just(Pair.register_graph_created), HAND),
    st.tuples(st.just(Pair.register_in_vain), HAND),
    st.lists(HAND, max_size=4).map(lambda hands: (Pair.store, *hands)),
    st.tuples(st.just(Pair.put_in), st.integers(-1, 5), HAND),
    st.tuples(st.just(Pair.reset)),
    st.tuples(st.just(Pair.drop), HAND),
    st.lists(HAND, max_size=3).map(lambda hands: (Pair.enter, *hands)),
    st.tuples(st.just(Pair.leave)),
)


@given(st.lists(STEPS, max_size=25))
def test_table_does_what_its_model_does(steps):
    """Whatever is done, a table and its model find the same, and die alike."""

    def work():
        pair = Pair()
        for step, *arguments in steps:
            step(pair, *arguments)
            pair.check()
        while pair.frames:
            pair.leave()
            pair.check()

    Context().run(work)
