"""How a project tells pytest what to judge: by settings, by options, and by a fixture."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., subprocess.CompletedProcess[str]]


SUITE = ("--pyargs", "sidetable_conformance")


OWN_TESTS = """\
import pytest
from sidetable_conformance.suite import *

@pytest.fixture
def sidetable_target():
    import mine
    return mine.{target}
"""


def settings(project: Path, *lines: str) -> None:
    """Writes pytest's settings for the project."""
    (project / "pytest.ini").write_text("\n".join(["[pytest]", *lines, ""]), encoding="utf-8")


def own_tests(project: Path, target: str) -> str:
    """Writes a test file of the project's own, with a fixture, and returns its name."""
    (project / "test_own.py").write_text(OWN_TESTS.format(target=target), encoding="utf-8")
    return "test_own.py"


def test_everything_can_stand_in_the_settings(tests: Run, project: Path) -> None:
    """Each option has a key, and the header says that the target comes from there."""
    settings(
        project,
        "sidetable_target = mine_as_pytorch",
        "sidetable_edition = dynamo-2.13",
        "sidetable_profile = core",
        "sidetable_without = set",
        "sidetable_strict = true",
    )
    done = tests(*SUITE, "--strict-config")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed, 4 skipped" in done.stdout
    assert (
        "sidetable: mine_as_pytorch from the key sidetable_target, edition dynamo-2.13,"
        " profile core" in done.stdout
    )
    assert "sidetable: not asked: set" in done.stdout


def test_an_option_goes_before_the_settings(tests: Run, project: Path) -> None:
    """What is said for one run counts more than what is said for all."""
    settings(project, "sidetable_target = no_such_module", "sidetable_without = set")
    options = ("--sidetable-target=mine:Table", "--sidetable-without=", "-k", "set.bounds")
    done = tests(*SUITE, *options)
    assert "1 passed, " in done.stdout, done.stdout + done.stderr
    assert "sidetable: mine:Table from --sidetable-target" in done.stdout


def test_a_project_can_import_the_suite_and_say_by_a_fixture(tests: Run, project: Path) -> None:
    """A star-import and a fixture are enough, and what was judged is said after collecting."""
    done = tests("--strict-config", own_tests(project, "Faulty"))
    assert "2 failed, " in done.stdout, done.stdout
    assert "store.returns-nothing  MUST\n    A store returns None." in done.stdout
    assert (
        "sidetable: the target from the fixture sidetable_target, edition 2026.11, profile core"
        in done.stdout
    )


def test_an_option_goes_before_the_fixture(tests: Run, project: Path) -> None:
    """The same tests judge what is named for one run."""
    done = tests(own_tests(project, "Faulty"), "--sidetable-target=mine:Table", "-k", "returns")
    assert "1 passed, " in done.stdout, done.stdout
    assert "sidetable: mine:Table from --sidetable-target" in done.stdout


def test_a_fixture_may_return_another_table_for_each_test(
    tests_process: Run, project: Path
) -> None:
    """Each is opened and judged by itself, in random order."""
    options = ("-p", "randomly", "-k", "present")
    done = tests_process(own_tests(project, "Table()"), *options)
    assert done.returncode == 0, done.stdout
    assert "5 passed" in done.stdout


def test_a_fixture_that_gives_no_target_is_told(tests: Run, project: Path) -> None:
    """What is wrong with it stands at each test, without the insides."""
    done = tests(own_tests(project, "number"), "-k", "present")
    assert "5 errors" in done.stdout, done.stdout
    assert "cannot be used: it has neither SideTable's names" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_star_import_without_a_target_is_told_what_to_do(tests: Run, project: Path) -> None:
    """The three ways to name one are listed."""
    (project / "test_own.py").write_text("from sidetable_conformance.suite import *\n")
    done = tests("test_own.py", "-k", "returns")
    assert "1 error" in done.stdout
    assert "needs to know what to judge: define a fixture sidetable_target, use" in done.stdout


def test_a_fixture_that_lacks_another_is_pytests_to_tell(tests: Run, project: Path) -> None:
    """What the fixture itself asks for is not mistaken for the target."""
    text = OWN_TESTS.format(target="Table").replace("target():", "target(missing):")
    (project / "test_own.py").write_text(text, encoding="utf-8")
    done = tests("test_own.py", "-k", "returns")
    assert "fixture 'missing' not found" in done.stdout


def test_a_wrong_edition_is_told_where_a_fixture_is_used(tests: Run, project: Path) -> None:
    """It is found when the tests are made, and said in one line."""
    done = tests(own_tests(project, "Table"), "--sidetable-edition=1")
    assert done.returncode != 0
    assert "there is no edition '1'; choose from dynamo-2.13, 2026.11" in done.stdout
    assert "Traceback" not in done.stdout
