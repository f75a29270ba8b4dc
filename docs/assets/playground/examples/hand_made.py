"""A call inside a call, with two kinds of table."""

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


def visit(pool, inner):
    """The captured function."""


def graph(pool, inner):
    hand_made[0] = pool
    if inner is not None:
        entry(inner, None)  # another call, in between
        print(
            "finds its own pool? hand-made:",
            hand_made[0] is pool,
            "- SideTable:",
            table.get(0) is pool,
        )  # stop here


hand_made = {}  # one for all calls
table = SideTable("pools")
traced = Pool("traced")
table.register_user_object(traced, LocalSource("pool"))
entry = table.entry(graph, like=visit)

entry(Pool("outer"), Pool("inner"))
