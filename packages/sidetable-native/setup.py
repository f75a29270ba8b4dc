"""Build the extension, or say in one sentence why it cannot be built."""

import sysconfig

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext

WITHOUT = "sidetable-core does the same without sidetable-native, only slower."


class BuildOrSay(build_ext):
    """The usual build, with one sentence if it fails."""

    def run(self) -> None:
        """Build, unless this Python has no GIL."""
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
