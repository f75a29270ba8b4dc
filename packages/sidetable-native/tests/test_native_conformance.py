"""What the kit says of the native functions: the same as of those in Python."""

from __future__ import annotations

import pytest

import sidetable_core
from sidetable_conformance import run

JUDGED = [
    ("2026.11", "core"),
    ("2026.11", "isolation"),
    ("2026.11", "robust"),
    ("dynamo-2.13", "core"),
]


@pytest.mark.parametrize(("edition", "profile"), JUDGED)
def test_the_same_fails(pure, edition, profile):
    """Nothing passes in Python and fails in C, and what core promises passes in both."""
    native, python = [
        run(
            core.SideTable if edition == "2026.11" else core.dynamo,
            edition=edition,
            profile=profile,
        )
        for core in (sidetable_core, pure)
    ]
    assert native.failed == python.failed
    assert native.conformant or profile == "robust"
