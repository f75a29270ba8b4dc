"""What one context binds, no other one finds."""

from contextvars import Context

from sidetable_core import SideTable
from sidetable_source import LocalSource, NoBindingError


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one, two = Pool("one"), Pool("two")
table.register_user_object(one, LocalSource("pool"))


def elsewhere():
    try:
        table.get(0)
    except NoBindingError as error:
        print(error.code)
    table.store(two)
    print(table.get(0).name)


Context().run(elsewhere)  # as another thread would
print(table.get(0).name)
