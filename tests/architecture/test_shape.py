"""The shape of the code: import direction, sizes, and that nothing reaches out to the network
behind our back."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from collectors.platforms.linux.counter_meanings import names_of_counters

ROOT = Path(__file__).resolve().parents[2]
# also those that nobody has added yet: a new file is looked at before its commit
TRACKED = subprocess.run(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
    cwd=ROOT,
    capture_output=True,
    text=True,
).stdout.splitlines()
URL = re.compile(r"https?://([A-Za-z0-9.-]+)")
LIMIT = 400  # lines; 300 is the aim
TEMPLATE_COLUMNS = 160
LONGER = {"collectors/pcap/packets.py"}  # one decoder, unrolled: it reads 100,000 packets a second


def tracked(*suffixes: str, under: str = "") -> list[Path]:
    """The files of the repository (new ones, too) with these endings, or, in a tree without git, the files
    there."""
    names = TRACKED or [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if ".venv" not in path.parts
    ]
    found = [
        ROOT / n
        for n in names
        if n.endswith(suffixes) and n.startswith(under) and (ROOT / n).is_file()
    ]
    assert found, "nothing to look at"
    return found


def test_imports_point_one_way() -> None:
    command = "from importlinter.cli import lint_imports_command as main; main()"
    result = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True
    )
    assert result.returncode == 0, result.stdout[-3000:]


@pytest.mark.parametrize(
    "path", tracked(".txt", ".lock", ".toml", ".npmrc", "pip.conf"), ids=lambda p: p.name
)
def test_a_lock_file_names_no_host(path: Path) -> None:
    if "fixtures" in path.parts or "static" in path.parts:
        return
    assert URL.findall(path.read_text(errors="replace")) == []


def test_pages_load_nothing_from_elsewhere() -> None:
    loading = re.compile(r"""(?:src|href|action)\s*=\s*["'](?:https?:)?//""")
    found = [
        path for path in tracked(".html", under="templates") if loading.search(path.read_text())
    ]
    assert found == []


def test_a_comment_of_a_template_ends_on_its_line() -> None:
    """Django shows one that does not to everybody."""
    begun = re.compile(r"\{#(?!.*#\})")
    shown = [
        f"{path.relative_to(ROOT)}: {line}"
        for path in tracked(".html", under="templates")
        for line in path.read_text().splitlines()
        if begun.search(line)
    ]
    assert shown == []


def test_lines_of_a_template_are_short_enough_to_read() -> None:
    lines = [
        (path, line)
        for path in tracked(".html", under="templates")
        for line in path.read_text().splitlines()
    ]
    assert [
        f"{path.relative_to(ROOT)}: {line[:60]}"
        for path, line in lines
        if len(line) > TEMPLATE_COLUMNS
    ] == []


def test_our_scripts_and_styles_load_nothing_from_elsewhere() -> None:
    ours = [path for path in tracked(".js", ".css", under="static") if "vendor" not in path.parts]
    loading = re.compile(
        r"""(?:@import|url\(|import\s|fetch\(|importScripts\()\s*["']?(?:https?:)?//"""
    )
    assert [path for path in ours if loading.search(path.read_text())] == []


def test_files_stay_small() -> None:
    sources = [path for path in tracked(".py") if "migrations" not in path.parts]
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in sources}
    assert {name: size for name, size in sizes.items() if size > LIMIT and name not in LONGER} == {}


def test_no_path_of_one_machine_is_written_down() -> None:
    homes = re.compile(r"(?:^|[\s\"'=:(])(/(?:home|Users|root)/[A-Za-z][\w.-]*/)")
    ours = [
        p
        for p in tracked(".py", ".md", ".toml", ".yaml", ".sh", "bothways")
        if "fixtures" not in p.parts
    ]
    found = {
        str(p.relative_to(ROOT)): homes.findall(p.read_text())
        for p in ours
        if p.name != Path(__file__).name
    }
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_every_public_function_says_what_it_answers() -> None:
    import ast

    missing = []
    for path in [
        p for p in tracked(".py") if p.parts[len(ROOT.parts)] in {"collectors", "workbench"}
    ]:
        if "migrations" in path.parts:
            continue
        tree = ast.parse(path.read_text())
        for node in tree.body:
            public = isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith(
                "_"
            )
            if public and not ast.get_docstring(node):
                missing.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}")
    assert missing == []


# names that are long enough to mean nothing else; those of `conntrack -S` are also states of packets
NATIVE = re.compile(
    "|".join(
        (
            *(name for name in names_of_counters() if name[0].isupper()),
            "conntrackd",
            "External ?Cache",
            "(?:Address|Protocol|State) (?:Accept|Ignore)",
        )
    )
)


def test_the_analysis_names_no_counter_of_a_platform() -> None:
    """It asks by `CounterMeaning`; the name that a reason shows comes with the answer."""
    found = [
        (path.name, word)
        for path in tracked(".py", under="workbench/analysis")
        for word in NATIVE.findall(path.read_text())
    ]
    assert found == []
