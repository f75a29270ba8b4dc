"""The objects that checks use, hostile ones among them, and how they are told to a person."""
