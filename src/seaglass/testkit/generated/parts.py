"""Draws the parts of queries: patterns, values, conditions.

Above: `queries`, `writes`. Below: `chance`. No value here can fail to be computed, and none
depends on an order that openCypher leaves open, but for lists that are called bags.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seaglass.testkit.generated.chance import Chance

PARAMETERS: dict[str, Any] = {"one": 1, "list": [1, "a", None], "text": "a", "none": None}
PARAMETERS |= {"float": 1.0, "map": {"x": 2, "z": [1]}}
"""What queries may ask for by `$name`."""

_LABELS = ("", "", "", "", "", "", ":A", ":B", ":A:B", ":A|B", ":!A", ":(A|B)&!C")
_LENGTHS = ("*1..2", "*0..1", "*2", "*..2", "*0..2", "*1..3")


@dataclass
class Scope:
    """Variables by what they hold.

    Attributes:
        lists: of relationships
        routes: paths of which only the length is certain
        bags: lists whose order openCypher leaves open
        fresh: how many names were given
    """

    nodes: list[str] = field(default_factory=list)
    edges: list[str] = field(default_factory=list)
    lists: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    routes: list[str] = field(default_factory=list)
    bags: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    fresh: int = 0

    def name(self, letter: str) -> str:
        self.fresh += 1
        return f"{letter}{self.fresh}"

    def certain(self) -> list[str]:
        """Those that have one value whatever the order of rows."""
        return [*self.nodes, *self.edges, *self.lists, *self.paths, *self.others]

    def all(self) -> list[str]:
        return [*self.certain(), *self.routes, *self.bags]

    def of(self, name: str) -> list[str]:
        """The list that has the name."""
        kinds = (self.nodes, self.edges, self.lists, self.paths, self.routes, self.bags)
        return next((kind for kind in kinds if name in kind), self.others)

    def alike(self, name: str, other: Scope) -> list[str]:
        """Where another scope keeps variables like this one of `other`."""
        kinds = ("nodes", "edges", "lists", "paths", "routes", "bags")
        kind = next((one for one in kinds if name in getattr(other, one)), "others")
        found: list[str] = getattr(self, kind)
        return found


class Parts:
    """Draws one query, part by part."""

    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self.pick = chance.pick
        self.scope = Scope()
        # Relationships that the clause at hand has named: none may stand in it twice.
        self._taken: set[str] = set()
        # What the clause at hand demands of its shortest paths.
        self._demands: list[str] = []
        # At most one pattern without an upper bound, for the oracle's sake.
        self._unbounded = False

    def rarely(self) -> bool:
        return self._chance.number(0, 3) == 3

    def times(self, least: int, most: int) -> range:
        return range(self._chance.number(least, most))

    def node(self) -> str:
        scope = self.scope
        if scope.nodes and self.pick(True, False):
            return f"({self.pick(*scope.nodes)}{self.pick('', '', ':A')})"
        name = self.pick("", "new", "new")
        known = list(scope.nodes)
        if name:
            name = scope.name("n")
        inside = f"{name}{self.pick(*_LABELS)}"
        more = self.pick(*[""] * 8, " {x: 1}", " {y: 'a'}", " {x: $one}", "where", "other")
        if more == "other":
            more = f" {{x: {self.pick(*known)}.x}}" if known else " {z: 1}"
        elif more == "where":
            condition = f"{name}.x {self.pick('=', '>', '<>')} 1"
            more = f" WHERE {condition}" if name else ""
        if name:
            scope.nodes.append(name)
        return f"({inside}{more})"

    def edge(self) -> str:
        left, right = self.pick(("-", "->"), ("-", "->"), ("<-", "-"), ("-", "-"))
        scope = self.scope
        kind = self.pick("", "", ":R", ":R|S")
        known = [name for name in scope.edges if name not in self._taken]
        if known and self.rarely() and self.rarely():
            name = self.pick(*known)
            self._taken.add(name)
            return f"{left}[{name}{kind}]{right}"
        name = scope.name("r") if self.pick(True, False) else ""
        self._taken.add(name)
        properties = self.pick("", "", "", " {w: 1}")
        if self.rarely():
            length = self.pick(*_LENGTHS)
            if not self._unbounded and self.rarely():
                length = self.pick("*", "*2..", "*0..")
                self._unbounded = True
            if name:
                scope.lists.append(name)
            return f"{left}[{name}{kind}{length}{properties}]{right}"
        if name:
            if not properties and self.rarely():
                properties = f" WHERE {name}.w > 1"
            scope.edges.append(name)
        return f"{left}[{name}{kind}{properties}]{right}"

    def path(self) -> str:
        """A pattern of a MATCH."""
        if self.rarely() and self.rarely():
            return self._shortest()
        named = self.rarely()
        text: str = self.node()
        for _ in self.times(0, 2):
            text += self.edge() + self.node()
        if named:
            name = self.scope.name("p")
            self.scope.paths.append(name)
            return f"{name} = {text}"
        return text

    def cycle(self) -> str:
        """A pattern that comes back to where it began."""
        names = [self.scope.name("n") for _ in self.times(2, 4)]
        text = ""
        for name in names:
            text += f"({name}{self.pick('', '', ':A')}){self.pick('-->', '-[:R]->', '<--', '--')}"
        self.scope.nodes += names
        return f"{text}({names[0]})"

    def star(self) -> str:
        """Patterns that all leave from one node."""
        center = self.scope.name("n")
        self.scope.nodes.append(center)
        arms = []
        for _ in self.times(2, 3):
            name = self.pick("", self.scope.name("n"))
            if name:
                self.scope.nodes.append(name)
            arms.append(f"({center}){self.pick('-->', '-[:R]->', '<--', '--')}({name})")
        return ", ".join(arms)

    def _shortest(self) -> str:
        ends = []
        for _ in range(2):
            if self.scope.nodes and self.pick(True, False):
                ends.append(f"({self.pick(*self.scope.nodes)})")
            else:
                name = self.scope.name("n")
                ends.append(f"({name}{self.pick('', ':A')})")
                self.scope.nodes.append(name)
        name = self.scope.name("s")
        function = self.pick("shortestPath", "allShortestPaths")
        (self.scope.routes if function[0] == "s" else self.scope.paths).append(name)
        left, right = self.pick(("-", "->"), ("<-", "-"), ("-", "-"))
        inside = f"{self.pick('', ':R', ':R|S')}{self.pick('*', '*', '*..2', '*0..', '*1..3')}"
        inside += self.pick("", "", "", " {w: 1}")
        edges = self.scope.name("r") if self.rarely() else ""
        if edges:
            inside += self.pick("", f" WHERE {edges}.w > 1")
            if function[0] == "a":
                self.scope.lists.append(edges)
        if self.pick(True, False):
            self._demands.append(self._demand(name, edges))
        return f"{name} = {function}({ends[0]}{left}[{edges}{inside}]{right}{ends[1]})"

    def _demand(self, path: str, edges: str) -> str:
        """What a shortest path shall fulfil."""
        each = self.pick("all", "none", "all", "any", "single")
        node = self.pick("m:A", "m.x > 0", f"m.x = {self.pick(*self.scope.nodes)}.x", "m.y IS NULL")
        demands = [f"{each}(m IN nodes({path}) WHERE {node})", f"length({path}) > 1"]
        listed = edges or f"relationships({path})"
        demands += [f"{each}(e IN {listed} WHERE {self.pick('e.w > 1', 'e:R', 'e.w = 1')})"]
        demands += [f"all(e IN relationships({path}) WHERE e.w = 1 OR length({path}) > 2)"]
        demands += [f"length({path}) {self.pick('=', '<>')} 2", f"size(nodes({path})) = 3"]
        first, second = self.pick(*demands), self.pick(*demands)
        return str(self.pick(first, f"{first} AND {second}", f"({first} OR {second})"))

    def value(self) -> str:
        """A value that is certain."""
        scope = self.scope
        choices = [self.pick("1", "'a'", "null", "[1, 2]", "1.0", "$one", "$list", "$none")]
        choices += [self.pick("[1, 2, 3][1..]", "{k: 1}", "date('1970-01-01')", "0.0 / 0.0")]
        if scope.nodes:
            choices += self._of_node(self.pick(*scope.nodes))
        if scope.edges:
            edge = self.pick(*scope.edges)
            choices += [f"{edge}.w", f"type({edge})", edge, f"startNode({edge})", f"{edge} {{.w}}"]
            choices += [f"coalesce({edge}.w, 'none')", f"properties({edge})"]
        if scope.lists:
            edges = self.pick(*scope.lists)
            choices += [edges, f"size({edges})", f"[e IN {edges} | e.w]", f"head({edges})"]
            choices += [f"reduce(t = 0, e IN {edges} | t + coalesce(e.w, 0))"]
        if scope.paths:
            path = self.pick(*scope.paths)
            choices += [path, f"length({path})", f"[m IN nodes({path}) | m.x]"]
            choices += [f"relationships({path})", f"all(m IN nodes({path}) WHERE m.x > 0)"]
            choices += [f"single(m IN nodes({path})[1..] WHERE m:A)"]
        if scope.routes:
            choices.append(f"length({self.pick(*scope.routes)})")
        if scope.bags:
            choices.append(f"size({self.pick(*scope.bags)})")
        choices += scope.others
        return str(self.pick(*choices))

    def _of_node(self, node: str) -> list[str]:
        found = [f"{node}.x", f"{node}.x", f"{node}.y", f"{node}.z", f"{node}.z", f"id({node})"]
        found += [node, f"labels({node})", f"size({node}.y)", f"{node}.x + 1", f"[{node}.x, 1]"]
        found += [f"{node} {{.x, k: {node}.y}}", f"{node} {{.*}}", f"toUpper({node}.y) + '!'"]
        found += [f"substring({node}.y, 1)", f"left({node}.y, 1)", f"[{node}.x, {node}.z][..1]"]
        found += [f"CASE WHEN {node}.x > 1 THEN {node}.z ELSE {node}.y END", f"{node}:B"]
        found += [f"CASE {node}.x WHEN 1 THEN 'one' END", f"{node}['y']", f"{node}.y =~ 'a.*'"]
        found += [f"COUNT {{ ({node})-->() }}", f"[u IN [{node}.x, 1, null] WHERE u = 1 | u + 1]"]
        found += [f"size([({node})--(m) WHERE m.x IN [({node})-->(o) | o.x] | m])"]
        found += [f"{node} {{.x, near: size([({node})-->(m) | m])}}.near", f"keys({node})"]
        found += [f"replace({node}.y, 'a', 'bb')", f"reverse([{node}.x, {node}.z])"]
        found += [f"range(0, {node}.x)", f"toString({node}.x)", f"last(split({node}.y, 'a'))"]
        found += [f"COUNT {{ CALL {{ MATCH (m) WHERE m.x = 1 RETURN m }} RETURN m }} + {node}.x"]
        found += [f"EXISTS {{ ({node})<--(:A) }}", f"split({node}.y, 'b')", f"properties({node})"]
        if self.scope.nodes and self.rarely():
            other = self.pick(*self.scope.nodes)
            label, wish = self.pick("", ":A", ":(A|!B)"), self.pick("", " {x: 1}")
            wish = wish or self.pick("", f" WHERE {other}.x > 0")
            each = self.pick("*..3", "r*..3", "r* WHERE r.w > 1", f"e* WHERE e.w = {node}.x")
            search = f"({node}{label})-[{each}]-({other}{wish})"
            found.append(f"length(shortestPath({search}))")
            found.append(f"size(allShortestPaths({search}))")
        return found

    def bag(self) -> str:
        """A list whose order is open, of a node's surroundings."""
        node = self.pick(*self.scope.nodes)
        arrow = self.pick("-->", "--", "<-[:S]-", "-[*1..2]->")
        where = self.pick("", "", " WHERE m.x > 0", " WHERE m:A OR m.y IS NULL")
        result = self.pick("m.x", "m", f"[m.y, {node}.x]", "m.z")
        pattern = f"({node}){arrow}(m{self.pick('', ':A|B')}){where}"
        if self.rarely():
            return f"COLLECT {{ MATCH {pattern} RETURN {self.pick('', 'DISTINCT ')}{result} AS c }}"
        return f"[{pattern} | {result}]"

    def condition(self) -> str:
        how = self.pick("", "", "", "NOT", "AND", "OR", "OR", "XOR")
        text = self._simple()
        if how == "NOT":
            return f"NOT {text}"
        return f"({text} {how} {self.condition()})" if how else text

    def _simple(self) -> str:
        one, two = self.value(), self.value()
        simple = [f"{one} {self.pick('=', '<>', '<', '>=', '=', 'IN')} {two}", f"{one} IS NULL"]
        simple[0] = simple[0].replace(f"IN {two}", f"IN [{two}, 1, null]")
        if not self.scope.nodes:
            return str(self.pick(*simple))
        node, other = self.pick(*self.scope.nodes), self.pick(*self.scope.nodes)
        key = self.pick("x", "y", "z")
        literal = self.pick("1", "'a'", "$one", "$text", "$none", "true", "1.0", "0")
        simple += [f"{node}:A", f"{node}:(A|!B)", f"{node}.x IN [1, null]", f"{node}.x = 1"]
        simple += [f"{node}.{key} = {literal}", f"{node}.{key} {self.pick('>', '<=')} {literal}"]
        simple += [f"{literal} < {node}.{key}", f"0 <= {node}.{key} < 2", f"{node} = {other}"]
        simple += [f"{node}.y {self.pick('STARTS WITH', 'CONTAINS', 'ENDS WITH')} 'a'"]
        simple += [f"{node}.{key} = {other}.{self.pick('x', 'y', 'z')}", f"{node}.z IN $list"]
        pattern = f"({node}){self.pick('-->', '<-[:R]-', '--')}({self.pick('', ':A', 'm')})"
        plain = pattern.replace("(m)", "()")
        simple += [plain, f"EXISTS {{ {pattern} }}", f"COUNT {{ MATCH {pattern} }} > 1"]
        simple += [f"EXISTS {{ MATCH ({node})-->(m) WHERE m.x {self.pick('=', '>')} {node}.x }}"]
        simple += [f"EXISTS {{ MATCH (m {{x: {node}.x}}) WITH m WHERE m <> {node} RETURN m }}"]
        simple += [f"COUNT {{ ({node})--(m) WHERE NOT (m)-->({node}) }} = 1"]
        simple += [f"size([{plain} | 1]) = 1", f"any(v IN [{node}.x, {node}.z] WHERE v = 1)"]
        return str(self.pick(*simple))

    def match(self, shape: str | None = None) -> str:
        """Args: shape: of its paths; "search" for shortest ones"""
        optional = self.pick("", "", "", "OPTIONAL ")
        self._taken = set()
        self._demands = []
        if shape is None:
            shape = self.pick("any", "any", "any", "any", "cycle", "star")
        if shape == "search":
            paths = ", ".join([self._shortest() for _ in self.times(1, 2)])
        elif shape == "cycle":
            paths = self.cycle()
        elif shape == "star":
            paths = self.star()
        else:
            paths = ", ".join([self.path() for _ in self.times(1, 2)])
        conditions = [*self._demands]
        if self.pick(False, False, True):
            conditions.append(self.condition())
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        return f"{optional}MATCH {paths}{where}"
