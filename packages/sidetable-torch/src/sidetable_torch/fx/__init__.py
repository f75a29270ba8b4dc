"""FX graphs that carry any object: as an index in the graph, and a source beside it.

Floors, each importing only from those below it: `graph`, `tracer`, `interpreter`, `hooks`,
`known`, `proxies`, `calls | code | objects`.
"""
