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
from seaglass.engine.kernels.records import last_record_end
from seaglass.engine.kernels.words import count_byte
from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected, bad_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seaglass.engine.transfer.unpacking import Fetched

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Arrow's block has room for a whole one of ours, and what `for_arrow` adds.
ARROW_MORE_BYTES = len(BYTE_ORDER_MARK) + 1


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records. Args: line: of the first, counted from 1; stored_bytes: read for them"""

    data: bytes
    file: str
    line: int
    stored_bytes: int


def blocks_of(pieces: Iterable[Fetched], file: str, *, quoted: bool = True) -> Iterator[Block]:
    """The blocks of a file, of about the size of its pieces; the header is in the first.

    Args: quoted: whether quotes hold newlines together, as in CSV
    Raises: Rejected when a line is too long, or a quote is not closed
    """
    rest, line, stored_bytes = b"", 1, 0
    for piece in pieces:
        stored_bytes += piece.stored_bytes
        data = rest + piece.data if rest else piece.data
        end = last_record_end(data) if quoted else data.rfind(b"\n") + 1
        if end:
            whole = data if end == len(data) else data[:end]
            yield Block(whole, file, line, stored_bytes)
            line, stored_bytes = line + count_byte(whole, "\n"), 0
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
    return tuple(fields), replace(block, data=rest, line=block.line + 1)
