"""What tables, threads, tasks and greenlets share: nothing."""
