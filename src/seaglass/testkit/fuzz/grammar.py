"""Texts of whole queries, from a grammar of our own: every clause, in orders that are allowed and not.

Above: inputs. Below: expressions, words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.testkit.fuzz import words
from seaglass.testkit.fuzz.expressions import Expressions

if TYPE_CHECKING:
    from random import Random

_HINTS = (
    *('USING QUERY:PLANCACHE "enabled" ', "USING QUERY:TIMEOUTMILLISECONDS 1000 "),
    *('using query:planCache "DISABLED" USING QUERY:assumeConsistentDataTypes "true" ',),
    *("USING QUERY:TIMEOUTMILLISECONDS 0 ", 'USING QUERY:PLANCACHE "maybe" ', "USING QUERY: "),
)
_COUNTS = ("0", "1", "1", "2", "5", "$p", "1 + 1", "9223372036854775807", "-1", "1.5", "null")
_COMMENTS = ("// note\n", "/* a */ ", "/* 'b */", "//\r\n", "\ufeff")


def query(rng: Random) -> str:
    """One query; most of them compile."""
    writer = _Queries(rng)
    text = writer.statement(rng.choice((1, 1, 2, 2, 3)))
    if writer.chance(5):
        text = writer.pick(_HINTS[:3] if writer.chance(80) else _HINTS) + text
    if writer.chance(4):
        text = writer.pick(_COMMENTS) + text
    if writer.chance(5):
        text += writer.pick((";", " ;", ";;", "; ", "// end"))
    return text


class _Queries:
    """Writes clauses; the names that they bind are in `e`."""

    def __init__(self, rng: Random) -> None:
        self.e = Expressions(rng)
        self.rng = rng
        self.pick = self.e.pick
        self.chance = self.e.chance
        self._fresh = 0

    def statement(self, depth: int) -> str:
        text = self._single(depth)
        if self.chance(8):
            word = self.pick(("UNION", "UNION ALL"))
            names = self.e.others[:3] or ["x"]
            self._clear()
            second = "UNWIND [1, null] AS u RETURN " if self.chance(50) else "RETURN "
            columns = [f"{self.e.any(depth)} AS {name}" for name in names]
            text = f"{text} {word} {second}{', '.join(columns)}"
        return text

    def _single(self, depth: int) -> str:
        parts: list[str] = []
        writes = False
        for _ in range(self.rng.randint(0, 4)):
            kind = self.rng.random()
            if writes and kind < 0.75 and self.chance(95):
                # Reading after writing needs a WITH.
                parts.append(self.projection("WITH", depth))
                writes = False
            if kind < 0.35:
                parts.append(self.match(depth))
            elif kind < 0.45:
                parts.append(self.unwind(depth))
            elif kind < 0.6:
                parts.append(self.projection("WITH", depth))
            elif kind < 0.65:
                parts.append(self.call_subquery(depth))
            elif kind < 0.67:
                parts.append(self.procedure())
            else:
                parts.append(self.write(depth))
                writes = True
        if not writes or self.chance(60):
            parts.append(self.projection("RETURN", depth))
        return self.pick((" ", " ", " ", "\n", "\t")).join(parts)

    def _clear(self) -> None:
        self.e.nodes, self.e.edges, self.e.paths, self.e.others = [], [], [], []

    def _name(self, letter: str) -> str:
        self._fresh += 1
        return f"{letter}{self._fresh}" if self.chance(98) else self.pick(words.NAMES)

    def node(self, depth: int, *, makes: bool = False) -> str:
        if self.e.nodes and self.chance(45):
            return f"({self.pick(self.e.nodes)})"
        name = self._name("n") if self.chance(70) else ""
        labels = self.e.labels() if self.chance(50) and not makes else self.pick(("", ":A", ":A:B"))
        properties = f" {{{self.e.properties(depth - 1)}}}" if self.chance(25) else ""
        if self.chance(2):
            properties = self.pick((" $map", " {`~id`: 'n1'}", " {`~id`: $p}"))
        where = f" WHERE {self.e.boolean(0)}" if self.chance(2) and not makes else ""
        if name:
            self.e.nodes.append(name)
        return f"({name}{labels}{properties}{where})"

    def relationship(self, depth: int, *, makes: bool = False) -> str:
        left, right = self.pick(("->", "<-", "->", "--")), ""
        left, right = ("<-", "-") if left == "<-" else ("-", left[1:] if left == "--" else left)
        if makes and self.chance(95) and right == "-" and left == "-":
            right = "->"
        if not makes and self.chance(30):
            return f"{left}{right}"
        name = self._name("r") if self.chance(50) else ""
        types = self.pick((":R", ":S")) if makes else self.pick(("", ":R", ":R|S", ":R|:KNOWS"))
        length = (
            ""
            if makes or self.chance(75)
            else self.pick(
                ("*", "*2", "*1..2", "*0..", "*..3", "*0..1", "*3..1", "*1..1000000000000")
            )
        )
        properties = f" {{{self.e.properties(depth - 1)}}}" if self.chance(15) else ""
        if name:
            (self.e.others if length else self.e.edges).append(name)
        return f"{left}[{name}{types}{length}{properties}]{right}"

    def path(self, depth: int, *, makes: bool = False) -> str:
        text = self.node(depth, makes=makes)
        for _ in range(self.rng.choice((0, 0, 1, 1, 2, 3))):
            text += self.relationship(depth, makes=makes) + self.node(depth, makes=makes)
        if not makes and self.chance(4):
            short = self.pick(("shortestPath", "allShortestPaths"))
            text = f"{short}({self.node(0)}-[{self.pick(('*', ':R*', '*..3', '*0..'))}]->{self.node(0)})"
        if self.chance(12):
            name = self._name("p")
            self.e.paths.append(name)
            text = f"{name} = {text}"
        return text

    def match(self, depth: int) -> str:
        optional = "OPTIONAL " if self.chance(25) else ""
        paths = ", ".join([self.path(depth) for _ in range(self.rng.choice((1, 1, 1, 2)))])
        where = f" WHERE {self.e.boolean(depth)}" if self.chance(50) else ""
        return f"{optional}{self.pick(('MATCH', 'MATCH', 'match'))} {paths}{where}"

    def unwind(self, depth: int) -> str:
        listed, name = self.e.listed(depth), self._name("u")
        self.e.others.append(name)
        return f"UNWIND {listed} AS {name}"

    def write(self, depth: int) -> str:
        """CREATE, MERGE, SET, REMOVE or DELETE."""
        kind = int(self.rng.random() * 6)
        if kind < 2 or not self.e.nodes:
            paths = [self.path(depth, makes=True) for _ in range(self.rng.choice((1, 1, 2)))]
            return f"CREATE {', '.join(paths)}"
        if kind == 2:
            path = self.path(depth, makes=True)
            actions = [
                f" ON {self.pick(('CREATE', 'MATCH'))} SET {self._set_item(depth)}"
                for _ in range(self.rng.choice((0, 0, 1, 2)))
            ]
            return f"MERGE {path}{''.join(actions)}"
        if kind == 3:
            items = [self._set_item(depth) for _ in range(self.rng.randint(1, 3))]
            return f"SET {', '.join(items)}"
        subject = self.pick([*self.e.nodes, *self.e.edges])
        if kind == 4:
            return f"REMOVE {subject}{self.pick(('.x', '.y', ':A', ':A:B', '.`~id`'))}"
        what = subject if self.chance(80) else self.e.any(depth)
        return f"{self.pick(('DETACH DELETE', 'DELETE', 'detach delete'))} {what}"

    def _set_item(self, depth: int) -> str:
        subject = self.pick([*self.e.nodes, *self.e.edges, "n"])
        forms = (
            f"{subject}.{self.pick(words.KEYS)} = {self.e.any(depth)}",
            f"{subject} += {self.e.map(depth)}",
            f"{subject} = {self.e.map(depth)}",
            f"{subject}:B",
            f"{subject}.x = {self.e.number(depth)}",
        )
        return self.pick(forms)

    def projection(self, word: str, depth: int) -> str:
        """WITH or RETURN; afterwards its columns are the variables."""
        e = self.e
        before = (e.nodes, e.edges, e.paths, e.others)
        after: tuple[list[str], list[str], list[str], list[str]] = ([], [], [], [])
        if self.chance(8) and any(before):
            items = ["*"]
            after = tuple(list(names) for names in before)  # type: ignore[assignment]
        else:
            items = []
            aggregates = self.chance(25)
            for _ in range(self.rng.randint(1, 3)):
                place = int(self.rng.random() * 4)
                if before[place] and self.chance(60):
                    name = self.pick(before[place])
                    if name not in after[place]:
                        after[place].append(name)
                        items.append(name)
                    continue
                name = self._name("c")
                aliased = word == "WITH" or self.chance(60)
                made = e.aggregate(depth) if aggregates and self.chance(60) else e.any(depth)
                items.append(f"{made} AS {name}" if aliased or self.chance(1) else made)
                if aliased:
                    after[3].append(name)
        text = f"{word} {'DISTINCT ' if self.chance(15) else ''}{', '.join(items) or '1 AS one'}"
        e.nodes, e.edges, e.paths, e.others = after
        if self.chance(25):
            keys = [f"{e.any(1)}{self.pick(('', ' DESC', ' asc'))}" for _ in range(2)]
            text += f" ORDER BY {', '.join(keys)}"
        if self.chance(12):
            text += f" SKIP {self.pick(_COUNTS)}"
        if self.chance(15):
            text += f" LIMIT {self.pick(_COUNTS)}"
        if word == "WITH" and self.chance(30):
            text += f" WHERE {e.boolean(depth)}"
        return text

    def call_subquery(self, depth: int) -> str:
        e = self.e
        outer = (e.nodes, e.edges, e.paths, e.others)
        imported = e.nodes[-2:] if self.chance(70) else []
        e.nodes, e.edges, e.paths, e.others = list(imported), [], [], []
        inner = self._single(max(depth - 1, 0))
        bound = e.others
        e.nodes, e.edges, e.paths, e.others = outer
        e.others = [*e.others, *bound]
        head = f"WITH {', '.join(imported)} " if imported else ""
        return f"CALL {{ {head}{inner} }}"

    def procedure(self) -> str:
        self.e.others.append("edgeCount")
        return self.pick(
            (
                "CALL neptune.graph.pg_info() YIELD metric, count AS edgeCount",
                "CALL neptune.graph.pg_schema() YIELD schema AS edgeCount WHERE true",
                "CALL neptune.graph.pg_info({}) YIELD *",
                "CALL neptune.graph.pg_inf() YIELD edgeCount",
                "CALL db.labels() YIELD label AS edgeCount",
                "CALL neptune.algo.bfs.levels('a', {maxDepth: 2}) YIELD level AS edgeCount",
                "CALL neptune.algo.degree(['a', null, 1], {edgeLabels: []}) YIELD degree AS edgeCount",
                "CALL neptune.algo.egonet('a', {hopCount: 1.5}) YIELD nodeList AS edgeCount",
            )
        )
