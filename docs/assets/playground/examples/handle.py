"""A handle finds a frame's objects from anywhere."""

from contextvars import Context

from sidetable_core import SideTable, resolve
from sidetable_source import LocalSource, StaleHandleError


class Pool:
    def __init__(self, name):
        self.name = name


table = SideTable("pools")
one = Pool("one")
table.register_user_object(one, LocalSource("pool"))

with table.frame(Pool("two")) as frame:
    number = frame.handle
    print(Context().run(resolve, number, 0).name)

try:
    resolve(number, 0)
except StaleHandleError as error:
    print(error.code)
