"""The code on the pages for those who extend it is made of names that exist today."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("adding-a-hypothesis.md", "adding-a-platform.md", "adding-a-step.md")
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PLACE = re.compile(r"`((?:collectors|workbench|tests/collectors)/[\w./-]*)`")
INLINE = re.compile(r"(?<!`)`([A-Za-z_][\w.]*)(?:\(\))?`(?!`)")
FILES = (".py", ".md")
ROOMS = ("collectors", "workbench", "tests/collectors")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text()


def trees(paths: Iterator[Path]) -> Iterator[ast.AST]:
    return (ast.parse(path.read_text()) for path in paths)


def files_named(text: str) -> Iterator[Path]:
    """The modules that a page names, one by one or by their folder."""
    for place in map(ROOT.joinpath, PLACE.findall(text)):
        if place.suffix == ".py":
            yield place
        elif place.is_dir():
            yield from place.rglob("*.py")


def bound(tree: ast.AST) -> Iterator[str]:
    """Every name that a piece of code defines, imports or assigns, arguments too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def read(tree: ast.AST) -> Iterator[str]:
    """Every name that it takes for given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id


def members(tree: ast.AST) -> Iterator[str]:
    """Every attribute and every keyword that it uses."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg is not None:
            yield node.arg


@cache
def every_name() -> frozenset[str]:
    """The names that the code defines anywhere, with the methods of what comes with Python."""
    paths = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    ours = {name for tree in trees(paths) for name in bound(tree)}
    return frozenset(ours.union(dir(str), dir(dict), dir(list)))


@cache
def every_word() -> frozenset[str]:
    """The words of all code, texts in it included: settings and counters of devices."""
    paths = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    return frozenset(word for path in paths for word in re.findall(r"\w+", path.read_text()))


def unknown_names(text: str) -> set[str]:
    """What the code of a page takes for given, and the modules that the page names do not hold."""
    blocks = [ast.parse(block) for block in BLOCK.findall(text)]
    known = {name for tree in trees(files_named(text)) for name in bound(tree)}
    known |= {name for block in blocks for name in bound(block)} | set(dir(builtins))
    return {name for block in blocks for name in read(block)} - known


def unknown_members(text: str) -> set[str]:
    """Attributes and keywords in the code of a page that nothing has."""
    blocks = map(ast.parse, BLOCK.findall(text))
    return {name for block in blocks for name in members(block)} - every_name()


def unknown_words(text: str) -> set[str]:
    """Names within the sentences of a page that stand nowhere in the code."""
    named = [name for name in INLINE.findall(BLOCK.sub("", text)) if not name.endswith(FILES)]
    return {name for name in named if not set(name.split(".")) <= every_word()}


@pytest.mark.parametrize("name", PAGES)
def test_the_code_takes_names_of_the_modules_that_the_page_shows(name: str) -> None:
    assert BLOCK.findall(page(name))
    assert unknown_names(page(name)) == set()


@pytest.mark.parametrize("name", PAGES)
def test_the_code_uses_attributes_and_keywords_that_exist(name: str) -> None:
    assert unknown_members(page(name)) == set()


@pytest.mark.parametrize("name", PAGES)
def test_names_in_sentences_stand_in_the_code(name: str) -> None:
    assert unknown_words(page(name)) == set()


def test_old_code_is_found() -> None:
    """A page that shows `collectors/playbook/neighbours.py` with names that it never had."""
    text = (
        "`collectors/playbook/neighbours.py` uses `Stoppage`.\n\n```python\n"
        "def queries(view: View, asker: Asker) -> object:\n"
        "    return ask(near(view), wherefore=view.inquisitions)\n```\n"
    )
    assert unknown_names(text) == {"Asker"}
    assert unknown_members(text) == {"wherefore", "inquisitions"}
    assert unknown_words(text) == {"Stoppage"}
