"""The demo's data: the packages that this machine really has or knows, as rows for a graph.

Above: `demo`. Sources: the metadata of the Python packages of this environment, and Debian's
package index where the machine has one. Rows are plain dictionaries, ready to be parameters of a
query.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

APT_LISTS = Path("/var/lib/apt/lists")
# Reads a package index whatever its compression; part of apt itself.
APT_HELPER = "/usr/lib/apt/apt-helper"

DEBIAN_RELATIONS = {
    "Depends": "DEPENDS",
    "Pre-Depends": "DEPENDS",
    "Recommends": "RECOMMENDS",
    "Suggests": "SUGGESTS",
    "Conflicts": "CONFLICTS",
}
_ALTERNATIVE = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9+.\-]*)(?::\w+)?\s*(?:\(([^)]*)\))?")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._\-]*)\s*(?:\[[^]]*\])?\s*([^;]*)")


@dataclass(slots=True)
class Packages:
    """Nodes by label, with their `~id` under `id`, and edges by type, with `source` and `target`
    ids."""

    nodes: dict[str, dict[str, dict[str, object]]] = field(default_factory=dict)
    edges: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def add_node(self, label: str, identity: str, **properties: object) -> None:
        """Add a node, or keep the one that is there."""
        self.nodes.setdefault(label, {}).setdefault(identity, {"id": identity, **properties})

    def add_edge(self, kind: str, source: str, target: str, **properties: object) -> None:
        self.edges.setdefault(kind, []).append({"source": source, "target": target, **properties})

    def node_count(self) -> int:
        return sum(len(rows) for rows in self.nodes.values())

    def edge_count(self) -> int:
        return sum(len(rows) for rows in self.edges.values())


def collect() -> Packages:
    """All packages that can be found here."""
    packages = Packages()
    add_python(packages)
    for index in debian_indexes():
        add_debian(packages, read_index(index))
    return packages


def add_python(packages: Packages) -> None:
    """Add the Python packages of this environment and what they require."""
    wanted: list[tuple[str, str, str, bool]] = []
    for distribution in metadata.distributions():
        name = normal_name(distribution.metadata["Name"])
        packages.add_node(
            "Package",
            f"pypi:{name}",
            name=name,
            version=distribution.version,
            summary=distribution.metadata.json.get("summary", ""),
            system="python",
        )
        for requirement in distribution.requires or []:
            match = _REQUIREMENT.match(requirement)
            if match:
                optional = "extra ==" in requirement
                wanted.append((name, normal_name(match[1]), match[2].strip(), optional))
    for name, target, versions, optional in sorted(wanted):
        # What an extra would bring, or another platform needs, is not installed: a package without
        # a version.
        packages.add_node("Package", f"pypi:{target}", name=target, system="python")
        kind = "SUGGESTS" if optional else "DEPENDS"
        packages.add_edge(kind, f"pypi:{name}", f"pypi:{target}", versions=versions)


def normal_name(name: str) -> str:
    """The normal form of a Python package's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def debian_indexes() -> list[Path]:
    """Debian's package indexes on this machine, if there are any that can be read."""
    if not APT_LISTS.is_dir():
        return []
    indexes = sorted(APT_LISTS.glob("*_Packages*"))
    if not Path(APT_HELPER).exists():
        return [index for index in indexes if index.suffix == ""]
    return indexes


def read_index(index: Path) -> Iterator[dict[str, str]]:
    """The paragraphs of a package index, each a dictionary of its fields."""
    if index.suffix == "":
        yield from paragraphs(index.read_text("utf-8").splitlines())
        return
    helper = shutil.which(APT_HELPER)
    assert helper is not None
    process = subprocess.run([helper, "cat-file", str(index)], check=True, capture_output=True)
    yield from paragraphs(process.stdout.decode("utf-8").splitlines())


def paragraphs(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    """Split the lines of a Debian control file into paragraphs; continued lines are left out."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line:
            if fields:
                yield fields
            fields = {}
        elif not line[0].isspace():
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    if fields:
        yield fields


def add_debian(packages: Packages, index: Iterable[dict[str, str]]) -> None:
    """Add Debian's packages with their relations, maintainers and sections."""
    relations: list[tuple[str, str, str]] = []
    for fields in index:
        name = fields["Package"]
        identity = f"deb:{name}"
        packages.add_node(
            "Package",
            identity,
            name=name,
            version=fields.get("Version", ""),
            summary=fields.get("Description", ""),
            system="debian",
            bytes=int(fields.get("Size", "0")),
        )
        section = fields.get("Section", "none")
        packages.add_node("Section", f"section:{section}", name=section)
        packages.add_edge("IN_SECTION", identity, f"section:{section}")
        maintainer = fields.get("Maintainer", "nobody")
        packages.add_node("Maintainer", f"maintainer:{maintainer}", name=maintainer)
        packages.add_edge("MAINTAINED_BY", identity, f"maintainer:{maintainer}")
        relations += [
            (identity, kind, fields[key]) for key, kind in DEBIAN_RELATIONS.items() if key in fields
        ]
    for identity, kind, text in relations:
        add_relations(packages, identity, kind, text)


def add_relations(packages: Packages, identity: str, kind: str, text: str) -> None:
    """Add what one relation field says: groups split by commas, alternatives by bars."""
    for group in text.split(","):
        alternatives = [match for part in group.split("|") if (match := _ALTERNATIVE.match(part))]
        for rank, match in enumerate(alternatives):
            target = f"deb:{match[1]}"
            # Not in the index: a name that other packages provide.
            packages.add_node("Package", target, name=match[1], system="debian")
            packages.add_edge(kind, identity, target, versions=match[2] or "", alternative=rank > 0)
