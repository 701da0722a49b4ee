"""What the documents say is true: links resolve, commands exist, every platform, step and cause is
named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.core.management import get_commands

from collectors.model.platform import Platform
from collectors.model.remedy import spells_nothing
from collectors.platforms import PLATFORMS
from collectors.playbook import STEPS
from tests.collectors.platforms.toy import TOY
from workbench.analysis.case.verdict import Cause

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)(#[^)\s]*)?\)")
COMMAND = re.compile(r"\./bothways ([a-z]+)")
CODE_PATH = re.compile(
    r"`((?:collectors|workbench|templates|static|docker|tests|docs)/[\w./-]+\.\w+)`"
)


def text(*names: str) -> str:
    """The text of these pages of docs/."""
    return "\n".join((ROOT / "docs" / name).read_text() for name in names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_resolve(page: Path) -> None:
    local = [target for target, _ in LINK.findall(page.read_text()) if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_exist(page: Path) -> None:
    assert set(COMMAND.findall(page.read_text())) <= set(get_commands()) | {"help"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_named_exist(page: Path) -> None:
    assert [
        name for name in CODE_PATH.findall(page.read_text()) if not (ROOT / name).exists()
    ] == []


def test_the_readme_begins_with_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    assert "./bothways demo" in readme and "./bothways test" in readme


def test_every_document_is_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        todo += [
            (page.parent / target).resolve()
            for target, _ in LINK.findall(page.read_text())
            if "://" not in target
        ]
    assert set(PAGES) - reached == set()


def undocumented(platforms: Iterable[Platform]) -> list[str]:
    """Platforms that the page of platforms does not name."""
    page = text("platforms.md")
    return [platform.name for platform in platforms if f"`{platform.name}`" not in page]


def test_a_platform_without_a_line_on_the_page_is_found() -> None:
    assert undocumented([TOY]) == [TOY.name]


def test_every_platform_and_step_is_documented() -> None:
    assert undocumented(PLATFORMS) == []
    assert [step.id for step in STEPS if f"`{step.id}`" not in text("playbook.md")] == []


def test_the_page_says_whose_fixes_are_commands() -> None:
    rows = [line for line in text("platforms.md").splitlines() if line.startswith("| `")]
    said = {line.split("`")[1] for line in rows if line.endswith("in commands |")}
    assert said == {one.name for one in PLATFORMS if one.spell is not spells_nothing}


def test_every_cause_is_documented() -> None:
    assert [cause.value for cause in Cause if f"`{cause.value}`" not in text("verdicts.md")] == []
