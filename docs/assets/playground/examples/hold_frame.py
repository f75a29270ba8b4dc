"""For objects without weak references."""

from sidetable_core import SideTable
from sidetable_source import LocalSource, SideTableError


class Connection:
    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name


table = SideTable("databases")
one = Connection("one")
source = LocalSource("db")
try:
    table.register_user_object(one, source)
except SideTableError as error:
    print(error.code)

table.register_user_object(one, source, hold="frame")
with table.frame(one):
    print(table.get(0).name)

try:
    table.get(0)
except SideTableError as error:
    print(error.code)
