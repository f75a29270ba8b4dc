"""An entry function binds what each call needs."""

import inspect

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


def name_of(pool):
    """The captured function."""
    return pool.name


def graph(pool):
    """What became of it: it knows the pool as index 0."""
    return table.get(0).name


table = SideTable("pools")
one = Pool("one")
table.register_user_object(one, LocalSource("pool"))
entry = table.entry(graph, like=name_of)

print(entry(Pool("two")))
print(entry(Pool("three")))
print(table.get(0).name)
print(inspect.getsource(entry))
