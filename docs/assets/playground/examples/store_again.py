"""A store replaces everything that was bound before."""

from sidetable_core import SideTable
from sidetable_source import LocalSource, SideTableError


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one, two, three = Pool("one"), Pool("two"), Pool("three")
table.register_user_object(one, LocalSource("left"))
table.register_user_object(two, LocalSource("right"))

table.store(two, one)
print(table.get(0).name, table.get(1).name)

table.store(three)
print(table.get(0).name)
try:
    table.get(1)  # not bound any more
except SideTableError as error:
    print(error.code)
