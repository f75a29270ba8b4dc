"""What the indices mean in a context: references, published together as one immutable value."""
