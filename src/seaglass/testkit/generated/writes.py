"""Queries that write, by chance.

Above: tests. Below: `queries`. What a clause writes may depend on the order of its rows; before
each there is an order of all variables, so that the numbers of what is made are certain, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seaglass.testkit.generated.queries import Clauses, Query

if TYPE_CHECKING:
    from seaglass.testkit.generated.chance import Chance

_TYPES = ("R", "S", "T")


class _Writing(Clauses):
    """Draws clauses that write."""

    def ordered(self) -> str:
        """The rows in an order that only leaves rows open that are alike."""
        names = self.scope.certain()
        # Of these only the number of items is certain.
        self.scope.bags, self.scope.routes = [], []
        if not names:
            return "WITH 1 AS one"
        listed = ", ".join(names)
        return f"WITH {listed} ORDER BY {listed} LIMIT {self.pick(4, 8, 2)}"

    def stored(self) -> str:
        """A value that a graph can hold, unless a variable is of another kind."""
        scope = self.scope
        choices = ["1", "'a'", "null", "2.5", "[1, 2]", "$one", "$text", "true", "$float", "'é'"]
        choices += ["0.0 / 0.0", "date('1970-01-02')", "[]", "9223372036854775807"]
        if scope.nodes:
            node = self.pick(*scope.nodes)
            choices += [f"{node}.x", f"{node}.z", f"{node}.y", f"size({node}.y)", f"labels({node})"]
            choices += [f"{node}.x + 1", f"COUNT {{ ({node})-->() }}", "COUNT { MATCH (:A) }"]
        if scope.edges:
            choices.append(f"{self.pick(*scope.edges)}.w")
        if scope.others:
            choices += [self.pick(*scope.others)]
        return str(self.pick(*choices))

    def map(self, *keys: str) -> str:
        items = [f"{key}: {self.stored()}" for key in keys if self.pick(True, False)]
        return f" {{{', '.join(items)}}}" if items else ""

    def create(self) -> str:
        made: list[tuple[list[str], str]] = []
        paths = []
        for _ in self.times(1, 2):
            steps = self.times(0, 2)
            text = self._made_node(made, edges=bool(steps))
            for _ in steps:
                name = self.scope.name("r") if self.pick(True, False) else ""
                left, right = self.pick(("-", "->"), ("<-", "-"))
                kind = self.pick(*_TYPES)
                text += f"{left}[{name}:{kind}{self.map('w', 'z')}]{right}"
                text += self._made_node(made, edges=True)
                if name:
                    made.append((self.scope.edges, name))
            paths.append(text)
        for kind, name in made:
            kind.append(name)
        return f"CREATE {', '.join(paths)}"

    def _made_node(self, made: list[tuple[list[str], str]], *, edges: bool) -> str:
        scope = self.scope
        if edges and scope.nodes and self.pick(True, False):
            return f"({self.pick(*scope.nodes)})"
        name = scope.name("n") if self.pick(True, False) else ""
        if name:
            made.append((scope.nodes, name))
        return f"({name}{self.pick('', ':A', ':B:C', ':D')}{self.map('x', 'y', 'z', 'k')})"

    def merge(self) -> str:
        shape = self.pick("node", "edge", "edge", "path")
        scope = self.scope
        keys = f" {{x: {self._merged()}}}"
        if shape == "node":
            name = scope.name("n")
            text = f"({name}{self.pick('', ':A', ':D')}{self.pick(keys, keys, '')})"
            text = f"({name}:D)" if text == f"({name})" else text
            scope.nodes.append(name)
        else:
            ends = [self._merge_end(keys) for _ in range(2)]
            name = scope.name("r")
            left, right = self.pick(("-", "->"), ("<-", "-"), ("-", "-"))
            properties = self.pick("", "", f" {{w: {self._merged()}}}")
            text = f"{ends[0]}{left}[{name}:{self.pick(*_TYPES)}{properties}]{right}{ends[1]}"
            scope.edges.append(name)
        on_create = f" ON CREATE SET {self._own(name)}" if self.pick(True, False) else ""
        on_match = f" ON MATCH SET {self._own(name)}" if self.pick(True, False) else ""
        return f"MERGE {text}{on_create}{on_match}"

    def _merge_end(self, keys: str) -> str:
        if self.scope.nodes and self.pick(True, True, False):
            return f"({self.pick(*self.scope.nodes)})"
        return f"({self.pick('', ':A', ':D')}{self.pick('', keys)})"

    def _merged(self) -> str:
        """A value to merge by; sometimes null, which fails."""
        scope = self.scope
        choices = ["1", "2", "1.0", "$one", "'a'"]
        if scope.nodes:
            choices += [f"coalesce({self.pick(*scope.nodes)}.x, 0)", f"{self.pick(*scope.nodes)}.x"]
        choices += [f"coalesce({name}, 1)" for name in scope.others]
        return str(self.pick(*choices))

    def _own(self, name: str) -> str:
        """SET items of what is merged: which row comes last would show in others."""
        own = [f"{name}.k = coalesce({name}.k, 0) + 1", f"{name}.z = 'seen'", f"{name} += {{k: 5}}"]
        own += [f"{name}.k = {name}.x", f"{name}.x = 7", f"{name} = {{k: 1, x: null}}"]
        if name.startswith("n"):
            own.append(f"{name}:E")
        return ", ".join(self.pick(*own) for _ in self.times(1, 2))

    def set_(self) -> str:
        items = []
        for _ in self.times(1, 3):
            entity = self.pick(*self.scope.nodes, *self.scope.edges)
            choices = [f"{entity}.{self.pick('x', 'z', 'k')} = {self.stored()}"] * 3
            choices += [f"{entity}.x = {entity}.x + 1", f"{entity} += {self.map('z', 'k') or '{}'}"]
            choices += [f"{entity} = {self.map('x', 'z') or 'null'}", f"{entity} += $map"]
            choices += [f"{entity} = properties({self.pick(*self.scope.nodes or [entity])})"]
            if entity in self.scope.nodes:
                choices += [f"{entity}:{self.pick('A', 'B:C', 'D')}"] * 2
            items.append(self.pick(*choices))
        return f"SET {', '.join(items)}"

    def remove(self) -> str:
        items = []
        for _ in self.times(1, 2):
            entity = self.pick(*self.scope.nodes, *self.scope.edges)
            choices = [f"{entity}.{self.pick('x', 'y', 'z', 'w')}"]
            if entity in self.scope.nodes:
                choices.append(f"{entity}:{self.pick('A', 'B:C')}")
            items.append(self.pick(*choices))
        return f"REMOVE {', '.join(items)}"

    def delete(self) -> str:
        """Afterwards nothing is left in the scope that may be gone."""
        scope = self.scope
        doomed = [*scope.nodes, *scope.edges, *scope.edges, *scope.paths]
        names = [self.pick(*doomed) for _ in self.times(1, 2)]
        only_edges = all(name in scope.edges for name in names)
        detach = "" if only_edges else self.pick("DETACH ", "DETACH ", "DETACH ", "")
        kept = [f"type({name}) AS {scope.name('c')}" for name in names if name in scope.edges]
        scope.nodes, scope.edges, scope.lists, scope.paths = [], [], [], []
        scope.others = [item.rpartition(" ")[2] for item in kept]
        columns = ", ".join(kept) or "count(*) AS gone"
        if not kept:
            scope.others.append("gone")
        return f"{detach}DELETE {', '.join(names)} WITH {columns}"

    def each(self) -> str:
        """A subquery that writes, or FOREACH's equivalent."""
        node = self.pick(*self.scope.nodes)
        inner = self.pick(
            f"SET {node}.k = coalesce({node}.k, 0) + 1",
            f"CREATE ({node})-[:T]->(:D {{x: {node}.x}})",
            f"MERGE (m:D {{x: coalesce({node}.x, 0)}}) SET m.k = coalesce(m.k, 0) + 1",
            f"MATCH (m:A) SET m.k = COUNT {{ MATCH (:D) }} CREATE (:D {{x: {node}.x}})",
            f"MATCH ({node})-[r:S]->() DELETE r",
            f"CREATE (m:D {{x: {node}.x}}) WITH m RETURN count(m) AS made",
        )
        name = ""
        if inner.endswith("AS made"):
            name = self.scope.name("c")
            inner = inner.replace("AS made", f"AS {name}")
        text = f"CALL {{ WITH {node} {inner} }}"
        if name:
            self.scope.others.append(name)
        return text

    def write(self) -> str:
        named = bool(self.scope.nodes or self.scope.edges)
        kinds = ["create", "merge"]
        kinds += ["set", "set", "remove", "delete", "merge"] if named else []
        kinds += ["each"] if self.scope.nodes else []
        match self.pick(*kinds):
            case "create":
                return self.create()
            case "merge":
                return self.merge()
            case "set":
                return self.set_()
            case "remove":
                return self.remove()
            case "delete":
                return self.delete()
            case _:
                return self.each()


def writing(chance: Chance) -> Query:
    """A query that writes, and returns rows or does not."""
    clauses = _Writing(chance)
    parts = clauses.reading(1) if clauses.pick(True, True, False) else []
    if not parts and clauses.pick(True, False):
        parts.append(clauses.unwind())
    for _ in clauses.times(1, 3):
        if parts:
            parts.append(clauses.ordered())
        parts.append(clauses.write())
        if clauses.rarely():
            parts += [clauses.ordered(), clauses.match(), clauses.ordered(), clauses.write()]
    if clauses.pick(True, False) or not clauses.scope.all():
        text = " ".join(parts)
        if text.rpartition("WITH ")[2].startswith(("type(", "count(")):
            text = text.rpartition(" WITH ")[0]
        return Query(text, text, (0, None), frozenset(), None)
    return clauses.finished(parts)


def history(chance: Chance) -> tuple[Query, ...]:
    """Queries that write, one after the other."""
    return tuple(writing(chance) for _ in range(chance.number(1, 4)))
