"""The public face: which names there are, where they say they are from, what they cost."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import sidetable_source
from sidetable_source import codegen, errors, sources

README = Path(__file__).parent.parent / "README.md"


def test_all_names():
    """The package exports these names and no others."""
    assert sidetable_source.__all__ == [
        "AttrSource",
        "CallSource",
        "ClosureSource",
        "Codegen",
        "CodegenError",
        "Constant",
        "ConstantSource",
        "FrameError",
        "GetItemSource",
        "GlobalSource",
        "ImportSource",
        "IndexNotRegisteredError",
        "InvalidSourceError",
        "LocalSource",
        "NoBindingError",
        "NotWeakReferenceableError",
        "ObjectNotAliveError",
        "Reconstructible",
        "SideTableError",
        "Source",
        "StaleHandleError",
        "UnknownHandleError",
        "Unsupported",
        "WrongTableError",
        "unimplemented",
    ]


@pytest.mark.parametrize("name", sidetable_source.__all__)
def test_public_module_names(name):
    """A class or function says that it is from the public module in which it is found."""
    exported = getattr(sidetable_source, name)
    if isinstance(exported, type) or callable(exported):
        modules = {module.__name__: module for module in (codegen, errors, sources)}
        assert getattr(modules[exported.__module__], name) is exported


def test_version():
    """The version in the code is that of the distribution."""
    assert sidetable_source.__version__ == version("sidetable-source")


def test_import_is_light():
    """Importing the package does not import the heavy modules of the standard library."""
    code = (
        "import sys; before = set(sys.modules); import sidetable_source; "
        "print(*set(sys.modules) - before)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True
    )
    imported = set(run.stdout.split())
    assert "sidetable_source.sources" in imported
    assert not imported & {"asyncio", "concurrent", "logging", "json", "typing_extensions"}


def test_readme_example(capsys):
    """The example of the README runs, and prints what it says."""
    code, output = re.findall(r"```(?:python|text)\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    exec(compile(code, str(README), "exec"), {"__name__": "readme"})
    assert capsys.readouterr().out == output
