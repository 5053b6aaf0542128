"""Settings that are many numbers of one kind."""

from __future__ import annotations

from dataclasses import replace

import pytest
import typer
from typer.testing import CliRunner

from seaglass.base.settings import Quotas, Rates
from seaglass.cli.app import app
from seaglass.cli.numbers import changed, written


def test_what_is_said_is_changed_and_the_rest_is_not() -> None:
    said = changed("quota", Quotas(), ["graphs=3", "private-endpoints = 7"])
    assert said == replace(Quotas(), graphs_max=3, private_endpoints_max=7)
    assert changed("rate", Rates(), ["reads=5"]) == replace(Rates(), reads_per_second=5.0)
    assert changed("quota", Quotas(), None) == Quotas()


def test_what_is_written_can_be_said() -> None:
    quotas, rates = Quotas(1, 2, 3_000_000, 4), Rates(1, 2, 3)
    assert changed("quota", Quotas(), said(written(quotas))) == quotas
    assert changed("rate", Rates(), said(written(rates))) == rates


def said(text: str) -> list[str]:
    return [one.strip().replace(" ", "=") for one in text.split(",")]


def test_the_help_shows_whole_words_in_a_narrow_terminal() -> None:
    text = CliRunner().invoke(app, ["serve", "--help"], env={"COLUMNS": "80"}).stdout
    assert "provisioned-memory" in text
    assert "1000000" in text
    assert "\u2026" not in text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("graph=3", "'graph' is no quota. Write --quota NAME=N, with one of graphs, snapshots"),
        ("graphs", "'' is no quota of graphs"),
        ("graphs=0", "'0' is no quota of graphs"),
        ("graphs=-1", "'-1' is no quota of graphs"),
        ("graphs=1.5", "'1.5' is no quota of graphs"),
        ("graphs=9999999999", "'9999999999' is no quota of graphs"),
        ("graphs=\u0663", "is no quota of graphs. Write it like graphs=10."),
    ],
)
def test_what_says_nothing_is_named(
    text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        changed("quota", Quotas(), [text])
    assert told in capsys.readouterr().err
