"""What is asked: the requirements, and the editions in which they are frozen."""
