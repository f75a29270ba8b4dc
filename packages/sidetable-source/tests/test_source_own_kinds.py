"""Kinds of the user's own: one method makes a source with a name and all the steps."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

import pytest

from sidetable_source import CodegenError, InvalidSourceError, LocalSource, Source


@dataclass(frozen=True)
class EnvironSource(Source):
    """A variable of the process's environment."""

    variable: str

    def reconstruct(self, codegen):
        codegen.load_import("os")
        codegen.get_attr("environ")
        codegen.load_const(self.variable)
        codegen.get_item()


class Identity(Source):
    """A kind that says nothing about equality."""

    def reconstruct(self, codegen):
        codegen.load_global("thing")


class Writing(Source):
    """Writes whatever it is told to."""

    def __init__(self, *verbs):
        self.verbs = verbs

    def reconstruct(self, codegen):
        for verb, *operands in self.verbs:
            getattr(codegen, verb)(*operands)


def test_name_and_steps():
    """The name follows from the code, and the steps work as on any source."""
    source = EnvironSource("HOME")
    assert source.name == 'import_module("os").environ["HOME"]'
    assert source.attr("title").call().name == source.name + ".title()"
    assert source.parts == ()


def test_equality_inside_a_chain():
    """In a chain, an own kind is compared and hashed as its author said."""
    one, same, other = (EnvironSource(name).item(0) for name in ("A", "A", "B"))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other


def test_identity_inside_a_chain():
    """An own kind that does not say how it compares is equal to itself only."""
    own = Identity()
    assert own.attr("a") == own.attr("a")
    assert hash(own.attr("a")) == hash(own.attr("a"))
    assert own.attr("a") != Identity().attr("a")


def test_pickle_and_copy():
    """A chain over an own kind is pickled and copied with it."""
    source = LocalSource("pools").item(EnvironSource("POOL"))
    assert pickle.loads(pickle.dumps(source)) == source
    assert copy.deepcopy(source) == source


def test_repr():
    """The repr of a chain holds the own kind's, so it can be pasted if that can."""
    source = EnvironSource("HOME").attr("title")
    assert repr(source) == "EnvironSource(variable='HOME').attr(\"title\")"
    assert eval(repr(source)) == source


def test_nothing_is_written_early():
    """An own kind's code is written when it is asked for, not when a chain is made of it."""

    class Explosive(Source):
        def reconstruct(self, codegen):
            raise RuntimeError("it was asked")

    source = Explosive().attr("a").item(0).call(1)
    assert hash(source) == hash(source)
    assert source == copy.copy(source)
    with pytest.raises(RuntimeError, match="it was asked"):
        source.name  # noqa: B018  # the property under test


@pytest.mark.parametrize(
    ("verbs", "what"),
    [
        ([], "it leaves 0 values"),
        ([("load_local", "a"), ("load_local", "b")], "it leaves 2 values"),
        ([("get_attr", "a")], "it uses a value before writing it"),
        ([("load_local", "a"), ("get_item",)], "it uses a value before writing it"),
        ([("load_local", "a"), ("call", 1)], "it uses a value before writing it"),
        ([("load_local", "a"), ("call", 0, ("k",))], "it uses a value before writing it"),
        (
            [("load_local", "a"), ("load_local", "b"), ("call", 1, ("k",))],
            "it uses a value before writing it",
        ),
    ],
)
def test_wrong_order(verbs, what):
    """Code in a wrong order has no name, and the error says so."""
    with pytest.raises(CodegenError) as caught:
        Writing(*verbs).name  # noqa: B018  # the property under test
    assert str(caught.value) == (
        f"[ST102] The code of a source is in a wrong order: {what}. Each verb pops its operands "
        "and pushes one result, and a source leaves one value. "
        "Correct the method reconstruct of the source's kind."
    )
    with pytest.raises(CodegenError, match="wrong order"):
        LocalSource("x").item(Writing(*verbs)).name  # noqa: B018  # as above


@pytest.mark.parametrize(
    ("verbs", "what"),
    [
        ([("load_local", "a b")], 'use "a b" as its local variable'),
        ([("load_closure", "class")], 'use "class" as its closure variable'),
        ([("load_global", "x;y")], 'use "x;y" as its global variable'),
        ([("load_import", ".relative")], 'use ".relative" as its module'),
        ([("load_const", [])], "hold a value of type list here"),
        ([("load_const", ([],))], "hold a value of type list here"),
        ([("load_const", LocalSource("x"))], "hold a value of type "),
        ([("load_const", (LocalSource("x"),))], "hold a value of type "),
        ([("load_const", 10**640)], "hold an integer of more than 640 decimal digits"),
        ([("load_local", "a"), ("get_attr", "b()")], 'use "b()" as its attribute'),
        (
            [("load_local", "f"), ("load_const", 1), ("call", 0, ("k=1, m",))],
            'use "k=1, m" as its keyword',
        ),
    ],
)
def test_bad_operands(verbs, what):
    """An own kind cannot put into a name what is no name and no constant."""
    with pytest.raises(InvalidSourceError) as caught:
        Writing(*verbs).name  # noqa: B018  # the property under test
    assert caught.value.what.startswith("The code of a source cannot " + what)


def test_every_verb():
    """The verbs that the kinds of this package do not share are there for own kinds too."""
    source = Writing(
        ("load_closure", "f"),
        ("load_global", "g"),
        ("load_const", 2),
        ("call", 1, ("k",)),
    )
    assert source.name == "f(g, k=2)"
