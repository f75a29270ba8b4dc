"""Faults in when constructors run, and how often they can."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sidetable_source import Codegen, Reconstructible, Source

from ._mutant import Mutant

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from ._parent import ConstructFn, Constructor, Kind


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


def _once(constructor: Constructor) -> Constructor:
    runs = [constructor]

    def run(codegen: Codegen) -> None:
        if runs:
            runs.pop()(codegen)

    return run


class ConstructFnIsTriedAtRegistration(Mutant):
    """A construct function is called at registration, to learn of its mistakes early."""

    caught_by = "constructor.lazy"
    through = "fact"
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
    through = "fact"

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        source.reconstruct(_Discard())
        return index


class CallablesAreTakenForFactories(Mutant):
    """A value that can be called is called at registration, to see what it makes."""

    caught_by = "constructor.lazy"
    through = "fact"

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        if callable(value):
            value()
        return index


class FirstCodegenIsRemembered(Mutant):
    """A constructor keeps the codegen of its first run, and writes all later ones into it too."""

    caught_by = "constructor.repeatable"
    through = "fact 2"
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
    """A constructor is a generator's next step, and only the first one does something."""

    caught_by = "constructor.repeatable"
    through = "fact 2"
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
            while True:
                yield

        started = steps()
        next(started)
        return started.send


class EnumeratedConstructorRunsOnce(Mutant):
    """Enumerating hands out constructors of which only the first run does something."""

    caught_by = "constructor.repeatable"
    through = "fact 2"

    @property
    def constructors(self) -> Mapping[int, Constructor]:
        return {index: _once(constructor) for index, constructor in self._constructors.items()}


class ConstructorTakesItselfOff(Mutant):
    """A constructor that has run is taken off the table, where nobody needs it any more."""

    caught_by = "constructor.repeatable"
    through = "fact 3"
    also = frozenset(
        {
            "constructor.failed-registration",
            "constructor.graph-created",
            "constructor.own-index",
            "constructor.survives",
            "set.replaces-one",
            "store.failure",
            "store.keeps-registrations",
        }
    )

    def _constructor(self, kind: Kind, index: int, construct_fn: ConstructFn) -> Constructor:
        def constructor(codegen: Codegen) -> None:
            construct_fn(index, codegen)
            self._constructors.pop(index, None)

        return constructor


class ConstructorEmptiesItsPlace(Mutant):
    """A constructor that has run is enumerated as one that does nothing."""

    caught_by = "constructor.repeatable"
    through = "fact 4"
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
        def constructor(codegen: Codegen) -> None:
            construct_fn(index, codegen)
            self._constructors[index] = lambda codegen: None

        return constructor


CONSTRUCTOR_RUNS_MUTANTS: Final[tuple[type[Mutant], ...]] = (
    ConstructFnIsTriedAtRegistration,
    SourceIsTriedAtRegistration,
    CallablesAreTakenForFactories,
    FirstCodegenIsRemembered,
    ConstructorIsUsedUp,
    EnumeratedConstructorRunsOnce,
    ConstructorTakesItselfOff,
    ConstructorEmptiesItsPlace,
)
