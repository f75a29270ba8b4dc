"""An object gets an index, and is found by it."""

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one = Pool("one")
source = LocalSource("app").attr("pool")
index = table.register_user_object(one, source)
print(index, table.get(index).name)

two = Pool("two")
table.register_user_object(two, LocalSource("spare"))
print(table.get(1) is two)
