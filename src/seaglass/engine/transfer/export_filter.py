"""What of a graph is exported: filters as StartExportTask has them, and the sections that they mean.

Above: `export`, library, server's worker. Below: `export_types`, `graph/read`. A section becomes one
set of files with one header: the nodes of a label, those without one, all nodes, the edges of a type,
or all edges.

    {"vertexFilter": {label: {"properties": {column: {"outputType", "sourcePropertyName",
     "multiValueHandling"}}}}, "edgeFilter": {...}}

    filter left out                  every label; an empty one names none
    label -> {}                      all its properties
    label -> {"properties": {}}      only `~id`, `~label`, `~from`, `~to`
    "*"                              every label that is not named, also none
    _NO_LABEL_, ""                   nodes without a label; names no edge
    _VERTEX_ALL_LABELS_,
    _EDGE_ALL_LABELS_                everything in one section
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from seaglass.base.errors import Invalid, NotFound
from seaglass.engine.graph import read
from seaglass.engine.transfer.export_types import OutType, output_type

if TYPE_CHECKING:
    from seaglass.engine.graph.version import GraphVersion

EVERY = "*"
NO_LABEL = "_NO_LABEL_"
ALL_NODES = "_VERTEX_ALL_LABELS_"
ALL_EDGES = "_EDGE_ALL_LABELS_"


class Rows(StrEnum):
    """Which nodes or edges a section has."""

    LABEL = "label"
    NO_LABEL = "no label"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Property:
    """One column of a section.

    Args:
        name: of the column; key: of the property; output: its type, None for that of the values
        many: whether all values of a list are written; None: a list as it is, where nothing is said
    """

    name: str
    key: str
    output: OutType | None
    many: bool | None


@dataclass(frozen=True, slots=True)
class Section:
    """One set of files.

    Args: label: the label or type, "" where `rows` says another thing; properties: None for all
    """

    edges: bool
    rows: Rows
    label: str
    properties: tuple[Property, ...] | None


def sections_of(version: GraphVersion, given: Mapping[str, Any] | None) -> tuple[Section, ...]:
    """The sections of a filter, nodes first, in the order of their labels.

    Raises:
        NotFound(label) when a label of the filter is not in the graph
        Invalid(illegal_argument) when the filter is none
    """
    filters = _mapping(given or {}, "exportFilter", ("vertexFilter", "edgeFilter"))
    nodes = _sections(False, read.labels(version), filters.get("vertexFilter"))
    edges = _sections(True, read.types(version), filters.get("edgeFilter"))
    return (*nodes, *edges)


def _sections(edges: bool, labels: tuple[str, ...], given: Any) -> list[Section]:
    noun = "edgeFilter" if edges else "vertexFilter"
    named = {EVERY: {}} if given is None else _mapping(given, noun, None)
    elements = {str(label): _properties(one, noun) for label, one in named.items()}
    found: list[Section] = []
    everything = elements.pop(ALL_EDGES if edges else ALL_NODES, _ABSENT)
    if everything is not _ABSENT:
        found.append(Section(edges, Rows.ALL, "", everything))
    rest = elements.pop(EVERY, _ABSENT)
    without = [elements.pop(name, _ABSENT) for name in (NO_LABEL, "")]
    bare = next((one for one in (*without, rest) if one is not _ABSENT), _ABSENT)
    unknown = sorted(set(elements) - set(labels))
    if unknown:
        kind = "edge" if edges else "vertex"
        raise NotFound(
            "label",
            f"NotFound: the graph has no {kind} with the label {unknown[0]!r}, which the {noun} "
            "names.",
        )
    for label in labels:
        chosen = elements.get(label, rest)
        if chosen is not _ABSENT:
            found.append(Section(edges, Rows.LABEL, label, chosen))
    if not edges and bare is not _ABSENT:
        found.append(Section(edges, Rows.NO_LABEL, "", bare))
    return found


# What stands for a label that a filter does not name; None is all properties.
_ABSENT: Any = object()


def _properties(given: Any, noun: str) -> tuple[Property, ...] | None:
    element = _mapping(given, noun, ("properties",))
    if element.get("properties") is None:
        return None
    named = _mapping(element["properties"], "properties", None)
    return tuple(_property(str(name), one) for name, one in named.items())


def _property(name: str, given: Any) -> Property:
    members = ("outputType", "sourcePropertyName", "multiValueHandling")
    one = _mapping(given, f"properties.{name}", members)
    handling = str(one.get("multiValueHandling", "PICK_FIRST")).upper()
    if handling not in ("TO_LIST", "PICK_FIRST"):
        raise Invalid(
            "illegal_argument",
            f"multiValueHandling is TO_LIST or PICK_FIRST, not {handling!r} ({name}).",
        )
    text = one.get("outputType")
    output = None if text is None else output_type(str(text))
    many = handling == "TO_LIST" or (output is not None and output.many)
    return Property(name, str(one.get("sourcePropertyName", name)), output, many)


def _mapping(given: Any, what: str, members: tuple[str, ...] | None) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise Invalid("illegal_argument", f"{what} must be a map, not {type(given).__name__}.")
    unknown = [] if members is None else sorted(set(given) - set(members))
    if unknown:
        raise Invalid(
            "illegal_argument",
            f"{what} has no member {unknown[0]!r}; it has {', '.join(members or ())}.",
        )
    return given
