"""Moments inside an implementation's own code: when a signal or a finalizer comes.

* `Moments` does something at one moment of an operation, or interrupts it there.
* `OPERATIONS` are the operations that have moments, and `seen_of` is all that a user can see of
  a table afterwards.

A moment is where CPython looks whether something is waiting to be run: where a function begins,
where a loop goes round, and where a call has returned that ran no Python code.
"""
