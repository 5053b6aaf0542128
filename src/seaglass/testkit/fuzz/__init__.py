"""Fuzzing: texts of a grammar of our own, and what becomes of them on the way, tried on the engine.

Above: `make fuzz`, tests. Below: the compiler, the executor, `graph/check`.

    words          keywords, names, literals, and what nobody should write
    expressions    texts of expressions
    grammar        texts of queries
    mutations      texts made worse
    parameters     values of parameters, some of which are none
    inputs         the n-th input of a seed
    judge          a plan or an error that says where and what; anything else is a fault
    running        plans run in several ways on a small graph
    shrink         the least text with the same fault
    campaign       many inputs, one after the other
"""
