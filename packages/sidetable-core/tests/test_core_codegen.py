"""The codegen that writes syntax trees: its verbs, and what they refuse."""

from __future__ import annotations

import ast
import gc
import linecache

import pytest

from sidetable_core import AstCodegen, Scope, SideTable
from sidetable_source import (
    Codegen,
    CodegenError,
    ImportSource,
    LocalSource,
    Source,
)


class Thing:
    """An object that can be weakly referenced."""


def like(x, y):
    """The function that code here is written for."""


@pytest.fixture
def codegen():
    """A codegen for `like`."""
    return AstCodegen(Scope(like))


def written(codegen):
    """The text of what was written."""
    return ast.unparse(codegen.finish())


def test_each_verb(codegen):
    """Each verb writes what it says."""
    codegen.load_global("zip")
    codegen.load_local("x")
    codegen.get_attr("items")
    codegen.load_local("y")
    codegen.load_const("a")
    codegen.get_item()
    codegen.load_const(True)
    codegen.call(2, ("strict",))
    assert written(codegen) == "zip(x.items, y['a'], strict=True)"


def test_import(codegen):
    """A module is imported when the code runs."""
    codegen(ImportSource("os.path").attr("join"))
    assert written(codegen) == "import_module('os.path').join"


def test_codegen_follows_the_protocol(codegen):
    """The codegen has every verb of the protocol."""
    verbs = {name for name in vars(Codegen) if not name.startswith("_")}
    assert len(verbs) == 8
    assert all(callable(getattr(codegen, verb)) for verb in verbs)


def test_finish_starts_again(codegen):
    """What was written before is not part of what is written next."""
    codegen.load_local("x")
    assert written(codegen) == "x"
    codegen.load_local("y")
    assert written(codegen) == "y"


def test_failed_finish_starts_again(codegen):
    """A wrong stack does not stay."""
    codegen.load_local("x")
    codegen.load_local("x")
    with pytest.raises(CodegenError, match="2 values"):
        codegen.finish()
    codegen.load_local("y")
    assert written(codegen) == "y"


class Wrong(Source):
    """A source that writes what it is told."""

    def __init__(self, write):
        self._write = write

    def reconstruct(self, codegen):
        """Writes."""
        self._write(codegen)


def test_how_much_a_source_writes_is_told_without_what_was_there(codegen):
    """The values below are not the source's."""
    codegen.load_local("x")
    with pytest.raises(CodegenError, match="wrote 2 values"):
        codegen(Wrong(MISUSES["two values"]))


MISUSES = {
    "nothing": lambda c: None,
    "two values": lambda c: (c.load_local("x"), c.load_local("y")),
    "attribute of nothing": lambda c: c.get_attr("a"),
    "item of nothing": lambda c: c.get_item(),
    "item without key": lambda c: (c.load_local("x"), c.get_item()),
    "call of nothing": lambda c: c.call(0),
    "call without arguments": lambda c: (c.load_local("x"), c.call(1)),
    "call without keyword values": lambda c: (c.load_local("x"), c.call(0, ("a",))),
    "fewer arguments than none": lambda c: (c.load_local("x"), c.call(-1)),
    "fewer arguments than keywords": lambda c: (
        c.load_local("x"),
        c.load_local("x"),
        c.call(-1, ("a",)),
    ),
    "number of arguments that is none": lambda c: (c.load_local("x"), c.call("1")),
    "number of arguments that is a bool": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(True),
    ),
    "keyword twice": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.load_local("y"),
        c.call(0, ("a", "a")),
    ),
    "keyword that is no name": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(0, ("a b",)),
    ),
    "keyword that is a keyword": lambda c: (
        c.load_local("x"),
        c.load_local("y"),
        c.call(0, ("if",)),
    ),
    "unknown local": lambda c: c.load_local("z"),
    "local that is no name": lambda c: c.load_local(5),
    "unknown closure variable": lambda c: c.load_closure("x"),
    "global that is no name": lambda c: c.load_global("x; import os"),
    "global that is a keyword": lambda c: c.load_global("None"),
    "global that is no text": lambda c: c.load_global(None),
    "attribute that is no name": lambda c: (c.load_local("x"), c.get_attr("a b")),
    "two attributes at once": lambda c: (c.load_local("x"), c.get_attr("a.b")),
    "attribute that is another name": lambda c: (c.load_local("x"), c.get_attr("ﬁ")),
    "constant that is none": lambda c: c.load_const([1]),
    "constant of a subclass": lambda c: c.load_const(type("I", (int,), {})(5)),
    "module that is no name": lambda c: c.load_import("os; import sys"),
    "relative module": lambda c: c.load_import(".os"),
    "module that is no text": lambda c: c.load_import(5),
    "source that is text": lambda c: c("x.y"),
    "source that is a class": lambda c: c(LocalSource),
    "source that writes nothing": lambda c: c(Wrong(lambda c: None)),
    "source that writes two values": lambda c: c(Wrong(MISUSES["two values"])),
    "source that takes what was there": lambda c: (
        c.load_local("x"),
        c(Wrong(lambda c: c.get_attr("a"))),
    ),
}


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_is_a_clear_error(misuse):
    """What cannot be written is a CodegenError that names the index, and leaves nothing."""
    table, texts = SideTable(), set(linecache.cache)
    table.register_user_object(Thing(), LocalSource("x"))
    table.register_graph_created_object(Thing(), lambda index, codegen: MISUSES[misuse](codegen))
    with pytest.raises(CodegenError, match="index 1"):
        table.entry(print, like=like)
    gc.collect()
    assert {name for name in linecache.cache if "sidetable" in name} <= texts


@pytest.mark.parametrize("misuse", MISUSES)
def test_misuse_in_a_source_is_a_clear_error(misuse):
    """The same for a source kind of somebody else's."""
    table = SideTable()
    table.register_user_object(Thing(), Wrong(MISUSES[misuse]))
    with pytest.raises(CodegenError, match="index 0"):
        table.entry(print, like=like)


def test_errors_of_names_tell_the_names_that_there_are(codegen):
    """The error says which function lacks the name, and what it has."""
    with pytest.raises(CodegenError) as caught:
        codegen(LocalSource("missing"))
    for fact in ("like", "missing", "x, y"):
        assert fact in str(caught.value)
    with pytest.raises(CodegenError, match="none"):
        codegen.load_closure("x")


def test_refused_verb_takes_nothing_from_the_stack(codegen):
    """After an error the stack is as before, and can be used."""
    codegen.load_local("x")
    for refused in (
        codegen.get_item,
        lambda: codegen.get_attr("a b"),
        lambda: codegen.call(1),
        lambda: codegen.call(0, ("if",)),
    ):
        with pytest.raises(CodegenError):
            refused()
    codegen.get_attr("a")
    assert written(codegen) == "x.a"


def test_global_behind_a_parameter(codegen):
    """A global that a parameter hides is asked for by its name."""
    codegen.load_global("x")
    assert written(codegen) == "load_global('x')"
