"""A query's result: its rows as frames, JSON bytes, Python dicts, tables, or a NetworkX graph.

Above: programs, the worker. Below: records, arrow, network, exec/json, running.
A result of a reading query computes while it is read; a result of a writing query is complete, and what it wrote is
durable, when the caller gets it. The query stays in the table of running queries until the result is read to its end,
closed, or dropped, but for one that has ended by then: a small read, or a write that shows nothing. Its version stays
pinned with the result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seaglass.base.closing import Closing
from seaglass.base.errors import Conflict, Unsupported
from seaglass.engine.exec.json import render, render_few
from seaglass.engine.memory import ENDS, ended
from seaglass.engine.records import frame_records

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from networkx import MultiDiGraph
    from pandas import DataFrame as PandasFrame
    from polars import DataFrame as PolarsFrame
    from pyarrow import Table

    from seaglass.engine.exec.context import Context
    from seaglass.engine.queries import Run
    from seaglass.engine.values.frame import Frame, Row


class Result(Closing):
    """Rows of one query, to be read once: of one that has ended, few and computed. `OpenResult` for
    all others.

    Attributes: columns: their names, in the order of RETURN
    """

    def __init__(self, run: Run, rows: tuple[Row, ...], context: Context) -> None:
        self._run = run
        self.columns = run.kept.plan.columns
        self._frames: Iterable[Frame] = rows
        self._few: tuple[Row, ...] | None = rows
        self._context = context
        self._read = False

    @property
    def query_id(self) -> str:
        """Its name in the table of queries."""
        return self._run.query.id

    def __repr__(self) -> str:
        names = ", ".join(self.columns) or "no columns"
        rows = "its rows have been read" if self._read else "rows() or pl() reads it, once"
        return f"<Result of {names}: {rows}>"

    def _leave(self) -> None:
        """The rows are read, or not wanted any more: may be called again."""
        self._frames = self._few = ()

    def _begin(self) -> None:
        """Raises: Conflict(state) where the rows have been read, or the result is closed."""
        if self._read:
            raise Conflict(
                "state",
                "The rows of this result have been read, or it was closed. Keep what rows() gave, "
                "or run the query again.",
            )
        self._read = True

    def frames(self) -> Generator[Frame]:
        """The rows in column form, in order.

        Raises: whatever the query raises: Interrupted(cancelled | timeout), Exhausted(memory), Invalid, …;
            Conflict(state) for the second who reads
        """
        self._begin()
        try:
            yield from self._frames
        except ENDS as error:
            raise ended(error) from None
        finally:
            self._leave()

    def json(self) -> Iterator[bytes]:
        """The result as Neptune Analytics sends it: `{"results": [{…}, …]}`, in pieces.

        Raises: as frames
        """
        frames = self.frames()
        try:
            yield from render(self.columns, frames, self._context)
        except ENDS as error:
            raise ended(error) from None
        finally:
            # Rendering may end before the rows do, by a cancel.
            frames.close()

    def few_json(self) -> bytes | None:
        """The whole of `json`, where the rows are few and computed; None for any other result, which
        is as it was.

        Raises: as frames
        """
        rows = self._few
        if rows is None:
            return None
        self._begin()
        try:
            return render_few(self.columns, rows, self._context)
        except ENDS as error:
            raise ended(error) from None
        finally:
            self._leave()

    def rows(self) -> list[dict[str, Any]]:
        """All rows as dicts from column name to value.

        Raises: as frames
        """
        rows: list[dict[str, Any]] = []
        self._begin()
        # As `frames`, without a generator in between: a look-up would feel it.
        try:
            for frame in self._frames:
                rows += frame_records(frame, self.columns, self._context.view.version)
        except ENDS as error:
            raise ended(error) from None
        finally:
            self._leave()
        return rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts, one at a time; Raises: as frames."""
        try:
            for frame in self.frames():
                yield from frame_records(frame, self.columns, self._context.version)
        except ENDS as error:
            raise ended(error) from None

    def arrow(self) -> Table:
        """All rows as a pyarrow.Table, for what works on columns.

        Columns are typed as their values are: booleans, integers, floats, strings, dates and times
        (a point in time as a timestamp in UTC; `rows` has its offset). A node is a
        struct of `~id`, `~labels` and `~properties`, a relationship one of `~id`, `~start`, `~end`,
        `~type` and `~properties`, a path one of `nodes` and `relationships`. `~properties` is a
        struct of the keys that the entities of the column have; it is left out where none has any.
        Lists and maps become lists and structs where their values fit one type. A column of values
        that fit none has each as JSON text. To work with ids alone, return `id(n)`.

        Raises: as frames
        """
        from seaglass.engine.arrow import table

        try:
            return table(self.columns, list(self.frames()), self._context.version)
        except ENDS as error:
            raise ended(error) from None

    def pl(self) -> PolarsFrame:
        """All rows as a Polars DataFrame; its columns are those of `arrow`.

        Raises: as frames
        """
        from polars import DataFrame, from_arrow

        frame = from_arrow(self.arrow())
        assert isinstance(frame, DataFrame)
        return frame

    def pd(self) -> PandasFrame:
        """All rows as a pandas DataFrame; its columns are those of `arrow`.

        Integers and booleans have pandas' types with missing values (Int64, boolean), so that a
        null makes no float of an integer. Structs are dicts.

        Raises: Unsupported(unsupported_operation) without pandas, which is not installed with
            seaglass; as frames
        """
        try:
            from pandas import BooleanDtype, Int64Dtype
        except ImportError:
            raise Unsupported(
                "unsupported_operation", "pd() needs pandas: `pip install pandas`."
            ) from None
        from seaglass.engine.arrow import INT, TRUTH

        nullable = {INT: Int64Dtype(), TRUTH: BooleanDtype()}
        return self.arrow().to_pandas(types_mapper=nullable.get)

    def graph(self) -> MultiDiGraph:
        """All nodes, relationships and paths in the rows as a NetworkX MultiDiGraph.

        Nodes stand under their `~id` and have `~labels` and their properties as attributes; edges
        have the relationship's `~id` as key, and `~type` and its properties. A node that is in the
        rows only as the end of a relationship has no attributes.

        Raises: Unsupported(unsupported_operation) without NetworkX, which is not installed with
            seaglass; as frames
        """
        from seaglass.engine.network import network

        return network(self)

    def close(self) -> None:
        """Ends the query; harmless when repeated."""
        self._read = True
        self._leave()


class OpenResult(Result):
    """The result of a query that stays in the table of queries until it is read."""

    def __init__(
        self,
        run: Run,
        frames: Iterator[Frame],
        context: Context,
        leave: Callable[[Run], None],
    ) -> None:
        super().__init__(run, (), context)
        self._frames: Iterator[Frame] = frames
        self._few = None
        self._leave_once: Callable[[Run], None] | None = leave

    def _leave(self) -> None:
        """Runs once: at the end, on close, or when the last reference goes."""
        leave, self._leave_once = self._leave_once, None
        if leave is not None:
            leave(self._run)

    def __del__(self) -> None:
        if self._leave_once is not None:
            self._leave()

    def close(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()
        super().close()
