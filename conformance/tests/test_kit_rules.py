"""Every rule says all that a person needs, its editions are frozen, and a new one is one file."""

from __future__ import annotations

import doctest
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType

import pytest

import sidetable_conformance
from sidetable_conformance import EDITIONS, KitError, Requirement, requirements
from sidetable_conformance.cli import main
from sidetable_conformance.rule import Rule, fault_of
from sidetable_conformance.rules import AREAS, FAULTS, RULES, listing
from sidetable_conformance.spec import SHARED, Excluded, Listing, Retired, frozen_edition
from sidetable_core import SideTable

Said = pytest.CaptureFixture[str]
PACKAGE = Path(sidetable_conformance.__file__).parent


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row.id)
def test_a_rule_says_all_there_is_to_say(row: Requirement) -> None:
    """What is asked as whole sentences, why, an example and likely causes."""
    for edition in row.editions:
        sentence = row.sentence(edition)
        assert sentence[0].isupper() or sentence[0] == "`"
        assert sentence.endswith(".")
    assert row.why.endswith(".")
    assert row.causes
    assert all(cause.endswith(".") for cause in row.causes)
    assert row.area in AREAS


@pytest.mark.parametrize("row", requirements(), ids=lambda row: row.id)
def test_an_example_holds(row: Requirement) -> None:
    """The reference implementation does what it shows."""
    edition = row.editions[-1]
    names: dict[str, object] = {"SideTable": SideTable}
    exec(SHARED, names)
    example = doctest.DocTestParser().get_doctest(row.example, names, row.id, None, 0)
    assert example.examples, edition
    options = doctest.ELLIPSIS | doctest.IGNORE_EXCEPTION_DETAIL
    assert doctest.DocTestRunner(optionflags=options).run(example).failed == 0


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence(name: str) -> None:
    """It says what was done wrong, on one line."""
    fault = fault_of(FAULTS[name][0])
    assert fault.endswith(".")
    assert "\n" not in fault
    assert fault.count(". ") == 0


def test_no_two_faults_have_one_name_or_sentence() -> None:
    """A name in a report means one fault."""
    tables = [table for rule in RULES.values() for table in rule.faults]
    assert len({table.__name__ for table in tables}) == len(tables)
    assert len({fault_of(table) for table in tables}) == len(tables)


def digest_in(edition: str, requirement: Requirement) -> str:
    """Returns what stands for the words in which an edition asks for something, and how much."""
    asked = f"{requirement.profile} {requirement.level}: {requirement.sentence(edition)}"
    return hashlib.sha256(asked.encode()).hexdigest()[:12]


def departures(edition: str, frozen: Mapping[str, str], listed: Listing) -> tuple[str, ...]:
    """Returns how a list departs from an edition that was frozen, a sentence for each way."""
    rows = {row.id: row for row in listed.requirements if edition in row.editions}
    later = EDITIONS[EDITIONS.index(edition) + 1 :]
    retired = {row.id for row in listed.retired if row.since in later}
    found: list[str] = []
    for id_, digest in frozen.items():
        if id_ in rows and digest_in(edition, rows[id_]) != digest:
            found.append(f"{edition} asks {id_} in words that differ from the frozen ones")
        elif id_ not in rows and id_ not in retired:
            how = "which is no longer listed: retire an id, never remove it"
            found.append(f"{edition} asks {id_}, {how}")
    return tuple(found)


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_asks_what_it_asked_when_it_was_frozen(edition: str) -> None:
    """Nothing is lost, asked in other words, or asked of others."""
    assert departures(edition, frozen_edition(edition), listing()) == ()


def test_every_departure_is_said() -> None:
    """A rule that is gone, or says something else; one that is retired later is none."""
    row = Requirement("area.rule", "MUST", "core", "Something else is asked.")
    frozen = {"area.rule": "0" * 12, "area.gone": "0" * 12, "area.retired": "0" * 12}
    listed = Listing((row,), retired=(Retired("area.retired", "2026.11", "It was not needed."),))
    lost = "asks area.gone, which is no longer listed: retire an id, never remove it"
    assert departures("dynamo-2.13", frozen, listed) == (
        "dynamo-2.13 asks area.rule in words that differ from the frozen ones",
        f"dynamo-2.13 {lost}",
    )
    with pytest.raises(ValueError, match="there is no edition '2001'"):
        frozen_edition("2001")


def test_no_check_uses_assert() -> None:
    """A check that asserted would pass everything under `python -O`."""
    files = sorted(PACKAGE.rglob("*.py"))
    guilty = [file.name for file in files if re.search(r"\n\s*assert\b", file.read_text("utf-8"))]
    assert guilty == []


# --- slips ------------------------------------------------------------------------------------


def declared(text: str | None, **fields: object) -> Rule:
    """Returns a rule whose file has this docstring."""
    module = ModuleType("somebodys_rule")
    module.__doc__ = text
    sys.modules[module.__name__] = module
    rule = Rule("area.rule", "core", **fields)

    @rule.check()
    def check(bench: object) -> None:
        """Checks nothing."""

    check.__module__ = module.__name__
    return rule


def test_a_docstring_is_taken_apart() -> None:
    """Paragraphs are unwrapped, examples are not, and each cause is one."""
    row = declared(
        "What is\nasked.\n\nWhy:\n    For a\n    reason.\n\nExample:\n    >>> 1\n    1\n\n"
        "Causes:\n    * One that\n      goes on.\n    * Another.\n"
    ).requirement
    assert (row.text, row.why) == ("What is asked.", "For a reason.")
    assert row.example == ">>> 1\n1\n"
    assert row.causes == ("One that goes on.", "Another.")


def test_editions_may_ask_for_different_things() -> None:
    """Each has a section of its own, and the declaration says how they differ."""
    text = "It depends.\n\nIn dynamo-2.13:\n    This.\n\nIn 2026.11:\n    That.\n"
    row = declared(text, difference="opposite").requirement
    assert [row.sentence(edition) for edition in EDITIONS] == ["This.", "That."]


@pytest.mark.parametrize(
    ("text", "fields", "complaint"),
    [
        ("", {}, "no docstring that says what is asked"),
        ("A.\n\nWhy:\n    B.\n\nWhy:\n    C.", {}, "two sections 'Why'"),
        ("A.", {"difference": "opposite"}, "a difference needs a section for each edition"),
        ("A.\n\nIn 2026.11:\n    B.", {}, "a difference needs a section for each edition"),
        ("A.\n\nIn 2026.11:\n    B.", {"difference": "stricter"}, "only some of its editions"),
    ],
)
def test_a_slip_in_a_rule_is_the_kits_fault(
    text: str, fields: dict[str, object], complaint: str
) -> None:
    """The message has the id, and what is wrong."""
    with pytest.raises(KitError, match=f"area.rule.*{re.escape(complaint)}"):
        _ = declared(text, **fields).requirement


def test_a_rule_has_one_check() -> None:
    """Neither two nor none."""
    rule = declared("Something is asked.")
    with pytest.raises(KitError, match=r"area\.rule has two checks"):
        rule.check()(lambda bench: None)
    with pytest.raises(KitError, match=r"area\.rule has no check"):
        _ = Rule("area.rule", "core").requirement


def row(id_: str, *needs: str, editions: tuple[str, ...] = EDITIONS) -> Requirement:
    """Returns a requirement."""
    return Requirement(id_, "MUST", "core", "Something.", needs=needs, editions=editions)


@pytest.mark.parametrize(
    ("listed", "complaint"),
    [
        ({"requirements": (row("a.b"), row("a.b"))}, "listed more than once: a.b"),
        ({"requirements": (row("A"),)}, "not of the form area.rule: A"),
        ({"requirements": (row("a.b", "a.c"),)}, "a.b needs a.c, which is not a requirement"),
        (
            {"requirements": (row("a.b", "a.c"), row("a.c", editions=("2026.11",)))},
            "a.b needs a.c, which not all of its editions ask for",
        ),
        (
            {"requirements": (row("a.b", "a.c"), row("a.c", "a.b"))},
            "requirements need one another: a.b",
        ),
        (
            {"requirements": (row("a.b"),), "retired": (Retired("a.b", "2026.11", "Why."),)},
            "a.b is retired since 2026.11, and cannot be used again",
        ),
        (
            {"requirements": (row("a.b"),), "excluded": (Excluded("a.b", "Rule.", "Why."),)},
            "listed more than once: a.b",
        ),
    ],
)
def test_rules_that_contradict_one_another_are_the_kits_fault(
    listed: dict[str, tuple[object, ...]], complaint: str
) -> None:
    """Ids are unique and never reused, and what is needed exists."""
    with pytest.raises(KitError, match=re.escape(complaint)):
        Listing(**listed)


# --- list and explain -------------------------------------------------------------------------


@pytest.mark.parametrize("edition", EDITIONS)
def test_list_prints_what_an_edition_asks(edition: str, capsys: Said) -> None:
    """Each id, and below it the sentence; nothing that only another edition asks."""
    assert main(["list", "--edition", edition]) == 0
    said = capsys.readouterr().out
    for each in requirements():
        listed = f"{each.id}  {each.level}" in said
        assert listed == (edition in each.editions)
        assert (f"    {each.sentence(edition)}\n" in said) or not listed


@pytest.mark.parametrize("each", requirements(), ids=lambda each: each.id)
def test_explain_says_everything(each: Requirement, capsys: Said) -> None:
    """The rule in each edition, why, example, causes, needs, faults, and where its file is."""
    assert main(["explain", each.id]) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{each.id}  {each.level}; profile {each.profile}; tested in ")
    assert all(text in said for _, text in each.edition_texts or [("", each.text)])
    assert f"\nWhy\n    {each.why}\n" in said
    assert all(f"    {line}".rstrip() in said for line in each.example.splitlines())
    assert all(f"    * {cause}\n" in said for cause in each.causes)
    assert ("\nNeeds\n" in said) == bool(each.needs)
    assert ("\nCapability\n" in said) == bool(each.capabilities)
    for table in RULES[each.id].faults:
        assert f"* {table.__name__}" in said
    path = said.partition("\nWhere it is\n    ")[2].partition(" ")[0]
    assert (PACKAGE / path).is_file()


def test_explain_speaks_of_one_edition_where_it_is_asked_to(capsys: Said) -> None:
    """What is about another one is left out, faults and causes included."""
    assert main(["explain", "store.failure", "--edition", "dynamo-2.13"]) == 0
    said = capsys.readouterr().out
    assert "tested in dynamo-2.13\n" in said
    assert "FailedStoreKeepsTheOld (dynamo-2.13 only)" in said
    assert "2026.11  " not in said
    assert "* 2026.11: " not in said
    assert main(["explain", "robust.fork", "--edition", "dynamo-2.13"]) == 0
    assert "; not asked in dynamo-2.13\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("id_", "said"),
    [
        ("lookup.no-lock", "lookup.no-lock  excluded\n\nThe rule\n    A lookup takes no lock.\n"),
        ("robust.interrupt", "robust.interrupt  retired; since 2026.11\n\nWhy it is not asked\n"),
    ],
)
def test_explain_says_why_something_is_not_asked(id_: str, said: str, capsys: Said) -> None:
    """A rule that nobody can see, and one that is gone, have a reason."""
    assert main(["explain", id_, "--rules", "rules.html"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(said)
    assert out.endswith(f"\n\nrules.html#{id_}\n")


def test_an_id_that_is_near_is_suggested(capsys: Said) -> None:
    """Status 2, and what may have been meant."""
    assert main(["explain", "store.failed"]) == 2
    assert "did you mean store.failure" in capsys.readouterr().err
    assert main(["explain", "xyz"]) == 2
    assert "`list` prints every id" in capsys.readouterr().err


# --- one more ---------------------------------------------------------------------------------

ADDED = '''\
"""A store of one object can be looked up twice.

Why:
    A graph may ask twice.

Example:
    >>> table = SideTable()

Causes:
    * A lookup consumes.
"""

from sidetable_conformance.bench import FOUND, Bench
from sidetable_conformance.objects import Thing
from sidetable_conformance.rule import CORE, Rule
from sidetable_conformance.tables import CorrectTable

rule: Rule = Rule("store.found-twice", CORE)


@rule.check(FOUND)
def found_twice(bench: Bench) -> None:
    """One object, two lookups."""
    table, thing = bench.fresh(), Thing("a")
    table.store(thing)
    for _ in range(2):
        bench.found(table, 0, thing, "after a store")


@rule.fault
class SecondLookupIsNone(CorrectTable):
    """The second of two lookups in a row returns None."""

    def get(self, index: int) -> object:
        self._looked = not getattr(self, "_looked", False)
        return super().get(index) if self._looked else None
'''

PAGES = (
    f"sys.path.append({str(Path(__file__).parents[2] / '.ci')!r})\n"
    "import kit_pages\n"
    "print(*kit_pages.requirements_pages(), *kit_pages.kill_matrix_pages(kit_pages.kill_matrix()))"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Callable[..., str]:
    """Runs Python with a copy of the kit, and returns what it printed."""
    source = tmp_path / "src"
    shutil.copytree(PACKAGE, source / PACKAGE.name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "pyproject.toml").touch()
    # A copy is not what is measured.
    env = {key: value for key, value in os.environ.items() if not key.startswith("COVERAGE_")}

    def run(*arguments: str, status: int = 0) -> str:
        boot = f"import sys; sys.path.insert(0, {str(source)!r})\n"
        done = subprocess.run(
            [sys.executable, "-c", boot + arguments[0], *arguments[1:]],
            capture_output=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=env,
            check=False,
        )
        assert done.returncode == status, done.stderr
        return done.stdout

    return run


KIT = "from sidetable_conformance.cli import main; sys.exit(main())"


@pytest.mark.slow
def test_a_new_requirement_is_one_file(checkout: Callable[..., str], tmp_path: Path) -> None:
    """It is listed, explained, proved and on the pages, and not scored by what was frozen."""
    rules = tmp_path / "src" / PACKAGE.name / "rules"
    (rules / "store" / "found_twice.py").write_text(ADDED, encoding="utf-8")
    assert "store.found-twice  MUST\n" in checkout(KIT, "list")
    said = checkout(KIT, "explain", "store.found-twice")
    assert "not scored in dynamo-2.13 or 2026.11, because it was added later" in said
    assert "* SecondLookupIsNone: The second of two" in said
    assert "the matrix in the file differs" in checkout(
        KIT, "prove", "SecondLookupIsNone", status=4
    )
    write = (
        "import json\n"
        "from pathlib import Path\n"
        "from sidetable_conformance import kill_matrix as file\n"
        "from sidetable_conformance.prove import prove\n"
        "proof = prove(['SecondLookupIsNone'])\n"
        "assert not proof.findings, proof.findings\n"
        "text = file.matrix_text([*file.kill_matrix(), *proof.catches])\n"
        "Path(file.__file__).with_name(file.MATRIX).write_text(text)\n"
    )
    checkout(write)  # what `prove --write` does, which takes minutes for all
    assert "proved: the kit" in checkout(KIT, "prove", "SecondLookupIsNone")
    pages = checkout(PAGES)
    assert "## store.found-twice {#store.found-twice}" in pages
    assert "The second of two lookups in a row returns None.<br><code>SecondLookupIsNone" in pages


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("other_name", ADDED, "store.found-twice stands in rules/store/other_name.py"),
        ("found_twice", ADDED.partition("\n\n\n@rule.check")[0], "store.found-twice has no check"),
    ],
)
def test_a_file_has_to_be_what_its_path_says(
    checkout: Callable[..., str], tmp_path: Path, name: str, text: str, complaint: str
) -> None:
    """A rule without a check, or elsewhere than a reader looks for it, is refused."""
    rules = tmp_path / "src" / PACKAGE.name / "rules"
    (rules / "store" / f"{name}.py").write_text(text, encoding="utf-8")
    program = (
        "try:\n"
        "    import sidetable_conformance as it; it.requirements()\n"
        "except Exception as error:\n"
        "    print(error)\n"
    )
    assert complaint in checkout(program)


def test_requirements_survive_where_docstrings_do_not(checkout: Callable[..., str]) -> None:
    """`python -OO` leaves them out of what it compiles; the rules read their files."""
    program = (
        "import json, subprocess\n"
        "code = 'from sidetable_conformance import requirements as r;'\n"
        "code += 'print([each.text for each in r()])'\n"
        "texts = {subprocess.run([sys.executable, *flags, '-c', code], capture_output=True,"
        " encoding='utf-8').stdout for flags in ([], ['-OO'])}\n"
        "print(json.dumps(sorted(texts)))\n"
    )
    [text] = json.loads(checkout(program))
    assert "After a store" in text
