"""What an installation puts into PyTorch, and takes out again."""
