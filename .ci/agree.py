"""Checks that what has to be written in several places says the same in each, in plain English.

Run by ``hatch run agree``; a release adds ``--tag``. Prints one line per disagreement, and exits
with 1 when there is any.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent

# The members that an environment needs something special for, and those that have it.
SPECIAL = {
    "packages/sidetable-torch": {"torch"},
    "packages/sidetable-native": {"native"},
}

PROSE = (
    "README.md",
    "mkdocs.yml",
    ".github",
    "docs",
    "conformance",
    "packages",
)
"""What people read: files, and folders with all that is in them."""

BANNED = {
    r"can not(?! only)": "cannot",
    r"(?:wrong )?in silence": "silently",
    r"in vain": "say what is wasted",
    r"(?:is|are|was|were|being) let go": "released, or say who drops it",
    r"of which (?:is|are|was) said": "say it",
    r"(?:is|are) said of": "say it",
    r"comes? by": "arrives, or is found",
    r"stands? in (?:the )?place of": "replaces",
    r"in (?:the )?place of which": "replaces",
    r"is no operation": "is not an operation",
    r"a slip of the pen": "a typo",
    r"the second one": "the second",
    r"be had": "is available, or say who has it",
    r"as ever": "as usual",
    r"(?:comes?|came) to (?:its|their|an) end": "ends",
    r"(?:is|are) no part of": "is not part of",
    r"somebody captured": "was captured",
}
"""Stiff phrases, as patterns, each with what to write instead."""

TEXT = {".md", ".py", ".yml", ".toml", ".mjs", ".css", ".svg", ".jinja"}


@dataclass(frozen=True)
class Member:
    """One distribution of the workspace."""

    folder: Path
    project: dict[str, Any]  # a TOML table
    tool: dict[str, Any]  # likewise

    @property
    def name(self) -> str:
        """The name of the distribution."""
        return str(self.project["name"])

    @property
    def package(self) -> Path:
        """The folder that is imported."""
        return self.folder / "src" / self.name.replace("-", "_")

    @property
    def version(self) -> str:
        """The version, read and not run."""
        text = (self.package / "__init__.py").read_text(encoding="utf-8")
        match = re.search(r'^__version__(?:: [\w\[\]]+)? = "(.+)"$', text, re.MULTILINE)
        return match[1] if match else "none"


def read(path: Path) -> dict[str, Any]:
    """Returns the content of a TOML file."""
    return tomllib.loads(path.read_text(encoding="utf-8"))


def files_of(member: Member) -> Iterator[str]:
    """Every distribution stands alone: licence, readme, changelog, and types."""
    for path in ("README.md", "CHANGELOG.md", "LICENSE", f"src/{member.package.name}/py.typed"):
        if not (member.folder / path).is_file():
            yield f"{member.name}: {path} is missing"
    licence = member.folder / "LICENSE"
    if licence.is_file() and licence.read_bytes() != (ROOT / "LICENSE").read_bytes():
        yield f"{member.name}: LICENSE differs from the workspace's"
    changelog = member.folder / "CHANGELOG.md"
    section = re.compile(rf"^## \[?{re.escape(member.version)}\b", re.MULTILINE)
    if changelog.is_file() and not section.search(changelog.read_text("utf-8")):
        yield f"{member.name}: CHANGELOG.md has no section for {member.version}"


def versions_of(
    member: Member, members: dict[str, Member], workspace: dict[str, Any]
) -> Iterator[str]:
    """The distributions are released together, and accept each other."""
    if member.version != next(iter(members.values())).version:
        yield f"{member.name}: version {member.version} is not the others'"
    if member.project["requires-python"] != workspace["project"]["requires-python"]:
        yield f"{member.name}: requires-python differs from the workspace's"
    for text in member.project.get("dependencies", []):
        requirement = Requirement(text)
        other = members.get(requirement.name)
        if other and other.version not in requirement.specifier:
            yield f"{member.name}: asks for {requirement}, and {other.name} is {other.version}"


def settings(members: dict[str, Member], workspace: dict[str, Any]) -> Iterator[str]:
    """No tool forgets a distribution; what needs torch is checked in that environment."""
    tool = workspace["tool"]
    environments = tool["hatch"]["envs"]
    check_types = " ".join(
        (
            *environments["hatch-check-types"]["scripts"]["check"],
            *environments["torch"]["scripts"]["types"],
        )
    )
    for member in members.values():
        package = member.package.name
        measured = [
            *tool["coverage"]["run"]["source_pkgs"],
            *member.tool.get("coverage", {}).get("run", {}).get("source_pkgs", []),
        ]
        if package not in tool["importlinter"]["root_packages"]:
            yield f"{package}: not a root package of the floors"
        if package not in measured and "setuptools" not in member.tool:  # that one is in C
            yield f"{package}: not in source_pkgs of any coverage"
        if not re.search(rf"--verifytypes {package}\b", check_types):
            yield f"{package}: its public types are not verified"


def members_of(members: dict[str, Member], workspace: dict[str, Any]) -> Iterator[str]:
    """Every environment has all members, but for what needs torch or a compiler."""
    everything = {str(member.folder.relative_to(ROOT)) for member in members.values()}
    for name, environment in workspace["tool"]["hatch"]["envs"].items():
        entries = environment.get("workspace", {}).get("members")
        if entries is None:
            continue
        # A member that brings an extra along is a table.
        patterns = [entry if isinstance(entry, str) else entry["path"] for entry in entries]
        found = {str(path.relative_to(ROOT)) for one in patterns for path in ROOT.glob(one)}
        expected = everything - {one for one, where in SPECIAL.items() if name not in where}
        for folder in sorted(found ^ expected):
            yield f"environment {name}: {folder} is a member where it should not, or is missing"


def pins(workspace: dict[str, Any]) -> Iterator[str]:
    """Whatever development asks for has an exact version, and no address."""
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    if "://" in constraints:
        yield "constraints.txt: holds an address"
    pinned = {line.split("==")[0] for line in constraints.splitlines()}
    for group, entries in workspace["dependency-groups"].items():
        for name in (Requirement(entry).name for entry in entries if isinstance(entry, str)):
            if name not in pinned:
                yield f"constraints.txt: no version of {name}, which {group} asks for"
    if '"resolved"' in (ROOT / ".ci" / "package-lock.json").read_text(encoding="utf-8"):
        yield ".ci/package-lock.json: says where the packages were found"
    packages = json.loads((ROOT / ".ci" / "package.json").read_text(encoding="utf-8"))
    for name, version in (packages["dependencies"] | packages["devDependencies"]).items():
        if not re.fullmatch(r"[\d.]+", version):
            yield f".ci/package.json: {name} has no exact version"


def phrases() -> Iterator[str]:
    """What people read has none of the stiff phrases, also where a line breaks in the middle."""
    words = "|".join(rf"\b{one}\b" for one in BANNED).replace(" ", r"\s+")
    banned = re.compile(words, re.IGNORECASE)
    found = (path for pattern in PROSE for path in sorted(ROOT.glob(pattern)))
    files = (path for one in found for path in ([one] if one.is_file() else sorted(one.rglob("*"))))
    for path in files:
        if path.suffix not in TEXT or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        for match in banned.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            phrase = " ".join(match[0].split())
            instead = next(
                better for one, better in BANNED.items() if re.fullmatch(one, phrase, re.IGNORECASE)
            )
            yield f'{path.relative_to(ROOT)}:{line}: "{phrase}": {instead}'


def released(members: dict[str, Member], workspace: dict[str, Any], tag: str) -> Iterator[str]:
    """A release builds every distribution, in the version that its tag says."""
    builds = " ".join(workspace["tool"]["hatch"]["envs"]["dist"]["scripts"]["all"])
    for member in members.values():
        folder = member.folder.relative_to(ROOT).as_posix()
        if f"build --outdir dist/{member.name} {folder}" not in builds:
            yield f"{member.name}: `dist:all` does not build it"
        if tag and tag != f"v{member.version}":
            yield f"{member.name}: version {member.version} is not that of the tag {tag}"


def main() -> int:
    """Prints the disagreements, and returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", default="", help="the tag of a release, such as v0.1.0")
    tag = parser.parse_args().tag
    workspace = read(ROOT / "pyproject.toml")
    folders = [*sorted(ROOT.glob("packages/*/")), ROOT / "conformance"]
    read_all = ((folder, read(folder / "pyproject.toml")) for folder in folders)
    found = [Member(folder, table["project"], table.get("tool", {})) for folder, table in read_all]
    members = {member.name: member for member in found}
    complaints = [*settings(members, workspace), *members_of(members, workspace), *pins(workspace)]
    complaints += [*released(members, workspace, tag), *phrases()]
    for member in found:
        complaints += [*files_of(member), *versions_of(member, members, workspace)]
    print("\n".join(complaints) or f"{len(members)} distributions agree.")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
