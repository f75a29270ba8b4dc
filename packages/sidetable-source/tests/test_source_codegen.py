"""The codegen protocol: what a child of it gets, and what it must do itself."""

from __future__ import annotations

import pytest

from sidetable_source import Codegen, LocalSource

VERBS = ["load_local", "load_closure", "load_global", "load_const", "load_import"]
VERBS += ["get_attr", "get_item", "call"]


def complete(**overrides):
    """Makes a codegen whose verbs do nothing but what is overridden."""
    verbs = {verb: lambda *_args: None for verb in VERBS}
    return type("Complete", (Codegen,), {**verbs, **overrides})()


def test_every_verb_is_asked_for():
    """A child that leaves out a verb cannot be made: it would silently write wrong code."""
    assert Codegen.__abstractmethods__ == set(VERBS)
    for verb in VERBS:
        rest = {each: lambda *_args: None for each in VERBS if each != verb}
        with pytest.raises(TypeError, match=verb):
            type("Incomplete", (Codegen,), rest)()


def test_source_is_asked_to_write_itself():
    """Unless it is overridden, writing a source asks the source to."""
    written = []
    codegen = complete(load_local=lambda _self, name: written.append(name))
    codegen(LocalSource("x"))
    assert written == ["x"]


def test_anything_with_reconstruct_can_be_written():
    """What a compiler writes need not be a source of this package."""
    codegens = []

    class Foreign:
        def reconstruct(self, codegen):
            codegens.append(codegen)

    codegen = complete()
    codegen(Foreign())
    assert codegens == [codegen]
