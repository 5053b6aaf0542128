"""N-Triples as nodes, labels, properties and edges.

Above: `reading`. Below: `blocks`, `batch`, Polars (one regular expression over all lines of a block).

    <s> rdf:type <C>    the node <s> has the label <C>
    <s> <p> "text"      the node <s> has the property <p>
    <s> <p> <o>         an edge of the type <p>

Ids, labels, types and keys keep their angle brackets. A blank node `_:x` is
`<http://aws.amazon.com/neptune/vocab/v01/BNode/{scope}#x>`, where the scope is of one file in one load. A
literal is a value of its datatype where a property can hold one, else its text; its language is
dropped. Several values of one property become a list.

Source: W3C RDF 1.1 N-Triples; Amazon Neptune Analytics User Guide, Mapping RDF triples.
"""

from __future__ import annotations

import hashlib
import re
import sys
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from seaglass.engine.transfer.batch import EdgeBatch, NodeBatch
from seaglass.engine.transfer.blocks import BYTE_ORDER_MARK
from seaglass.engine.transfer.cells import BadCell, bad_value, cell_value
from seaglass.engine.transfer.issues import ErrorClass, Issue, shown
from seaglass.engine.transfer.layout import ColumnSpec, Layout, Role, Type
from seaglass.engine.values import column as cols
from seaglass.engine.values.column import STRING

if TYPE_CHECKING:
    import polars as pl

    from seaglass.engine.transfer.batch import Batch
    from seaglass.engine.transfer.blocks import Block

RDF_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_BLANK = "<http://aws.amazon.com/neptune/vocab/v01/BNode/{scope}#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPES: dict[str, Type] = {
    "boolean": Type.BOOL,
    "byte": Type.BYTE,
    "short": Type.SHORT,
    "int": Type.INT,
    "long": Type.LONG,
    "integer": Type.LONG,
    "nonNegativeInteger": Type.LONG,
    "positiveInteger": Type.LONG,
    "nonPositiveInteger": Type.LONG,
    "negativeInteger": Type.LONG,
    "unsignedByte": Type.LONG,
    "unsignedShort": Type.LONG,
    "unsignedInt": Type.LONG,
    "unsignedLong": Type.LONG,
    "float": Type.FLOAT,
    "double": Type.DOUBLE,
    "decimal": Type.DOUBLE,
    "date": Type.DATE,
    "dateTime": Type.DATETIME,
}
_NUMBERED = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_INSIDE = rf'(?:[^\x00-\x20<>"{{}}|^`\\]|{_NUMBERED})*'
_SUBJECT = rf'<{_INSIDE}>|_:[^\s<>"\\]+'
_TRIPLE = (
    rf"^[ \t]*(?P<subject>{_SUBJECT})[ \t]*(?P<predicate><{_INSIDE}>)[ \t]*"
    rf'(?:(?P<object>{_SUBJECT})|"(?P<literal>(?:[^"\\\n\r]|\\[tbnrf"\'\\]|{_NUMBERED})*)"'
    rf"(?:@(?P<language>[a-zA-Z]+(?:-[a-zA-Z0-9]+)*)|\^\^<(?P<type>{_INSIDE})>)?)"
    r"[ \t]*\.[ \t]*(?:#.*)?$"
)
_NOTHING = r"^[ \t]*(?:#.*)?$"
_ESCAPE = re.compile(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([tbnrf"\'\\]))')
_ESCAPED = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_SCOPE_CHARS = 16
_RESOURCES = ("subject", "predicate", "object")

# What a file of triples has is not known before it is read.
TRIPLES = Layout(edges=False, columns=())


def scope_of(file: str, load_id: str) -> str:
    """Keeps the blank nodes of a file in one load apart from all others."""
    return hashlib.sha256(f"{load_id}\n{file}".encode()).hexdigest()[:_SCOPE_CHARS]


def triples_batches(block: Block, scope: str, *, neptune: bool) -> tuple[list[Batch], list[Issue]]:
    """The triples of a block, and what is wrong with lines that are left out."""
    import polars as pl

    triples, issues = _read(block)
    triples = triples.with_columns(*[_resource(name, scope) for name in _RESOURCES])
    if b"\\" in block.data:
        triples = triples.with_columns(
            *[pl.col(name).map_elements(unescaped, pl.String) for name in _RESOURCES]
        )
    batches: list[Batch] = []
    typed = (pl.col("predicate") == RDF_TYPE) & pl.col("object").is_not_null()
    classes = triples.filter(typed)
    if classes.height:
        # As lists: an IRI may have a semicolon.
        places = pa.array(np.arange(classes.height + 1), pa.int64())
        labels = pa.LargeListArray.from_arrays(places, _texts(classes["object"]))
        batches.append(NodeBatch(_texts(classes["subject"]), labels, {}, frozenset()))
    literals = triples.filter(pl.col("literal").is_not_null())
    for (predicate, kind), rows in literals.group_by(["predicate", "type"], maintain_order=True):
        spec = _spec(str(predicate), None if kind is None else str(kind), neptune=neptune)
        batches += _properties(spec, rows, block.file, issues)
    links = triples.filter(pl.col("object").is_not_null() & ~typed)
    if links.height:
        types = _texts(links["predicate"]).dictionary_encode()
        batches.append(EdgeBatch(_texts(links["subject"]), _texts(links["object"]), types, {}))
    return batches, sorted(issues, key=lambda issue: issue.line)


def _read(block: Block) -> tuple[pl.DataFrame, list[Issue]]:
    """The triples of a block, their parts in columns, and what is wrong with other lines."""
    import polars as pl

    texts, undecoded = _lines(block)
    numbered = pl.DataFrame({"text": texts}).with_row_index("line", block.line)
    numbered = numbered.with_columns(pl.col("text").str.strip_chars_end("\r"))
    triples = numbered.with_columns(pl.col("text").str.extract_groups(_TRIPLE).struct.unnest())
    good = pl.col("subject").is_not_null()
    if b"\\" in block.data:
        good &= pl.col("text").map_elements(_names_characters, pl.Boolean)
    wrong = triples.filter(~good & ~pl.col("text").str.contains(_NOTHING))
    issues = [
        Issue(
            ErrorClass.PARSING_ERROR,
            f"The line is no triple when parsing line `[{shown(row['text'])}]`.",
            block.file,
            row["line"],
        )
        for row in wrong.select("line", "text").iter_rows(named=True)
    ]
    return triples.filter(good), undecoded + issues


def _lines(block: Block) -> tuple[list[str], list[Issue]]:
    """The lines of a block; those that are no text are empty, and told."""
    data = block.data.removeprefix(BYTE_ORDER_MARK) if block.line == 1 else block.data
    try:
        return data.decode().split("\n"), []
    except UnicodeDecodeError:
        pass
    texts: list[str] = []
    issues: list[Issue] = []
    for number, line in enumerate(data.split(b"\n"), block.line):
        try:
            texts.append(line.decode())
        except UnicodeDecodeError:
            texts.append("")
            told = shown(line.decode(errors="replace"))
            text = f"The line is not UTF-8 text when parsing line `[{told}]`."
            issues.append(Issue(ErrorClass.PARSING_ERROR, text, block.file, number))
    return texts, issues


def _names_characters(text: str) -> bool:
    """Whether each escape by number is that of a character; half of a surrogate pair is none."""
    codes = [int(match[1] or match[2] or "0", 16) for match in _ESCAPE.finditer(text)]
    return all(code < 0xD800 or 0xDFFF < code <= sys.maxunicode for code in codes)


def _properties(
    spec: ColumnSpec, rows: pl.DataFrame, file: str, issues: list[Issue]
) -> list[Batch]:
    """The values of one property, of one datatype."""
    texts = rows["literal"].to_list()
    values: list[object] = []
    kept: list[int] = []
    for row, text in enumerate(texts):
        plain = unescaped(text) if "\\" in text else text
        if spec.type is Type.BOOL and plain == "1":
            plain = "true"
        try:
            values.append(cell_value(spec, plain))
        except BadCell as error:
            kind, told = bad_value(spec, error, plain, file)
            line = rows["text"][row]
            told = told.replace("{record}", shown(line))
            issues.append(Issue(kind, told, file, rows["line"][row]))
        else:
            kept.append(row)
    if not kept:
        return []
    column = cols.from_values(values)  # type: ignore[arg-type]
    subjects = _texts(rows["subject"]).take(np.array(kept, np.int64))
    return [NodeBatch(subjects, None, {spec.key: column}, frozenset())]


def _spec(predicate: str, kind: str | None, *, neptune: bool) -> ColumnSpec:
    name = "" if kind is None or not kind.startswith(_XSD) else kind.removeprefix(_XSD)
    kind_of = _TYPES.get(name, Type.STRING)
    return ColumnSpec(predicate, Role.PROPERTY, predicate, kind_of, neptune=neptune)


def _resource(name: str, scope: str) -> pl.Expr:
    """Blank nodes as IRIs, and IRIs as they are."""
    import polars as pl

    text = pl.col(name)
    blank = pl.concat_str(pl.lit(_BLANK.format(scope=scope)), text.str.slice(2), pl.lit(">"))
    return pl.when(text.str.starts_with("_:")).then(blank).otherwise(text).alias(name)


def unescaped(text: str) -> str:
    """A text with its escapes read, which name characters."""

    def character(match: re.Match[str]) -> str:
        code = match[1] or match[2]
        return chr(int(code, 16)) if code else _ESCAPED[match[3]]

    return _ESCAPE.sub(character, text)


def _texts(series: pl.Series) -> pa.Array:
    return series.to_arrow().cast(STRING)
