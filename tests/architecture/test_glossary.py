"""The glossary is true: each word is defined where it says, and no retired word came back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs" / "glossary.md").read_text().splitlines()
    if line.startswith("| ") and not line.startswith(("| word", "| ---"))
]
# words that meant several things, or that only we used
RETIRED = {
    *("Path", "Fate", "Made", "At", "Landing", "Trial", "Ruling", "Sighting", "Crossing"),
    *("Vantage", "Talk", "AttemptEnd", "Blame", "Stop", "Horizon", "Gap", "Stage", "Moment"),
    *("Inquiry", "About", "Asker", "Desk", "Greeting", "Reading", "Reach", "Setting", "Scene"),
}


def defined(path: Path) -> set[str]:
    """The names that a module defines."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.add(node.name)
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_a_word_is_defined_where_the_glossary_says(row: list[str]) -> None:
    path, _, name = row[2].strip("`").partition(":")
    assert (ROOT / path).exists()
    assert not name or name in defined(ROOT / path)


def test_a_word_stands_in_the_glossary_once() -> None:
    words = [row[0] for row in ROWS]
    assert len(words) > 30 and sorted(set(words)) == sorted(words)


@pytest.mark.parametrize("room", ["collectors", "workbench/analysis"])
def test_no_retired_word_names_a_class(room: str) -> None:
    classes = {
        name: path.name
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r"^class (\w+)", path.read_text(), re.MULTILINE)
    }
    assert {name: path for name, path in classes.items() if name in RETIRED} == {}
