"""What is kept alive, and until when."""
