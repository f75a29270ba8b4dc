"""The pytest plugin of sidetable-conformance: its options, and nothing else until they are used.

pytest imports this module in every project where the kit is installed. It is beside the package,
not inside it, because importing a module of a package imports the package: a project that does not
ask for the kit imports neither the kit nor anything that the kit needs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from sidetable_conformance.pytest_plugin import Front, Judge

_NEEDS: Final = (
    "sidetable_conformance needs to know what to judge: add"
    " --sidetable-target=MODULE or --sidetable-target=MODULE:ATTRIBUTE,"
    " or set sidetable_target in pytest's settings"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options, and a key in the settings for each of them."""
    group = parser.getgroup("sidetable", "conformance of side tables")
    target = "the module, object or factory that sidetable_conformance judges"
    group.addoption("--sidetable-target", metavar="MODULE[:ATTRIBUTE]", help=target)
    parser.addini("sidetable_target", target, default=None)
    edition = "the edition that it is judged by: 2026.11 (the default) or dynamo-2.13"
    group.addoption("--sidetable-edition", metavar="EDITION", help=edition)
    parser.addini("sidetable_edition", edition, default="2026.11")
    profile = "the group of requirements: core (the default)"
    group.addoption("--sidetable-profile", metavar="PROFILE", help=profile)
    parser.addini("sidetable_profile", profile, default="core")
    without = "capabilities that the target is not meant to have, and is not asked about"
    group.addoption("--sidetable-without", metavar="NAME[,...]", help=without)
    parser.addini("sidetable_without", without, default="")
    strict = "count what cannot be tested on this interpreter as failed"
    group.addoption("--sidetable-strict", action="store_true", default=None, help=strict)
    parser.addini("sidetable_strict", strict, "bool", default=False)
    known = "the file of known failures"
    group.addoption("--sidetable-known", metavar="FILE", help=known)
    parser.addini("sidetable_known", f"{known}, relative to these settings", default=None)
    rules = "the address of the page of requirements, or a path to it; failures link to it"
    group.addoption("--sidetable-rules", metavar="PAGE", help=rules)
    parser.addini("sidetable_rules", rules, default=None)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and load the rest of the plugin if a target was named."""
    config.addinivalue_line(
        "markers", "sidetable(id, level): one requirement of the sidetable conformance kit"
    )
    if config.getoption("sidetable_target") or config.getini("sidetable_target"):
        _front(config)
    elif any(argument.split("::")[0] == "sidetable_conformance" for argument in config.args):
        raise pytest.UsageError(_NEEDS)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make one test of each requirement, named by its id, where the suite was imported."""
    if "sidetable_requirement" in metafunc.fixturenames:
        try:
            front = _front(metafunc.config)
        except pytest.UsageError as error:
            raise pytest.Collector.CollectError(str(error)) from error
        front.parametrize(metafunc)


@pytest.fixture
def sidetable_judge(request: pytest.FixtureRequest) -> Judge:
    """Judge a requirement, and skip or fail the test as the verdict asks.

    The target is the named one, or else what the project's fixture `sidetable_target` returns.
    """
    return _front(request.config).judge_of(request)


def _front(config: pytest.Config) -> Front:
    # Imported late, for the reason that stands at the head of this file.
    from sidetable_conformance.pytest_plugin import Front  # noqa: PLC0415

    front: Front | None = config.pluginmanager.get_plugin("sidetable_front")
    if front is None:
        front = Front(config)
        config.pluginmanager.register(front, "sidetable_front")
    return front
