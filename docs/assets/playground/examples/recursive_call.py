"""A call inside a call: each finds its own object."""

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


def visit(pool, inner):
    """The captured function."""


def graph(pool, inner):
    if inner is not None:
        entry(inner, None)
    print(table.get(0).name)  # stop here


table = SideTable("pools")
traced = Pool("traced")
table.register_user_object(traced, LocalSource("pool"))
entry = table.entry(graph, like=visit)

entry(Pool("outer"), Pool("inner"))
