"""A checkout of nothing but the launcher, in a directory whose name has spaces."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
MANAGE = """import json, os, sys
print(json.dumps({"argv": sys.argv[1:], "cwd": os.getcwd(), "prefix": sys.prefix}))
sys.exit(int(os.environ.get("STATUS", "0")))
"""

PROGRAMS = (
    "sh",
    "readlink",
    "dirname",
    "cksum",
    "cat",
    "id",
    "mkdir",
    "rm",
    "rmdir",
    "printf",
    "env",
    "tail",
    "sed",
)

Launch = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The launcher with requirements that need no network, and a manage.py that tells what it was
    given."""
    folder = tmp_path / "a check out"
    folder.mkdir()
    shutil.copy(ROOT / "bothways", folder)
    for layer in ("", "-dev", "-bench"):
        (folder / f"requirements{layer}.txt").write_text("# nothing\n")
    (folder / "manage.py").write_text(MANAGE)
    return folder


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A PATH with the few programs that the launcher may count on, and this Python; neither uv nor
    apt-get."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name in PROGRAMS:
        found = shutil.which(name)
        assert found
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(os.path.realpath(sys.executable))
    return folder


UV = """#!/bin/sh
case "$1 $2" in
"venv -q") mkdir -p "$5/bin" && ln -sf PYTHON "$5/bin/python" && echo "home = $(dirname PYTHON)" >"$5/pyvenv.cfg" ;;
"pip sync") exit 0 ;;
*) echo "unknown: $*" >&2 && exit 9 ;;
esac
"""


@pytest.fixture
def uv(tools: Path) -> None:
    """A uv that makes a bare environment at once and installs nothing, for tests that are about
    something else."""
    (tools / "ln").symlink_to(shutil.which("ln") or "")
    (tools / "uv").write_text(UV.replace("PYTHON", os.path.realpath(sys.executable)))
    (tools / "uv").chmod(0o755)


@pytest.fixture
def launch(checkout: Path, tools: Path) -> Launch:
    """Run the launcher with the bare PATH; further environment by keyword."""

    def run(*arguments: str, cwd: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
        clean = {"PATH": str(tools), "HOME": str(checkout), **env}
        command = [str(checkout / "bothways"), *arguments]
        return subprocess.run(
            command, cwd=cwd, env=clean, capture_output=True, text=True, timeout=120
        )

    return run
