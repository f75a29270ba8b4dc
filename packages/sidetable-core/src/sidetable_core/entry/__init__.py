"""Functions that bind what they fetched, run a graph, and put back what they found."""
