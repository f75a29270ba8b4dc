"""Whether anything is registered."""
