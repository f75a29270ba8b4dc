"""Faults in when constructors run, how often they can, and how long they are there."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from sidetable_source import Codegen, Reconstructible, Source

from ._mutant import Mutant

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from ._parent import ConstructFn, Constructor, Edition, Kind, Reference


class _Discard(Codegen):
    """A codegen that throws away what is written into it."""

    def __call__(self, source: Reconstructible) -> None: ...
    def load_local(self, name: str) -> None: ...
    def load_closure(self, name: str) -> None: ...
    def load_global(self, name: str) -> None: ...
    def load_const(self, value: object) -> None: ...
    def load_import(self, module: str) -> None: ...
    def get_attr(self, member: str) -> None: ...
    def get_item(self) -> None: ...
    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None: ...


class ConstructFnIsTriedAtRegistration(Mutant):
    """A construct function is called at registration, to learn of its mistakes early."""

    caught_by = "constructor.lazy"
    also = frozenset({"constructor.repeatable"})

    def register_graph_created_object(
        self, example_value: object, construct_fn: ConstructFn
    ) -> int:
        index = super().register_graph_created_object(example_value, construct_fn)
        construct_fn(index, _Discard())
        return index


class SourceIsTriedAtRegistration(Mutant):
    """A source is told to write itself at registration, to see that it can."""

    caught_by = "constructor.lazy"

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        source.reconstruct(_Discard())
        return index


class CallablesAreTakenForFactories(Mutant):
    """A value that can be called is called at registration, to see what it makes."""

    caught_by = "constructor.lazy"

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        if callable(value):
            value()
        return index


class FirstCodegenIsRemembered(Mutant):
    """A constructor keeps the codegen of its first run, and writes all later ones into it too."""

    caught_by = "constructor.repeatable"
    also = frozenset(
        {
            "constructor.graph-created",
            "constructor.own-index",
            "constructor.survives",
            "set.replaces-one",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        codegens: list[Codegen] = []

        def constructor(codegen: Codegen) -> None:
            codegens.append(codegen)
            construct_fn(index, codegens[0])

        return constructor


class ConstructorIsUsedUp(Mutant):
    """A constructor is a generator's next step, and there is only one."""

    caught_by = "constructor.repeatable"
    also = frozenset(
        {
            "constructor.graph-created",
            "constructor.own-index",
            "constructor.survives",
            "set.replaces-one",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        def steps() -> Generator[None, Codegen, None]:
            construct_fn(index, (yield))
            yield

        started = steps()
        next(started)
        return started.send


def _once(constructor: Constructor) -> Constructor:
    runs = [constructor]

    def run(codegen: Codegen) -> None:
        runs.pop()(codegen)

    return run


class EnumeratedConstructorRunsOnce(Mutant):
    """Enumerating hands out constructors that are used up by their first run."""

    caught_by = "constructor.repeatable"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: _once(constructor) for index, constructor in self._constructors.items()}


class StoreForgetsTheConstructors(Mutant):
    """A store clears the constructors, which have done their work by then."""

    caught_by = "constructor.survives"
    also = frozenset(
        {
            "constructor.in-index-order",
            "present.ignores-bindings",
            "set.replaces-one",
            "store.keeps-registrations",
        }
    )

    def store(self, *objects: object) -> None:
        super().store(*objects)
        self._constructors.clear()


class LookupForgetsTheConstructor(Mutant):
    """An index that was looked up needs no constructor any more, and loses it."""

    caught_by = "constructor.survives"
    also = frozenset({"lookup.repeatable", "set.replaces-one"})

    def get(self, index: int) -> object:
        value = super().get(index)
        self._constructors.pop(index, None)
        return value


class DeathForgetsTheConstructor(Mutant):
    """The constructor goes with the object that was seen at registration."""

    caught_by = "constructor.survives"
    also = frozenset({"present.ignores-death"})

    def __init__(self, edition: Edition) -> None:
        super().__init__(edition)
        self._watched: list[Reference] = []

    def _bind_registered(self, index: int, reference: Reference) -> None:
        super()._bind_registered(index, reference)
        forget = self._constructors.pop
        self._watched.append(weakref.ref(reference(), lambda _: forget(index, None)))

    def reset(self) -> None:
        super().reset()
        self._watched.clear()


class ResetKeepsTheConstructors(Mutant):
    """Reset clears the objects and leaves the code that fetches them."""

    caught_by = "constructor.survives"
    also = frozenset({"present.false-when-empty", "reset.forgets-everything"})

    def reset(self) -> None:
        constructors = self._constructors.copy()
        super().reset()
        self._constructors.update(constructors)


CONSTRUCTOR_LIFE_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ConstructFnIsTriedAtRegistration,
    SourceIsTriedAtRegistration,
    CallablesAreTakenForFactories,
    FirstCodegenIsRemembered,
    ConstructorIsUsedUp,
    EnumeratedConstructorRunsOnce,
    StoreForgetsTheConstructors,
    LookupForgetsTheConstructor,
    DeathForgetsTheConstructor,
    ResetKeepsTheConstructors,
)
