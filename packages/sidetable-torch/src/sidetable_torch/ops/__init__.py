"""Custom ops that take objects: the graph carries a handle, the op gets the object."""
