"""Parsing of clauses and of whole queries.

Above: `compile`. Below: patterns, expressions, the cursor.
Clauses are recognised by their first word; those that are not served yet are refused by name.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Literal

from seaglass.base.codes import Code
from seaglass.base.limits import QUERY_SUBQUERY_DEPTH
from seaglass.engine.cypher.syntax import ast
from seaglass.engine.cypher.syntax.patterns import PatternParser
from seaglass.engine.cypher.syntax.tokens import END, NAME_KINDS, VARIABLE_KINDS

if TYPE_CHECKING:
    from seaglass.base.errors import SeaglassError
    from seaglass.engine.cypher.syntax.source import Source

_CLAUSE_WORDS = (
    "MATCH",
    "CREATE",
    "MERGE",
    "SET",
    "REMOVE",
    "DELETE",
    "DETACH",
    "UNWIND",
    "WITH",
    "RETURN",
    "OPTIONAL",
    "CALL",
    "UNION",
    "FOREACH",
)
_REFUSED = {
    "MANDATORY": "MANDATORY MATCH is",
    "FOREACH": "FOREACH is",
    "LOAD": "LOAD CSV is",
    "USE": "USE is",
    "EXPLAIN": "EXPLAIN in the text of a query is",
    "PROFILE": "PROFILE in the text of a query is",
    "START": "START is",
    "DROP": "DROP is",
    "SHOW": "SHOW is",
}
_READS_PLANS = "send the query by itself, and ask for its explain"
# What to do instead, where that is known.
_INSTEAD = {
    "MANDATORY": "write MATCH, and look whether there are rows",
    "FOREACH": "write `UNWIND list AS item`, and the write after it",
    "LOAD": "`CALL neptune.load(...)` and `CALL neptune.read(...)` read files",
    "EXPLAIN": _READS_PLANS,
    "PROFILE": f"{_READS_PLANS} with DETAILS",
    "USE": "a query runs on the graph that it is sent to",
    "DROP": "there are no indexes and constraints, and so none to drop",
    "SHOW": "`CALL neptune.graph.pg_schema()` gives labels, types and properties",
}
_SCHEMA_WORDS = {
    "INDEX": "properties are indexed by themselves",
    "CONSTRAINT": "``MERGE (n:Label {`~id`: $id})`` makes each node once",
    "UNIQUE": "write MERGE",
    "FULLTEXT": "write `n.x CONTAINS 'text'`",
}


class Parser(PatternParser):
    """Reads one query from the source."""

    def query(self) -> ast.Statement:
        """All clauses up to the end of the text.

        Raises: Invalid(malformed_query | query_too_large), Unsupported(unsupported_operation)
        """
        statement = self.statement(";")
        while self.accept(";"):
            pass
        if not self.at_end():
            raise self.source.malformed(
                self.token.start, "A query ends at `;`; send the next one by itself"
            )
        return statement

    def statement(self, closer: str) -> ast.Statement:
        """Clauses, and queries joined by UNION, up to `closer` or the end of the text."""
        at = self.token.start
        branches = [self._single(closer)]
        distinct: bool | None = None
        while self.token.kind == "UNION":
            union = self.take()
            all_rows = self.accept("ALL")
            if distinct is all_rows:
                raise self.source.malformed(
                    union.start,
                    "UNION and UNION ALL cannot stand side by side; put one in CALL { }",
                    Code.CLAUSE_ORDER,
                )
            distinct = not all_rows
            if self.token.kind in (closer, "UNION", END):
                raise self.unexpected("a query after `UNION`")
            branches.append(self._single(closer))
        return branches[0] if distinct is None else ast.Union(tuple(branches), distinct, at)

    def _single(self, closer: str) -> ast.Query:
        clauses: list[ast.Clause] = []
        while self.token.kind not in (closer, "UNION", END):
            clauses.append(self._clause(clauses))
        end = self.token.start
        if not clauses:
            raise self.source.malformed(end, "The query is empty; it needs at least one clause")
        return ast.Query(tuple(clauses), end)

    def _clause(self, before: list[ast.Clause]) -> ast.Clause:
        kind = self.token.kind
        match kind:
            case "OPTIONAL" if self.peek(1).kind == "CALL":
                at = self.take().start
                return self._call_clause(at, optional=True)
            case "MATCH" | "OPTIONAL":
                return self._match()
            case "WITH":
                return self._with()
            case "RETURN":
                at = self.take().start
                return ast.Return(self._projection(at), at)
            case "UNWIND":
                return self._unwind()
            case "CALL":
                return self._call_clause(self.token.start, optional=False)
            case "CREATE":
                return self._create()
            case "MERGE":
                return self._merge()
            case "SET":
                at = self.take().start
                return ast.Set(self._set_items(), at)
            case "REMOVE":
                return self._remove()
            case "DELETE" | "DETACH":
                return self._delete()
            case _:
                raise self._no_clause(before)

    def _no_clause(self, before: list[ast.Clause]) -> SeaglassError:
        token = self.token
        if token.kind in ("USING", "PREFIX"):
            what = "Query hints" if token.kind == "USING" else "Prefixes"
            return self.source.malformed(token.start, f"{what} stand before the first clause")
        if token.kind == "START" and self.peek(1).kind == "WITH":
            return self.unexpected("an operator", instead="write `STARTS WITH`")
        if token.kind in _REFUSED:
            fix = _INSTEAD.get(token.kind, "")
            return self.source.unsupported(token.start, _REFUSED[token.kind], instead=fix)
        if token.kind == "WHERE":
            return self.source.malformed(
                token.start, "`WHERE` belongs right after the pattern of MATCH, or after WITH"
            )
        if token.kind in NAME_KINDS:
            near = difflib.get_close_matches(token.text.upper(), _CLAUSE_WORDS, 1, 0.75)
            if near:
                return self.source.malformed(
                    token.start, f"`{token.text}` begins no clause; did you mean `{near[0]}`?"
                )
        if before and isinstance(before[-1], ast.Return | ast.With):
            return self.unexpected("`,`, `AS`, an operator or the next clause")
        return self.unexpected("an operator or the next clause" if before else "a clause")

    def braced(self, *, patterns: bool) -> ast.Statement:
        self.enter(QUERY_SUBQUERY_DEPTH)
        opened = self.take()
        begin = self.token
        named = begin.kind in VARIABLE_KINDS and self.peek(1).kind == "="
        statement: ast.Statement
        if patterns and (begin.kind == "(" or named):
            paths = self.paths("MATCH")
            where = self.expression() if self.accept("WHERE") else None
            match = ast.Match(paths, where, False, begin.start)
            statement = ast.Query((match,), self.token.start)
        else:
            statement = self.statement("}")
        self.close(opened)
        self.depth -= QUERY_SUBQUERY_DEPTH
        return statement

    def _match(self) -> ast.Match:
        at = self.token.start
        optional = self.accept("OPTIONAL")
        self.expect("MATCH", "or `CALL` after `OPTIONAL`")
        paths = self.paths("MATCH")
        if self.token.kind == "USING":
            raise self.source.unsupported(
                self.token.start, "The USING planner hint is", instead="leave it out"
            )
        where = self.expression() if self.accept("WHERE") else None
        return ast.Match(paths, where, optional, at)

    def _create(self) -> ast.Create:
        at = self.take().start
        if self.token.text.upper() in _SCHEMA_WORDS and self.token.kind in NAME_KINDS:
            word = self.token.text.upper()
            raise self.source.unsupported(at, f"CREATE {word} is", instead=_SCHEMA_WORDS[word])
        return ast.Create(self.paths("CREATE"), at)

    def _merge(self) -> ast.Merge:
        at = self.take().start
        path = self.path("MERGE")
        on_create: list[ast.SetItem] = []
        on_match: list[ast.SetItem] = []
        while self.accept("ON"):
            if self.token.kind not in ("CREATE", "MATCH"):
                raise self.unexpected("`CREATE` or `MATCH` after `ON`")
            items = on_create if self.take().kind == "CREATE" else on_match
            self.expect("SET", "after `ON CREATE` or `ON MATCH`")
            items.extend(self._set_items())
        return ast.Merge(path, tuple(on_create), tuple(on_match), at)

    def _set_items(self) -> tuple[ast.SetItem, ...]:
        items = [self._set_item()]
        while self.accept(","):
            items.append(self._set_item())
        return tuple(items)

    def _set_item(self) -> ast.SetItem:
        at = self.token.start
        subject = self.postfix()
        if isinstance(subject, ast.HasLabels):
            return ast.SetLabels(subject.subject, subject.labels, at)
        replace = self.token.kind == "="
        if self.token.kind == "==":
            raise self.source.malformed(self.token.start, "`==` is not an operator; write `=`")
        if replace and isinstance(subject, ast.Property):
            self.take()
            return ast.SetProperty(subject.subject, subject.key, self.expression(), at)
        if isinstance(subject, ast.Name) and self.token.kind in ("=", "+="):
            self.take()
            return ast.SetProperties(subject, self.expression(), replace, at)
        if isinstance(subject, ast.Property):
            fix = "write `n.x = n.x + 1`" if self.token.kind == "+=" else ""
            what = f"`=` and a value for the property `{subject.key}`"
            raise self.unexpected(what, instead=fix)
        if isinstance(subject, ast.Name):
            raise self.unexpected("`=`, `+=`, `.` and a property, or `:` and a label")
        raise self.source.malformed(at, "SET needs a property (`n.key`), a variable or labels")

    def _remove(self) -> ast.Set:
        at = self.take().start
        items = [self._remove_item()]
        while self.accept(","):
            items.append(self._remove_item())
        return ast.Set(tuple(items), at)

    def _remove_item(self) -> ast.SetItem:
        at = self.token.start
        subject = self.postfix()
        if isinstance(subject, ast.HasLabels):
            return ast.RemoveLabels(subject.subject, subject.labels, at)
        if isinstance(subject, ast.Property):
            return ast.RemoveProperty(subject.subject, subject.key, at)
        raise self.source.malformed(
            at, "REMOVE needs a property (`n.key`) or labels (`n:Label`); DELETE removes `n` itself"
        )

    def _delete(self) -> ast.Delete:
        at = self.token.start
        detach = self.accept("DETACH")
        self.expect("DELETE", "after `DETACH`")
        expressions = [self.expression()]
        while self.accept(","):
            expressions.append(self.expression())
        return ast.Delete(tuple(expressions), detach, at)

    def _unwind(self) -> ast.Unwind:
        at = self.take().start
        listed = self.expression()
        self.expect("AS", "and a variable, as in `UNWIND list AS item`")
        variable = self.variable()
        return ast.Unwind(listed, variable.text, variable.start, at)

    def _call_clause(self, at: int, *, optional: bool) -> ast.Clause:
        """`CALL { subquery }`, `CALL (x, y) { subquery }` or `CALL procedure`."""
        self.take()
        imports = self._imports() if self.token.kind == "(" else None
        if self.token.kind == "{":
            call = ast.CallSubquery(self.braced(patterns=False), imports, optional, at)
            if self.token.kind == "IN":
                why = (
                    "every query is one transaction, as in Neptune Analytics;"
                    " send batches of rows as queries of their own"
                )
                raise self.source.unsupported(self.token.start, "CALL { } IN TRANSACTIONS is", why)
            return call
        if imports is not None:
            raise self.unexpected("`{` and a subquery after `CALL (...)`")
        if optional:
            raise self.source.unsupported(at, "OPTIONAL CALL of a procedure is")
        return self._procedure_call()

    def _imports(self) -> tuple[ast.Name, ...] | Literal["*"]:
        """`(x, y)`, `(*)` or `()`: what CALL takes into its subquery."""
        opened = self.take()
        if self.accept("*"):
            self.close(opened)
            return "*"
        names: list[ast.Name] = []
        if self.token.kind != ")":
            names.append(self._imported())
            while self.accept(","):
                names.append(self._imported())
        self.close(opened, also="`,` or ")
        return tuple(names)

    def _imported(self) -> ast.Name:
        token = self.variable()
        return ast.Name(token.text, token.start)

    def _procedure_call(self) -> ast.ProcedureCall:
        at = self.token.start
        name = self.name("`{` and a subquery, or the name of a procedure, after `CALL`")
        while self.accept("."):
            name = f"{name}.{self.name('the next part of the name of the procedure')}"
        arguments: list[ast.Expression] | None = None
        if self.token.kind == "(":
            opened = self.take()
            arguments = []
            while not arguments or self.accept(","):
                if self.token.kind == ")" and not arguments:
                    break
                arguments.append(self.expression())
            self.close(opened, also="`,` or " if arguments else "")
        yields: list[ast.YieldItem] = []
        yield_at = self.token.start
        star = named = False
        if self.accept("YIELD"):
            star = self.accept("*")
            named = not star
            if named:
                yields.append(self._yield_item())
                while self.accept(","):
                    yields.append(self._yield_item())
        where = self.expression() if (star or named) and self.accept("WHERE") else None
        return ast.ProcedureCall(
            name,
            None if arguments is None else tuple(arguments),
            tuple(yields) if named else None,
            star,
            where,
            at,
            yield_at,
        )

    def _yield_item(self) -> ast.YieldItem:
        token = self.variable()
        name = self.variable().text if self.accept("AS") else token.text
        return ast.YieldItem(token.text, name, token.start)

    def _with(self) -> ast.With:
        at = self.take().start
        projection = self._projection(at)
        where = self.expression() if self.accept("WHERE") else None
        return ast.With(projection, where, at)

    def _projection(self, at: int) -> ast.Projection:
        distinct = self.accept("DISTINCT")
        star = self.accept("*")
        items: list[ast.Item] = []
        if not star or self.accept(","):
            items.append(self._item())
            while self.accept(","):
                items.append(self._item())
        order: list[ast.Order] = []
        if self.accept("ORDER"):
            self.expect("BY", "after `ORDER`")
            order.append(self._order())
            while self.accept(","):
                order.append(self._order())
        skip = self.expression() if self.accept("SKIP") else None
        limit = self.expression() if self.accept("LIMIT") else None
        if self.token.kind == "SKIP" or (self.token.kind == "ORDER" and (skip or limit)):
            raise self.source.malformed(
                self.token.start, "The order of these is ORDER BY, SKIP, LIMIT"
            )
        return ast.Projection(distinct, star, tuple(items), tuple(order), skip, limit, at)

    def _item(self) -> ast.Item:
        start = self.token.start
        expression = self.expression()
        end = self.tokens[self.index - 1].end
        if self.accept("AS"):
            return ast.Item(expression, self.variable().text, True, start)
        if isinstance(expression, ast.Name) and self.tokens[self.index - 1].start == start:
            # One token. The name comes without back-ticks, so that column and variable are one.
            return ast.Item(expression, expression.name, True, start)
        return ast.Item(expression, self.source.text[start:end], False, start)

    def _order(self) -> ast.Order:
        expression = self.expression()
        if self.token.kind in ("DESC", "DESCENDING"):
            self.take()
            return ast.Order(expression, descending=True)
        if self.token.kind in ("ASC", "ASCENDING"):
            self.take()
        return ast.Order(expression, descending=False)


def parse(source: Source) -> ast.Statement:
    """The syntax tree of a query."""
    return Parser(source).query()
