"""The table keeps nothing alive, and says so."""

from sidetable_core import SideTable
from sidetable_source import LocalSource, SideTableError


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one, two = Pool("one"), Pool("two")
table.register_user_object(one, LocalSource("pool"))
table.store(two)

also = two
del two
print(table.get(0).name)  # there is still `also`

del also
try:
    table.get(0)
except SideTableError as error:
    print(error.code)

table.store(one)
print(table.get(0).name)
