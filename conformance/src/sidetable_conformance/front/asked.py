"""What a pytest run was asked for: by options, or else by the keys of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast, final

import pytest

from sidetable_conformance.errors import InputError
from sidetable_conformance.known.failures import KnownFailures
from sidetable_conformance.known.reading import read_known
from sidetable_conformance.reports.rules import RULES, rules_address
from sidetable_conformance.running.session import Session
from sidetable_conformance.spec.listing import requirements
from sidetable_conformance.spec.requirement import EDITIONS, profiles_in
from sidetable_conformance.wiring.trials import check_wiring


@final
@dataclass(frozen=True, slots=True)
class Asked:
    """What a run was asked for.

    Attributes:
        target: What to judge, or None where a fixture says so.
        route: Where the target comes from, for the header.
        edition: The edition to judge it by.
        profile: The group of requirements.
        capabilities: The optional powers that it has, or None for what it declares itself.
        strict: Whether what can not be tested here counts as failed.
        known: The known failures.
        rules: The address of the page of requirements, or "".
    """

    target: str | None
    route: str
    edition: str
    profile: str
    capabilities: tuple[str, ...] | None
    strict: bool
    known: KnownFailures
    rules: str

    @classmethod
    def of(cls, config: pytest.Config) -> Asked:
        """Returns what the options say, and for those that are not used, the settings.

        Raises:
            UsageError: If there is no such edition or profile, the file of known failures can not
                be used, or the page of requirements has no address.
        """
        target = _either(config, "target")
        if config.getoption("sidetable_target"):
            route = "from --sidetable-target"
        elif target:
            route = "from the key sidetable_target"
        else:
            route = "from the fixture sidetable_target"
        return cls(
            target=str(target) if target else None,
            route=route,
            edition=_one_of(EDITIONS, _either(config, "edition"), "edition"),
            profile=_profile(_either(config, "profile")),
            capabilities=_words(_either(config, "capabilities")),
            strict=bool(_either(config, "strict")),
            known=_known(config),
            rules=_rules(_either(config, "rules")),
        )

    @property
    def header(self) -> str:
        """What is judged, in one line."""
        named = f"{self.target} {self.route}" if self.target else f"the target {self.route}"
        return f"sidetable: {named}, edition {self.edition}, profile {self.profile}"

    def open(self, target: object) -> Session:
        """Returns a session for a target that is fit to be driven, and wired right.

        Raises:
            TargetError: If it is not.
        """
        session = Session(
            target, edition=self.edition, profile=self.profile, capabilities=self.capabilities
        )
        check_wiring(session.target, session.edition)
        return session


def _profile(text: object) -> str:
    try:
        return ",".join(profiles_in(str(text)))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


def _known(config: pytest.Config) -> KnownFailures:
    if option := config.getoption("sidetable_known"):
        path = config.invocation_params.dir / str(option)
    elif key := config.getini("sidetable_known"):
        path = (config.inipath or config.rootpath / "pytest.ini").parent / str(key)
    else:
        return KnownFailures()
    try:
        known = read_known(path.read_text(encoding="utf-8"), path.name)
    except (InputError, OSError, UnicodeDecodeError) as error:
        raise pytest.UsageError(f"known failures: {error}") from error
    ids = {row.id for row in requirements()}
    if unknown := sorted({entry.id for entry in known.entries} - ids):
        raise pytest.UsageError(f"{path.name}: there is no requirement {', '.join(unknown)}")
    return known


def _rules(text: object) -> str:
    try:
        return rules_address(str(text)) if text else RULES
    except ValueError as error:
        raise pytest.UsageError(f"the page of requirements: {error}") from error


def _one_of(choices: tuple[str, ...], word: object, what: str) -> str:
    if word not in choices:
        raise pytest.UsageError(f"there is no {what} {word!r}; choose from {', '.join(choices)}")
    return str(word)


def _words(listed: object) -> tuple[str, ...] | None:
    if listed is None:
        return None
    # pytest makes a list of both, an option that may be repeated and lines in the settings.
    return tuple(cast("list[str]", listed))


def _either(config: pytest.Config, what: str) -> object:
    option: object = config.getoption(f"sidetable_{what}")
    return config.getini(f"sidetable_{what}") if option is None else option
