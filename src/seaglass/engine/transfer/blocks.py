"""A file of lines cut into blocks that can be parsed by themselves.

Above: `load`. Below: `unpacking`, `kernels`, `issues`. A block is whole records of one file; a record may
span lines where a quoted text has newlines. Blocks come in the order of the file.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seaglass.base.limits import IMPORT_LINE_BYTES_MAX
from seaglass.engine.kernels.fields import split_records
from seaglass.engine.kernels.records import last_record_end
from seaglass.engine.kernels.words import count_byte
from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected, bad_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seaglass.engine.kernels.fields import Records
    from seaglass.engine.transfer.unpacking import Cut, Fetched

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Arrow's block has room for a whole one of ours, and what `for_arrow` adds.
ARROW_MORE_BYTES = len(BYTE_ORDER_MARK) + 1


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records.

    Args:
        text: the records, and where there are `records`, what is behind them
        line: of the first, counted from 1
        stored_bytes: read for them
        records: the fields of all of them, where they are known
    """

    text: bytes
    file: str
    line: int
    stored_bytes: int
    records: Records | None = None

    @property
    def data(self) -> bytes:
        """The records."""
        return self.text if self.records is None else self.text[: self.records.end]


def blocks_of(
    pieces: Iterable[Fetched | Cut], file: str, *, quoted: bool = True, columns: int = 0
) -> Iterator[Block]:
    """The blocks of a file, of about the size of its pieces; the header is in the first.

    Args:
        quoted: whether quotes hold newlines together, as in CSV
        columns: of which fields are looked for, since a text that is split into fields is cut as well
    Raises: Rejected when a line is too long, or a quote is not closed
    """
    rest, line, stored_bytes = b"", 1, 0
    for piece in pieces:
        stored_bytes += piece.stored_bytes
        data = b"".join((rest, piece.data))
        # The header is no record, and after a text that is not plain more of them come.
        records = split_records(data, columns) if columns and line > 1 else None
        if records is not None:
            end = records.end
        else:
            columns = columns if line == 1 else 0
            end = last_record_end(data) if quoted else data.rfind(b"\n") + 1
        if end:
            block = Block(
                data if records or end == len(data) else data[:end],
                file,
                line,
                stored_bytes,
                records,
            )
            yield block
            newlines = count_byte(block.text, "\n") if records is None else records.newlines
            line, stored_bytes = line + newlines, 0
            rest = data[end:]
        else:
            rest = data
        if len(rest) > IMPORT_LINE_BYTES_MAX:
            text = (
                f"Please check if you are loading lines longer than {IMPORT_LINE_BYTES_MAX},"
                " or if a quote is not closed."
            )
            raise Rejected(Issue(ErrorClass.LARGE_STRING_ERROR, text, file, line))
    if rest and quoted and last_record_end(rest + b"\n") <= len(rest):
        text = "Failure encounted while parsing the `csv` file. A quote is not closed."
        raise Rejected(Issue(ErrorClass.PARSING_ERROR, text, file, line))
    if rest:
        yield Block(rest, file, line, stored_bytes)


def for_arrow(data: bytes) -> bytes:
    """Records as Arrow's reader takes them: it drops a byte order mark wherever it begins."""
    return BYTE_ORDER_MARK + data if data.startswith(BYTE_ORDER_MARK) else data


def split_header(block: Block) -> tuple[tuple[str, ...], Block]:
    """The fields of the first record of a file's first block, and the rest of the block.

    Raises: Rejected when it is no text, or has a newline in a field
    """
    data = block.data.removeprefix(BYTE_ORDER_MARK)
    line, _, rest = data.partition(b"\n")
    try:
        text = line.decode().removesuffix("\r")
    except UnicodeDecodeError:
        raise bad_header("The header is not UTF-8 text.", block.file) from None
    if "\r" in text:
        raise bad_header("Lines end with a newline, before which a return may stand.", block.file)
    try:
        fields = next(csv.reader(io.StringIO(text), strict=True), [])
    except csv.Error:
        raise bad_header("Failure encounted while parsing the `csv` file.", block.file) from None
    return tuple(fields), replace(block, text=rest, line=block.line + 1)
