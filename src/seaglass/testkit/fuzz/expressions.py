"""Texts of expressions, from a grammar of our own.

Above: grammar. Below: words; the table of functions, so that none is forgotten.
Most fit the kinds that openCypher wants, so that they pass the binder and reach the executor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.engine.cypher.semantics.functions import AGGREGATES, ALIASES, SIGNATURES
from seaglass.engine.cypher.semantics.kinds import Kind
from seaglass.testkit.fuzz import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    Make = Callable[[int], str]

_SCALARS = tuple(signature for signature in SIGNATURES if signature.name != "range")
_OTHER_NAMES = tuple(ALIASES)
# One expression in so many is of another kind than its place wants.
_WRONG_KIND = 25
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=", "=", "<", "=~")


class Expressions:
    """Writes expressions; `depth` is how many levels may come below.

    Variables are kept by what they hold; `any` are all others.
    """

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.nodes: list[str] = []
        self.edges: list[str] = []
        self.paths: list[str] = []
        self.others: list[str] = []
        self._of_kind: dict[Kind, Make] = {
            Kind.LIST: self.listed,
            Kind.STRING: self.text,
            Kind.MAP: self.map,
            Kind.NODE: self.node,
            Kind.EDGE: self.edge,
            Kind.PATH: self.path_value,
        }

    def pick(self, choices: Sequence[str]) -> str:
        return choices[int(self.rng.random() * len(choices))]

    def chance(self, percent: int) -> bool:
        return self.rng.random() * 100 < percent

    def one(self, depth: int, *makes: Make) -> str:
        """What one of them makes; levels below are fewer."""
        return makes[int(self.rng.random() * len(makes))](depth - 1)

    def many(self, make: Make, depth: int, least: int = 0, most: int = 3) -> str:
        return ", ".join([make(depth) for _ in range(self.rng.randint(least, most))])

    def any(self, depth: int) -> str:
        """An expression of any kind."""
        if depth <= 0:
            return self.leaf()
        return self.one(
            depth,
            *(self.number, self.number, self.text, self.boolean, self.listed, self.map),
            *(self.property, self.call, self.case, self.temporal, self.indexed, self.variable),
            *(self.node, self.edge, self.path_value, self.subquery, self.odd_operator),
        )

    def leaf(self) -> str:
        """A literal, a parameter or a variable."""
        kind = int(self.rng.random() * 8)
        if kind < 3:
            return self.variable(0)
        if kind == 3:
            return self.pick(words.PARAMETERS)
        if kind == 4:
            return self.pick(words.STRINGS[:4] if self.chance(90) else words.STRINGS)
        if kind == 5:
            return self.pick(words.FLOATS[:4] if self.chance(90) else words.FLOATS)
        if kind == 6:
            return self.pick(("null", "true", "false", "[]", "{}"))
        return self.pick(words.INTEGERS[:6] if self.chance(95) else words.INTEGERS)

    def variable(self, _depth: int) -> str:
        names = [*self.nodes, *self.edges, *self.paths, *self.others]
        if not names or self.chance(1):
            return self.pick(words.NAMES) if self.chance(10) else "1"
        return self.pick(names)

    def node(self, depth: int) -> str:
        if self.nodes:
            return self.pick(self.nodes)
        return "null" if depth <= 0 else f"head(nodes({self.path_value(0)}))"

    def edge(self, _depth: int) -> str:
        return self.pick(self.edges) if self.edges else "null"

    def path_value(self, _depth: int) -> str:
        return self.pick(self.paths) if self.paths else "null"

    def _wrong(self, depth: int) -> str | None:
        """Now and then an expression of any kind in the place of one."""
        return self.any(depth) if self.rng.random() * _WRONG_KIND < 1 else None

    def number(self, depth: int) -> str:
        if depth <= 0:
            names = ("0", "1", "2", "-1", "1.5", "$p", *(f"{name}.x" for name in self.nodes[-2:]))
            return self.pick(names)
        wrong = self._wrong(depth)
        if wrong is not None:
            return wrong
        kind = int(self.rng.random() * 5)
        if kind < 2:
            operator = self.pick(("+", "-", "*", "/", "%", "^"))
            return f"{self.number(depth - 1)} {operator} {self.number(depth - 1)}"
        if kind == 2:
            return f"({self.number(depth - 1)})"
        if kind == 3:
            return f"{self.pick(('-', '+', '- -'))}{self.number(depth - 1)}"
        return f"{self.pick(('size', 'length', 'toInteger', 'abs'))}({self.any(depth - 1)})"

    def text(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(words.STRINGS[:4])
        call = self.pick(("toString", "toUpper", "trim", "type", "id", "reverse"))
        return self._wrong(depth) or self.pick(
            (f"{self.text(depth - 1)} + {self.text(depth - 1)}", f"{call}({self.any(depth - 1)})")
        )

    def boolean(self, depth: int) -> str:
        """A condition."""
        if depth <= 0:
            return f"{self.leaf()} {self.pick(_COMPARISONS)} {self.leaf()}"
        wrong = self._wrong(depth)
        if wrong is not None:
            return wrong
        lower = depth - 1
        kind = int(self.rng.random() * 10)
        if kind < 2:
            return f"{self.any(lower)} {self.pick(_COMPARISONS)} {self.any(lower)}"
        if kind == 2:
            chain = [f" {self.pick(_COMPARISONS)} {self.number(lower)}" for _ in range(2)]
            return self.number(lower) + "".join(chain)
        if kind == 3:
            operator = f" {self.pick(('AND', 'OR', 'XOR', 'and'))} "
            return operator.join([self.boolean(lower) for _ in range(self.rng.randint(2, 4))])
        if kind == 4:
            return f"NOT {self.boolean(lower)}"
        if kind == 5:
            return f"{self.any(lower)} IS {self.pick(('', 'NOT '))}NULL"
        if kind == 6:
            operator = self.pick(("STARTS WITH", "ENDS WITH", "CONTAINS", "=~"))
            return f"{self.text(lower)} {operator} {self.text(lower)}"
        if kind == 7:
            return f"{self.any(lower)} IN {self.listed(lower)}"
        if kind == 8:
            return self.one(depth, self.labelled, self.quantifier, self.subquery, self.pattern)
        return f"({self.boolean(lower)})"

    def labelled(self, _depth: int) -> str:
        return f"{self.node(0)}{self.labels()}"

    def labels(self) -> str:
        """Labels behind a node, in the forms of all versions."""
        label = self.pick(words.LABELS)
        forms = (
            f":{label}",
            f":A:{label}",
            f":A|{label}",
            f":!{label}",
            f":(A&{label})|B",
            ":A&!B",
        )
        return self.pick(forms[:2] if self.chance(80) else forms)

    def quantifier(self, depth: int) -> str:
        name = self.pick(("all", "any", "none", "single", "ALL"))
        listed = self.listed(depth)
        with_local = self._local(self.boolean, depth)
        return f"{name}(v IN {listed} WHERE {with_local})"

    def _local(self, make: Make, depth: int) -> str:
        """What `make` makes where `v` is a local variable."""
        self.others.append("v")
        made = make(depth)
        self.others.pop()
        return made

    def listed(self, depth: int) -> str:
        if depth <= 0:
            return self.pick(("[]", "[1, 2]", "[null, 'a', 1.5]", "$list", "[[1], [2, null]]"))
        wrong = self._wrong(depth)
        if wrong is not None:
            return wrong
        lower = depth - 1
        kind = int(self.rng.random() * 8)
        if kind < 2:
            return f"[{self.many(self.any, lower)}]"
        if kind == 2:
            where = f" WHERE {self._local(self.boolean, lower)}" if self.chance(50) else ""
            result = f" | {self._local(self.any, lower)}" if self.chance(70) else ""
            return f"[v IN {self.listed(lower)}{where}{result}]"
        if kind == 3:
            return f"range({self.number(0)}, {self.number(0)}{self.pick(('', ', 2', ', -1'))})"
        if kind == 4:
            return f"[{self.pattern(0)}{self.pick(('', ' WHERE true'))} | {self.any(lower)}]"
        if kind == 5:
            call = self.pick(("keys", "labels", "nodes", "relationships", "tail", "collToSet"))
            return f"{call}({self.any(lower)})"
        if kind == 6:
            start = self.number(0) if self.chance(70) else ""
            return f"{self.listed(lower)}[{start}..{self.number(0) if self.chance(70) else ''}]"
        step = self.pick(("s + v", "s + 1", "s * v", "v", "[s, v]", "coalesce(s, v)"))
        return f"reduce(s = {self.any(0)}, v IN {self.listed(lower)} | {step})"

    def map(self, depth: int) -> str:
        if self.nodes and self.chance(20):
            inner = self.pick((".*", ".x, .y", f".*, own: {self.any(depth - 1)}", "", ".x, k: 1"))
            return f"{self.pick(self.nodes)} {{{inner}}}"
        return f"{{{self.properties(depth)}}}"

    def properties(self, depth: int) -> str:
        keys = [self.pick(words.KEYS) for _ in range(self.rng.randint(0, 3))]
        return ", ".join([f"{key}: {self.any(depth - 1)}" for key in keys])

    def property(self, depth: int) -> str:
        subject = self.node(0) if self.chance(70) else self.any(depth)
        key = self.pick((*words.KEYS, "`~id`", self.pick(words.PARTS)))
        return f"{subject}.{key}" if subject.isidentifier() else f"({subject}).{key}"

    def indexed(self, depth: int) -> str:
        if self.chance(10):
            return f"({self.any(depth)})[{self.any(depth)}]"
        if self.chance(30):
            return f"({self.map(depth)})[{self.text(0)}]"
        return f"({self.listed(depth)})[{self.number(0)}]"

    def odd_operator(self, depth: int) -> str:
        operator = self.pick(("+", "-", "*", "/", "=", "IN", "AND", "^", "%", "STARTS WITH"))
        return f"({self.any(depth)} {operator} {self.any(depth)})"

    def call(self, depth: int) -> str:
        """Any function, most often with a fitting number of arguments."""
        if self.chance(2):
            return f"{self.pick(_OTHER_NAMES)}({self.any(depth)})"
        signature = _SCALARS[int(self.rng.random() * len(_SCALARS))]
        most = signature.arguments_max
        count = self.rng.randint(
            signature.arguments_min, signature.arguments_min + 2 if most is None else most
        )
        if self.chance(2):
            count += self.rng.choice((-1, 1))
        arguments: list[str] = []
        for place in range(count):
            make: Make = self.any
            if place == 0 and signature.first:
                make = self._of_kind[sorted(signature.first)[0]]
            elif self.chance(30):
                make = self.text
            elif self.chance(30):
                make = self.number
            arguments.append(make(depth))
        return f"{signature.name}({', '.join(arguments)})"

    def case(self, depth: int) -> str:
        subject = f" {self.any(depth)}" if self.chance(40) else ""
        when = self.any if subject else self.boolean
        branches = [
            f" WHEN {when(depth)} THEN {self.any(depth)}" for _ in range(self.rng.randint(1, 3))
        ]
        otherwise = f" ELSE {self.any(depth)}" if self.chance(60) else ""
        return f"CASE{subject}{''.join(branches)}{otherwise} END"

    def temporal(self, depth: int) -> str:
        """Instants, durations, and what can be done with them."""
        name = self.pick(("date", "datetime", "localdatetime", "localtime", "time", "duration"))
        kind = int(self.rng.random() * 6)
        if depth <= 0 or kind < 2:
            return f"{name}({self.pick(words.TEMPORAL_TEXTS)})"
        if kind == 2:
            parts = [f"{self.pick(words.PARTS)}: {self.number(0)}" for _ in range(3)]
            return f"{name}({{{', '.join(parts)}}})"
        if kind == 3:
            operator = self.pick(("+", "-", "*", "/", "<", "="))
            return f"{self.temporal(depth - 1)} {operator} {self.temporal(depth - 1)}"
        if kind == 4:
            unit = self.pick(words.UNITS)
            return f"{name}.truncate({unit}, {self.temporal(depth - 1)}, {self.map(0)})"
        between = self.pick(("between", "inDays", "inMonths", "inSeconds"))
        return f"duration.{between}({self.temporal(depth - 1)}, {self.temporal(depth - 1)})"

    def subquery(self, depth: int) -> str:
        pattern = self.pattern(0)
        word = self.pick(("EXISTS", "COUNT", "exists", "count"))
        where = f" WHERE {self.boolean(depth)}" if self.chance(50) else ""
        forms = (
            f"{word} {{ {pattern}{where} }}",
            f"{word} {{ MATCH {pattern}{where} RETURN {self.any(0)} AS q }}",
            f"{word} {{ UNWIND {self.listed(0)} AS q WITH q LIMIT 1 RETURN q }}",
            f"exists({pattern})",
            f"size([{pattern}{where} | 1])",
        )
        return self.pick(forms)

    def aggregate(self, depth: int) -> str:
        signature = AGGREGATES[int(self.rng.random() * len(AGGREGATES))]
        distinct = "DISTINCT " if self.chance(30) else ""
        if signature.name == "count" and self.chance(50):
            return "count(*)"
        second = (
            f", {self.pick(('0.5', '0', '1', '2', '$p'))}" if signature.arguments_max == 2 else ""
        )
        return f"{signature.name}({distinct}{self.any(depth)}{second})"

    def pattern(self, _depth: int) -> str:
        """A pattern of variables that are there, as a condition."""
        arrow = self.pick(("-->", "<--", "--", "-[:R]->", "<-[:R|S*1..2]-", "-[*0..1]-"))
        end = self.pick(
            ("()", "(:A)", "({x: 1})", f"({self.pick(self.nodes) if self.nodes else ''})")
        )
        return f"({self.pick(self.nodes) if self.nodes else ''}){arrow}{end}"
