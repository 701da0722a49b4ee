"""The lock installs by what people have: the pip of Debian 12, later ones, and uv."""

from __future__ import annotations

import re
import subprocess
import venv
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.conftest import ROOT

INSTALLERS = Path(__file__).parent / "installers"
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-bench.txt")
OFFLINE = re.compile(
    "Failed to establish a new connection|NewConnectionError|error sending request|dns error", re.I
)


def test_every_extra_that_a_package_asks_for_is_pinned_with_its_package() -> None:
    """pip before 24 refuses `coverage[toml]` where the lock names `coverage` only."""
    pinned = dict(_pinned("requirements-dev.txt"))
    wanted = {(name, extra) for name, extra in _wanted_extras(pinned) if name in pinned}
    assert wanted, "pytest-cov at least asks for one"
    assert not {(name, extra) for name, extra in wanted if extra not in pinned[name]}


def _pinned(lock: str) -> Iterator[tuple[str, set[str]]]:
    for line in (ROOT / lock).read_text().splitlines():
        if re.match(r"[A-Za-z0-9]", line):
            requirement = Requirement(line.rstrip("\\ "))
            yield canonicalize_name(requirement.name), requirement.extras


def _wanted_extras(pinned: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    for package in distributions():
        own = pinned.get(canonicalize_name(package.metadata["Name"]))
        if own is None:
            continue
        for requirement in map(Requirement, package.requires or ()):
            marker = requirement.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *own)):
                yield from (
                    (canonicalize_name(requirement.name), extra) for extra in requirement.extras
                )


@pytest.fixture(scope="module", params=sorted(file.stem for file in INSTALLERS.glob("*.txt")))
def installer(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """The command by which one installer would install, in an environment of its own."""
    folder = tmp_path_factory.mktemp("installer") / request.param
    venv.create(folder, with_pip=True)
    python = str(folder / "bin" / "python")
    _run(
        [
            python,
            "-m",
            "pip",
            "install",
            "-q",
            "--require-hashes",
            "-r",
            str(INSTALLERS / f"{request.param}.txt"),
        ]
    )
    if request.param == "uv":
        return [str(folder / "bin" / "uv"), "pip", "install", "--dry-run", "--python", python]
    return [python, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed"]


@pytest.mark.parametrize("lock", LOCKS)
def test_the_lock_resolves(installer: list[str], lock: str) -> None:
    _run([*installer, "--require-hashes", "-r", str(ROOT / lock)])


def _run(command: list[str]) -> None:
    result = subprocess.run(command, capture_output=True, text=True, timeout=600)
    said = result.stdout + result.stderr
    if result.returncode and OFFLINE.search(said):
        pytest.skip("no package index can be reached")
    assert result.returncode == 0, said[-2000:]
