"""A user object's constructor calls `codegen(source)` once, with the very source that was
registered, and writes nothing else.

Why:
    The codegen may cache a source, guard on it or write it in its own way, and can do so only if it
    is handed the source whole, and once.

Example:
    >>> table, written = SideTable(), []
    >>> _ = table.register_user_object(pool, source)
    >>> table.constructors[0](written.append)
    >>> len(written), written[0] is source
    (1, True)

Causes:
    * `source.reconstruct(codegen)` is called, past the codegen.
    * The source is copied, or built again from its name.
    * The source is written twice, or something is written beside it.
"""

import copy

from sidetable_conformance.bench import FACT, Bench
from sidetable_conformance.objects import Thing
from sidetable_conformance.registering import writes_source
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables.core import USER_OBJECT, CorrectTable
from sidetable_source import (
    ClosureSource,
    Codegen,
    ConstantSource,
    GlobalSource,
    ImportSource,
    LocalSource,
    Source,
)

rule: Rule = Rule("constructor.user-object", CORE)


@rule.check(FACT)
def user_object(bench: Bench) -> None:
    """`codegen(source)` is called once, with the registered source itself, not an equal one."""
    thing = Thing("user object")
    for source in _sources():
        table = bench.fresh()
        index = table.register_user_object(thing, source)
        writes_source(bench, table, index, source, f"with the source {source.name}")


def _sources() -> tuple[Source, ...]:
    """Sources of every kind, among them equal ones that are not the same."""
    return (
        LocalSource("value"),
        LocalSource("value"),
        ClosureSource("value"),
        GlobalSource("value"),
        ConstantSource(None),
        ConstantSource(0),
        ImportSource("os.path"),
        LocalSource("self").attr("pool"),
        LocalSource("self").item("main"),
        GlobalSource("make").call(1, key="main"),
    )


# Faulty tables, which the check has to notice.


@rule.fault
class SourceIsWrittenTwice(CorrectTable):
    """The source is written once to see how deep it goes, and once more for its value."""

    def register_user_object(self, value: object, source: Source) -> int:
        def write(index: int, codegen: Codegen) -> None:
            codegen(source)
            codegen(source)

        return self._register(USER_OBJECT, value, write)


@rule.fault
class SourceIsReconstructedDirectly(CorrectTable):
    """The source is told to write itself, past the codegen that may want to cache it."""

    def register_user_object(self, value: object, source: Source) -> int:
        return self._register(
            USER_OBJECT, value, lambda index, codegen: source.reconstruct(codegen)
        )


@rule.fault
class SourceIsCopied(CorrectTable):
    """A copy of the source is kept, and the codegen does not see the one that was registered."""

    def register_user_object(self, value: object, source: Source) -> int:
        return super().register_user_object(value, copy.copy(source))


@rule.fault
class UserObjectHasNoConstructor(CorrectTable):
    """A user object gets no constructor, since its owner has it at hand."""

    def register_user_object(self, value: object, source: Source) -> int:
        index = super().register_user_object(value, source)
        del self._constructors[index]
        return index
