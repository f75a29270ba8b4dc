"""What the playground runs in the browser's Python: an example step by step, or the kit.

* `stepping` runs an example, and takes the state of its tables after every statement.
* `judging` runs the conformance kit.
"""
