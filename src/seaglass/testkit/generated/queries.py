"""Reading queries by chance.

Above: tests. Below: `parts`. Queries are texts that the binder takes but for a few; they are small,
because a small query that fails says more. Their answers do not depend on any order that openCypher
leaves open: inside of a query LIMIT comes with an order of all columns, and what is said of the
order of the last rows is in `Query`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seaglass.testkit.generated.parts import Parts, Scope

if TYPE_CHECKING:
    from seaglass.testkit.generated.chance import Chance


@dataclass(frozen=True)
class Query:
    """A query, and what is certain of its answer.

    Attributes:
        whole: the query without SKIP and LIMIT at its end
        window: SKIP and LIMIT at its end
        bags: places of columns with lists whose order is open
        keys: places of the columns that the rows are ordered by; None where they are not
    """

    text: str
    whole: str
    window: tuple[int, int | None]
    bags: frozenset[int]
    keys: tuple[int, ...] | None

    def __repr__(self) -> str:
        return self.text


class Clauses(Parts):
    """Draws clauses that read."""

    def unwind(self) -> str:
        listed = self.pick("[1, 2, 2]", "[null, 'a']", "[]", f"[{self.value()}, 1]", "range(1, 3)")
        name = self.scope.name("u")
        self.scope.others.append(name)
        return f"UNWIND {listed} AS {name}"

    def called(self) -> str:
        """A subquery of one variable, which enters by a first WITH or in parentheses."""
        node, name = self.pick(*self.scope.nodes), self.scope.name("c")
        arrow = self.pick("-->", "--", "<-[:S]-")
        enters = self.pick("", f"({node}) ", "(*) ")
        begins = "" if enters else f"WITH {node} "
        found = f"{begins}MATCH ({node}){arrow}(m)"
        self.scope.others.append(name)
        match self.pick("plain", "ordered", "union", "alone", "nested"):
            case "ordered":
                text = f"{found} RETURN m AS {name} ORDER BY m {self.pick('', 'DESC')} LIMIT 1"
            case "union":
                text = f"{found} RETURN m.x AS {name} UNION {self.pick('', 'ALL ')}"
                text += f"{begins}RETURN {node}.x AS {name}"
            case "alone":
                text = f"MATCH (m:A) RETURN {self.pick('m.x', 'count(*)')} AS {name}"
            case "nested":
                inner = self.pick(
                    "{ WITH m RETURN", "(m) { RETURN", "(m) { UNWIND split(m.y, 'b') AS y RETURN"
                )
                text = f"{found} {self.pick('', 'OPTIONAL ')}CALL {inner} m.x AS inner }}"
                text += f" RETURN {self.pick('max', 'count', 'sum')}(inner) AS {name}"
            case _:
                result = self.pick("m.x", "count(m)", "m.x + 1", "sum(m.x)")
                where = self.pick("", f" WHERE m <> {node}", f" WHERE m.x > {node}.x")
                text = f"{found}{where} RETURN {result} AS {name}"
        return f"{self.pick('', '', 'OPTIONAL ')}CALL {enters}{{ {text} }}"

    def projection(self, word: str) -> str:
        """WITH, or RETURN without an order; afterwards the scope has its columns only."""
        before, after = self.scope, Scope(fresh=self.scope.fresh)
        groups = self.pick(False, False, True)
        items: list[str] = []
        for _ in self.times(1, 3):
            kept = before.certain() if groups else before.all()
            if word == "WITH" and kept and self.pick(True, True, False):
                name = str(self.pick(*kept))
                if name not in after.all():
                    after.alike(name, before).append(name)
                    items.append(name)
                continue
            name = after.name("c")
            before.fresh = after.fresh
            if before.nodes and not groups and self.rarely():
                text = self.bag()
                after.bags.append(name)
            else:
                text = self.value()
                after.alike(text, before).append(name)
            items.append(f"{text} AS {name}")
        if groups or not items:
            items += [self._aggregate(after) for _ in self.times(1, 2)]
        distinct = "" if after.bags or after.routes else self.pick("", "", "DISTINCT ")
        self.scope = after
        return f"{word} {distinct}{', '.join(items)}"

    def _aggregate(self, after: Scope) -> str:
        name, value = after.name("c"), self.value()
        distinct = self.pick("", "DISTINCT ")
        choices = ["count(*)", f"count({value})", f"count(DISTINCT {value})", f"min({value})"]
        choices += [f"max({value})", "count(*) + 1", f"collect({distinct}{value})"]
        if self.scope.nodes:
            number = f"{self.pick(*self.scope.nodes)}.x"
            choices += [f"{one}({distinct}{number})" for one in ("sum", "avg", "min", "collect")]
            choices += [f"percentileDisc({number}, 0.5)", f"percentileCont({number}, 0.25)"]
            choices += [f"size(collect({number})) + count(*)", f"count({distinct}{number}) > 1"]
            choices += [f"{self.pick('sum', 'max', 'avg')}(size({self.bag()}))"]
            choices += [f"sum(reduce(t = 0, i IN {self.bag()} | t + 1))"]
            choices += [f"max(COUNT {{ ({self.pick(*self.scope.nodes)})-->(:A) }})"]
            choices += [f"[i IN collect({distinct}{number}) WHERE i > 0 | i * 2][0..0]"]
            choices += [f"{{sum: sum({number}), all: count(*)}}"]
        self.scope.fresh = after.fresh
        text = self.pick(*choices)
        (after.bags if text.startswith("collect") else after.others).append(name)
        return f"{text} AS {name}"

    def with_(self) -> str:
        text = self.projection("WITH")
        names = self.scope.certain()
        if names and self.pick(True, False):
            keys = [f"{name}{self.pick('', ' DESC')}" for name in names]
            text += f" ORDER BY {', '.join(keys)}"
            if names == self.scope.all():
                text += self.pick("", " SKIP 1", " LIMIT 2", " SKIP 1 LIMIT 1")
        if self.pick(True, False, False):
            text += f" WHERE {self.condition()}"
        return text

    def reading(self, most: int) -> list[str]:
        """Clauses up to RETURN."""
        parts = [self.match()]
        for _ in self.times(0, most):
            match self.pick("match", "unwind", "with"):
                case "match":
                    parts.append(self.match())
                case "unwind":
                    parts.append(self.unwind())
                case _:
                    parts.append(self.with_())
        if self.scope.nodes and self.rarely():
            parts.append(self.called())
        return parts

    def finished(self, parts: list[str]) -> Query:
        """The query of these clauses and a RETURN."""
        returned = self.projection("RETURN")
        scope = self.scope
        # In the order of the text, which is that of the answer.
        columns = sorted(scope.all(), key=lambda name: f"{returned},".index(f" {name},"))
        bags = frozenset(columns.index(name) for name in [*scope.bags, *scope.routes])
        text = " ".join([*parts, returned])
        able = [place for place, _ in enumerate(columns) if place not in bags]
        if able and self.pick(True, False):
            keys = tuple(able[: self.pick(1, 2, len(able))])
            order = [f"{columns[place]}{self.pick('', ' DESC')}" for place in keys]
            text = f"{text} ORDER BY {', '.join(order)}"
            skip, limit = self.pick((0, None), (1, None), (0, 2), (1, 1), (0, 0), (0, 1))
            end = f" SKIP {skip}" if skip else ""
            end += "" if limit is None else f" LIMIT {limit}"
            return Query(text + end, text, (skip, limit), bags, keys)
        if not bags and self.rarely():
            again = ", ".join(f"1 AS {name}" for name in columns)
            text += f" UNION {self.pick('', 'ALL ')}UNWIND [1, 2] AS again RETURN {again}"
        return Query(text, text, (0, None), bags, None)


def query(chance: Chance) -> Query:
    """A reading query."""
    clauses = Clauses(chance)
    return clauses.finished(clauses.reading(3))


def search(chance: Chance) -> Query:
    """Shortest paths, and what they shall fulfil."""
    clauses = Clauses(chance)
    return clauses.finished([clauses.match("search") for _ in clauses.times(1, 2)])


def count(chance: Chance) -> Query:
    """Patterns of which the rows are only counted: chains, stars, cycles."""
    clauses = Clauses(chance)
    parts = []
    for _ in clauses.times(1, 2):
        shape = clauses.pick(clauses.cycle, clauses.star, clauses.path)
        where = f" WHERE {clauses.condition()}" if clauses.scope.nodes and clauses.rarely() else ""
        parts.append(f"MATCH {shape()}{where}")
    keys = [clauses.value() for _ in clauses.times(0, 2)]
    counted = clauses.pick("count(*)", f"count({clauses.value()})")
    if clauses.rarely():
        counted = f"count(DISTINCT {clauses.value()})"
    items = [f"{key} AS k{place}" for place, key in enumerate(keys)]
    text = " ".join([*parts, "RETURN", ", ".join([*items, f"{counted} AS c"])])
    return Query(text, text, (0, None), frozenset(), None)
