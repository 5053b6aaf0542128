"""The repository read as data: what docs/STYLE.md asks for and a program can check."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
PARAMETERS_MAX = 5

# call -> the files that own it
OWNED_CALLS = {
    "time.time": ["base/clock.py"],
    "time.monotonic": ["base/clock.py"],
    "datetime.now": ["base/clock.py"],
    "random.random": ["base/rng.py"],
    "secrets.token_bytes": ["base/rng.py"],
    "os.urandom": ["base/rng.py"],
    "uuid.uuid4": ["base/rng.py"],
    "os.fsync": ["base/files.py"],
    "os.fdatasync": ["base/files.py"],
    "os.replace": ["base/files.py"],
    "pickle.loads": [],
    "pickle.dumps": [],
    "eval": [],
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef, lines: list[str]) -> int:
    """Lines of a function without its docstring, blank lines and comments."""
    first = function.body[0]
    start = function.lineno
    skipped: set[int] = set()
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
        skipped = set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    count = 0
    for number in range(start, (function.end_lineno or start) + 1):
        text = lines[number - 1].strip()
        if number not in skipped and text and not text.startswith("#"):
            count += 1
    return count


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_sizes(path: Path) -> None:
    text = path.read_text()
    lines = text.splitlines()
    assert len(lines) <= FILE_LINES_MAX
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert code_lines(node, lines) <= FUNCTION_LINES_MAX, node.name
            arguments = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            named = [a for a in arguments if a not in ("self", "cls")]
            # Commands have one parameter per option, by the way typer works.
            if "/cli/" not in path.as_posix():
                assert len(named) <= PARAMETERS_MAX, node.name


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_modules_say_what_they_are(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_calls_stay_with_their_owners(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            call = ast.unparse(node.func)
            owners = OWNED_CALLS.get(call)
            if owners is not None:
                assert any(path.as_posix().endswith(owner) for owner in owners), call


def test_nothing_is_left_open_in_the_source() -> None:
    pattern = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError)\b")
    for path in SOURCES:
        assert not pattern.search(path.read_text()), name_of(path)


def test_decision_numbers_are_unique() -> None:
    numbers = Counter(path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md"))
    assert [number for number, count in numbers.items() if count > 1] == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", path.read_text()):
        if "://" not in target:
            assert (path.parent / target).exists(), target
