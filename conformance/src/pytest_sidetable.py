"""The pytest plugin of sidetable-conformance: its options, and nothing else until they are used.

pytest imports this module in every project where the kit is installed. It stands beside the
package, and not in it, because importing a module of a package imports the package: a project
that does not ask for the kit imports neither the kit nor anything that the kit needs.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options."""
    group = parser.getgroup("sidetable", "conformance of side tables")
    group.addoption(
        "--sidetable-target",
        metavar="MODULE[:ATTRIBUTE]",
        help="the module, object or factory that sidetable_conformance judges",
    )
    group.addoption(
        "--sidetable-edition",
        metavar="EDITION",
        default="2026.11",
        help="the edition that it is judged by: 2026.11 (the default) or dynamo-2.13",
    )
    group.addoption(
        "--sidetable-profile",
        metavar="PROFILE",
        default="core",
        help="the group of requirements: core (the default)",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Registers the marker, and loads the rest of the plugin if a target was named."""
    config.addinivalue_line(
        "markers", "sidetable(id, level): one requirement of the sidetable conformance kit"
    )
    if config.getoption("sidetable_target") is not None:
        # Imported late, for the reason that stands at the head of this file.
        from sidetable_conformance.front import plugin  # noqa: PLC0415

        config.pluginmanager.register(plugin, "sidetable_front")
    elif any(argument.split("::")[0] == "sidetable_conformance" for argument in config.args):
        raise pytest.UsageError(
            "sidetable_conformance needs to know what to judge: add"
            " --sidetable-target=MODULE or --sidetable-target=MODULE:ATTRIBUTE"
        )
