"""Builds the extension, or says in one sentence that there is no compiler."""

import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

WITHOUT = "sidetable-core does all of it without sidetable-native, only slower."


class BuildOrSay(build_ext):
    """The usual build, with one sentence where it cannot be."""

    def run(self) -> None:
        """Build, unless this Python is one that it is not made for."""
        if sysconfig.get_config_var("Py_GIL_DISABLED"):
            raise SystemExit(f"sidetable-native needs a Python with the GIL. {WITHOUT}")
        try:
            super().run()
        except Exception as error:  # each compiler has its own
            why = f"sidetable-native is written in C, and no C compiler works here ({error})"
            raise SystemExit(f"{why}. {WITHOUT}") from error


setup(
    ext_modules=[Extension("sidetable_native._hot", ["src/sidetable_native/_hot.c"])],
    cmdclass={"build_ext": BuildOrSay},
)
