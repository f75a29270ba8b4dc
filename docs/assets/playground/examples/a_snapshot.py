"""A snapshot keeps a binding, to be entered again."""

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one = Pool("one")
table.register_user_object(one, LocalSource("pool"))

with table.frame(Pool("forward")):
    snapshot = table.snapshot()

with table.frame(Pool("another call")):
    print(table.get(0).name)
    with snapshot:  # a backward pass, for example
        print(table.get(0).name)
    print(table.get(0).name)

del snapshot
print(table.get(0).name)
