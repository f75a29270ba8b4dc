"""Each frame puts back what it found."""

from sidetable_core import LocalSource, SideTable


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one, two = Pool("one"), Pool("two")
table.register_user_object(one, LocalSource("pool"))

with table.frame(two):
    print(table.get(0).name)
    with table.frame(Pool("three")):  # held by it alone
        print(table.get(0).name)
    print(table.get(0).name)
print(table.get(0).name)
