"""One driver for each engine, all with the same methods.

    NOTE                      what its snapshot is, for people
    LOOKUP                    the question for the age of the person `$id`, by the fastest way it has
    Engine(folder)            opens an empty store in a folder
    servers                   process ids of servers that are no children of this process
    load(people, knows)       makes ready for `first`
    first()                   stores the whole graph for the first time; gives a `Taken`
    change(text)              runs a query that writes
    commit()                  shows what has changed to every reader, where `change` does not, and keeps no state
    snapshot()                keeps the state of now; gives the bytes that this has written
    reader()                  a connection of its own: `ask(text, parameters)` gives one value
    restore()                 the last snapshot, beside the graph: an `ask` as above
    close()

A driver runs in its engine's virtual environment: it imports that engine and what is loaded with
it, never seaglass (but for seaglass's own and `cp`).
"""
