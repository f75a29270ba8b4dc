"""FX graphs that carry any object: as an index in the graph, and a source beside it.

Floors, each importing only from those below it: `object_graph`, `tracer | fetching`, `finding |
arguments | proxies`, `reading | containers | calls | opaque`.
"""
