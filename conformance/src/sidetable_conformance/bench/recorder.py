"""A codegen that writes nothing down but who wrote what."""

from __future__ import annotations

from typing import final

from sidetable_source import Codegen
from sidetable_source.codegen import Constant, Reconstructible


@final
class Recorder(Codegen):
    """Records every verb, with its arguments, in order.

    Sources are not asked to reconstruct themselves: that a constructor hands over the source
    whole is what is under test.

    Attributes:
        written: One tuple for each call: the verb, then its arguments.

    Example:
        >>> recorder = Recorder()
        >>> recorder.load_local("self")
        >>> recorder.get_attr("pool")
        >>> recorder.written
        [('load_local', 'self'), ('get_attr', 'pool')]
    """

    def __init__(self) -> None:
        self.written: list[tuple[object, ...]] = []

    def __call__(self, source: Reconstructible) -> None:
        """Records that a source was handed over."""
        self.written.append(("codegen", source))

    def load_local(self, name: str) -> None:
        """Records the verb."""
        self.written.append(("load_local", name))

    def load_closure(self, name: str) -> None:
        """Records the verb."""
        self.written.append(("load_closure", name))

    def load_global(self, name: str) -> None:
        """Records the verb."""
        self.written.append(("load_global", name))

    def load_const(self, value: Constant) -> None:
        """Records the verb."""
        self.written.append(("load_const", value))

    def load_import(self, module: str) -> None:
        """Records the verb."""
        self.written.append(("load_import", module))

    def get_attr(self, member: str) -> None:
        """Records the verb."""
        self.written.append(("get_attr", member))

    def get_item(self) -> None:
        """Records the verb."""
        self.written.append(("get_item",))

    def call(self, n_args: int, keywords: tuple[str, ...] = ()) -> None:
        """Records the verb."""
        self.written.append(("call", n_args, keywords))
