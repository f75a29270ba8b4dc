"""What is imported here to look for examples, and what is not."""

collect_ignore = ["src/sidetable_torch/repaired.py"]  # importing it repairs the whole process
