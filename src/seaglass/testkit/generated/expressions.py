"""Values, and expressions over variables that may hold any value.

Above: tests, `graphs`. Below: nothing.
"""

from __future__ import annotations

from hypothesis import strategies as st

_numbers = st.sampled_from([-2, -1, 0, 1, 2, 3, 2**53 + 1, 2**63 - 1, -(2**63)])
_floats = st.sampled_from([0.0, -0.0, 1.0, 0.5, -2.5, 2.0**53, float("nan"), float("inf")])
_texts = st.sampled_from(["", "a", "b", "ab", "Ba ", "é", "1"])
_atoms = st.one_of(st.none(), st.booleans(), _numbers, _floats, _texts)
values = st.recursive(
    _atoms,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=2)
    ),
    max_leaves=5,
)
"""Any value that a parameter may have."""

_ATOMIC = ["null", "true", "false", "0", "1", "2", "-1", "1.5", "0.0", "'a'", "'ab'", "''"]
_COMPOUND = ["[]", "[1, 2]", "[1, null]", "['a', [1]]", "{}", "{x: 1}", "{x: null, y: 'a'}"]
_LITERALS = [*_ATOMIC, *_COMPOUND]
_OPERATORS = ["+", "-", "*", "/", "%", "^", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "XOR"]
_OPERATORS += ["IN", "STARTS WITH", "ENDS WITH", "CONTAINS"]
_FUNCTIONS: dict[str, int] = {
    "size": 1,
    "head": 1,
    "last": 1,
    "tail": 1,
    "reverse": 1,
    "abs": 1,
    "sign": 1,
    "toString": 1,
    "toBoolean": 1,
    "toUpper": 1,
    "toLower": 1,
    "trim": 1,
    "lTrim": 1,
    "rTrim": 1,
    "keys": 1,
    "properties": 1,
    "collToSet": 1,
    "left": 2,
    "right": 2,
    "substring": 3,
    "collSubtract": 2,
    "collIntersection": 2,
    "coalesce": 2,
}


def expressions(names: tuple[str, ...], depth: int) -> st.SearchStrategy[str]:
    """Texts of expressions over variables of any type."""
    leaf = st.sampled_from([*names, *names, *_LITERALS])
    if depth == 0:
        return leaf
    inner = expressions(names, depth - 1)
    scoped = expressions((*names, "v"), depth - 1)
    call = st.sampled_from(sorted(_FUNCTIONS)).flatmap(
        lambda name: st.tuples(*[inner] * _FUNCTIONS[name]).map(
            lambda arguments: f"{name}({', '.join(arguments)})"
        )
    )
    quantifier = st.sampled_from(["all", "any", "none", "single"])
    return st.one_of(
        leaf,
        st.tuples(inner, st.sampled_from(_OPERATORS), inner).map(lambda p: f"({' '.join(p)})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} <= {p[1]} < {p[2]})"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]} AND {p[1]} AND {p[2]})"),
        inner.map(lambda text: f"(NOT {text})"),
        inner.map(lambda text: f"(- {text})"),
        inner.map(lambda text: f"({text} IS NULL)"),
        inner.map(lambda text: f"({text}).x"),
        st.tuples(inner, inner).map(lambda p: f"({p[0]})[{p[1]}]"),
        st.tuples(inner, inner, inner).map(lambda p: f"({p[0]})[{p[1]}..{p[2]}]"),
        st.tuples(inner, inner).map(lambda p: f"[{p[0]}, {p[1]}]"),
        st.tuples(inner, inner).map(lambda p: f"{{x: {p[0]}, y: {p[1]}}}"),
        st.tuples(inner, inner, inner).map(
            lambda p: f"CASE WHEN {p[0]} THEN {p[1]} ELSE {p[2]} END"
        ),
        st.tuples(inner, inner, inner).map(lambda p: f"CASE {p[0]} WHEN {p[1]} THEN {p[2]} END"),
        st.tuples(inner, scoped, scoped).map(lambda p: f"[v IN {p[0]} WHERE {p[1]} | {p[2]}]"),
        st.tuples(quantifier, inner, scoped).map(lambda p: f"{p[0]}(v IN {p[1]} WHERE {p[2]})"),
        call,
    )
