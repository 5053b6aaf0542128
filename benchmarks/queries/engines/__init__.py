"""One driver for each engine, all with the same methods.

    Engine(folder)            opens an empty store; in memory where `folder` is None, else durable on disk
    load(people, knows)       takes the graph from two Parquet files, by the engine's fastest way in
    ask(text, parameters)     runs one query and gives its rows as lists
    close()

A driver runs in its engine's virtual environment: it imports that engine and what is loaded with
it, never seaglass (but for seaglass's own) and nothing of the other drivers.
"""
