"""The launcher: it makes its environment, passes everything on, and says clearly what it cannot
do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from pathlib import Path

import pytest

from tests.house.conftest import ROOT, Launch


def test_alone_it_prints_help_and_makes_nothing(launch: Launch, checkout: Path) -> None:
    result = launch()
    assert result.returncode == 0
    assert "./bothways diagnose" in result.stdout
    assert not (checkout / ".venv").exists()


def test_it_makes_the_environment_by_venv_and_pip_and_passes_arguments_and_directory_on(
    launch: Launch, checkout: Path, tmp_path: Path
) -> None:
    result = launch("diagnose", "tcp 192.0.2.1:* > 192.0.2.2:443", "", cwd=tmp_path)
    started = json.loads(result.stdout)
    assert started["argv"] == ["diagnose", "tcp 192.0.2.1:* > 192.0.2.2:443", ""]
    assert started["cwd"] == str(tmp_path)
    assert started["prefix"] == str(checkout / ".venv")


@pytest.mark.usefixtures("uv")
@pytest.mark.parametrize("status", [0, 1, 2, 64, 69])
def test_the_exit_status_is_that_of_the_command(launch: Launch, status: int) -> None:
    assert launch("diagnose", STATUS=str(status)).returncode == status


@pytest.mark.usefixtures("uv")
def test_the_second_start_makes_nothing_again(launch: Launch) -> None:
    assert "making the Python environment" in launch("diagnose").stderr
    assert launch("diagnose").stderr == ""


@pytest.mark.usefixtures("uv")
def test_changed_requirements_are_installed(launch: Launch, checkout: Path) -> None:
    launch("diagnose")
    (checkout / "requirements.txt").write_text("# something else\n")
    assert "making the Python environment" in launch("diagnose").stderr


@pytest.mark.usefixtures("uv")
def test_a_moved_checkout_makes_its_environment_anew(
    launch: Launch, checkout: Path, tools: Path
) -> None:
    launch("diagnose")
    moved = checkout.rename(checkout.with_name("moved"))
    env = {"PATH": str(tools), "HOME": "/"}
    result = subprocess.run([moved / "bothways", "x"], env=env, capture_output=True, text=True)
    assert json.loads(result.stdout)["prefix"] == str(moved / ".venv")


@pytest.mark.usefixtures("uv")
def test_it_is_found_through_a_link(
    launch: Launch, checkout: Path, tools: Path, tmp_path: Path
) -> None:
    (tmp_path / "bw").symlink_to(checkout / "bothways")
    env = {"PATH": str(tools), "HOME": "/"}
    result = subprocess.run([tmp_path / "bw", "x"], env=env, capture_output=True, text=True)
    assert json.loads(result.stdout)["argv"] == ["x"]


@pytest.mark.usefixtures("uv")
def test_two_starts_at_once_make_one_environment(launch: Launch) -> None:
    results: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda: results.append(launch("diagnose"))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [result.returncode for result in results] == [0, 0]
    assert sum("making the Python environment" in result.stderr for result in results) == 1


def test_no_python_is_said_in_one_sentence(launch: Launch, tools: Path) -> None:
    (tools / "python3").unlink()
    result = launch("diagnose", BOTHWAYS_PYTHON="/nonexistent")
    assert result.returncode == 78
    assert "Python 3.11, 3.12 or 3.13" in result.stderr


def test_a_directory_that_cannot_be_written_is_said_with_a_way_out(
    launch: Launch, checkout: Path
) -> None:
    (checkout / "file").write_text("")
    result = launch("diagnose", BOTHWAYS_VENV=str(checkout / "file" / "venv"))
    assert result.returncode == 78
    assert "BOTHWAYS_VENV" in result.stderr and result.stderr.count("\n") == 1


@pytest.mark.usefixtures("uv")
def test_a_directory_that_is_no_environment_is_left_as_it_is(
    launch: Launch, tmp_path: Path
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter").write_text("dear")
    result = launch("diagnose", BOTHWAYS_VENV=str(tmp_path / "mine"))
    assert result.returncode == 78 and "left as it is" in result.stderr
    assert (tmp_path / "mine" / "letter").read_text() == "dear"


@pytest.mark.usefixtures("uv")
def test_an_environment_whose_python_is_gone_is_made_anew(launch: Launch, checkout: Path) -> None:
    launch("diagnose")
    (checkout / ".venv" / "bin" / "python").unlink()
    result = launch("diagnose")
    assert result.returncode == 0 and "making the Python environment" in result.stderr


def program(folder: Path, name: str, text: str) -> None:
    """Put a small program on the bare PATH."""
    (folder / name).unlink(missing_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{text}\n")
    (folder / name).chmod(0o755)


@pytest.mark.usefixtures("uv")
def test_missing_programs_are_named_with_the_command_that_installs_them(
    launch: Launch, tools: Path
) -> None:
    program(tools, "id", "echo 1000")
    program(tools, "apt-get", "exit 1")
    result = launch("demo")
    assert re.search(r"sudo apt-get install .*\b(nftables|frr|keepalived)\b", result.stderr)
    assert result.returncode == 0  # the demo has recordings to fall back to


@pytest.mark.usefixtures("uv")
def test_elsewhere_than_on_debian_they_are_named_too(launch: Launch) -> None:
    result = launch("demo")
    assert re.search(
        r"by the names of Debian's packages.*\b(nftables|frr|keepalived)\b", result.stderr
    )


@pytest.mark.usefixtures("uv")
def test_diagnose_wants_no_programs(launch: Launch) -> None:
    assert "apt-get" not in launch("diagnose").stderr


def test_what_the_installer_says_is_repeated_and_kept(launch: Launch, checkout: Path) -> None:
    (checkout / "requirements.txt").write_text("this is no requirement\n")
    result = launch("diagnose")
    assert result.returncode == 78
    assert "ERROR: Invalid requirement" in result.stderr  # pip's own words
    assert "this is no requirement" in (checkout / ".venv.log").read_text()
    assert "reachable" not in result.stderr  # no guess


@pytest.mark.usefixtures("uv")
def test_a_log_of_an_installation_that_worked_is_not_kept(launch: Launch, checkout: Path) -> None:
    launch("diagnose")
    assert not (checkout / ".venv.log").exists()


def test_the_runtime_is_part_of_the_other_layers_in_the_same_versions() -> None:
    runtime, dev, bench = (_pins(f"requirements{layer}.txt") for layer in ("", "-dev", "-bench"))
    assert runtime.items() <= dev.items()
    assert runtime.items() <= bench.items()


def _pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text().splitlines()
    return dict(line.split(" ")[0].split("==") for line in lines if re.match(r"[a-z0-9]", line))


def test_the_launcher_is_executable_and_posix() -> None:
    assert os.access(ROOT / "bothways", os.X_OK)
    assert subprocess.run(["sh", "-n", str(ROOT / "bothways")]).returncode == 0
