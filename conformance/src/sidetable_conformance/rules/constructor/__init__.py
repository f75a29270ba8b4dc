"""What constructors write, when, and how often."""
