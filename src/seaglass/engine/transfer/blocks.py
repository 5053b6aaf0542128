"""A file of lines cut into blocks that can be parsed by themselves.

Above: `load`. Below: `kernels/records`, `issues`. A block is whole records of one file; a record may
span lines where a quoted text has newlines. Blocks come in the order of the file.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seaglass.base.limits import IMPORT_LINE_BYTES_MAX
from seaglass.engine.kernels.records import last_record_end
from seaglass.engine.transfer.issues import ErrorClass, Issue, Rejected, bad_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records. Args: line: of the first, counted from 1"""

    data: bytes
    file: str
    line: int


def blocks_of(chunks: Iterable[bytes], file: str) -> Iterator[Block]:
    """The blocks of a file, of about the size of its chunks; the header is in the first.

    Raises: Rejected when a line is too long
    """
    rest, line = b"", 1
    for chunk in chunks:
        data = rest + chunk if rest else chunk
        end = last_record_end(data)
        if end:
            yield Block(data[:end], file, line)
            line += newlines(data[:end])
            rest = data[end:]
        else:
            rest = data
        if len(rest) > IMPORT_LINE_BYTES_MAX:
            text = (
                f"Please check if you are loading lines longer than {IMPORT_LINE_BYTES_MAX},"
                " or if a quote is not closed."
            )
            raise Rejected(Issue(ErrorClass.LARGE_STRING_ERROR, text, file, line))
    if rest:
        yield Block(rest, file, line)


def newlines(data: bytes) -> int:
    """How many newlines there are."""
    return int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))


def split_header(block: Block) -> tuple[tuple[str, ...], Block]:
    """The fields of the first record of a file's first block, and the rest of the block.

    Raises: Rejected when it is no text, or has a newline in a field
    """
    data = block.data.removeprefix(_BOM)
    line, _, rest = data.partition(b"\n")
    try:
        text = line.decode().rstrip("\r")
    except UnicodeDecodeError:
        raise bad_header("The header is not UTF-8 text.", block.file) from None
    try:
        fields = next(csv.reader(io.StringIO(text), strict=True), [])
    except csv.Error:
        raise bad_header("Failure encounted while parsing the `csv` file.", block.file) from None
    return tuple([field.strip() for field in fields]), Block(rest, block.file, block.line + 1)
