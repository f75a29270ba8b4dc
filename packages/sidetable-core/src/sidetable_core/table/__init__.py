"""The table itself: registration, constructors, and the methods that people call."""
