"""Does a real network come up, let people log in, fail as declared, and leave nothing behind?"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from workbench.lab.build.namespaces import LabError, check_privileges, found, run_inside
from workbench.lab.build.running import Up, chosen, instances, running, start, stop
from workbench.lab.declare.words import Account


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOTHWAYS_LAB_DIR", str(tmp_path / "labs"))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BOTHWAYS_LAB_DIR", str(tmp_path_factory.mktemp("labs")))
        with running("fw-pair-nosync", 0) as up:
            yield up


def eventually(true: Callable[[], Any], seconds: float = 120.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(true())


def ssh(up: Up, name: str, command: str) -> subprocess.CompletedProcess[str]:
    device = next(d for d in json.loads(up.inventory.read_text())["devices"] if d["name"] == name)
    login = device["ssh"]
    options = [
        "-F",
        "none",
        "-o",
        f"UserKnownHostsFile={login['known_hosts']}",
        "-o",
        "StrictHostKeyChecking=yes",
    ]
    where = ["-i", login["key"], "-p", str(login["port"]), f"{login['user']}@{login['host']}"]
    return subprocess.run(
        ["ssh", *options, *where, command], capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.lab
def test_login_lands_in_a_node_of_its_own(pair: Up) -> None:
    assert ssh(pair, "client", "hostname; id -un").stdout.split() == ["client", "root"]
    assert "192.0.2.1/24" in ssh(pair, "client", "ip -br addr").stdout


@pytest.mark.lab
def test_ops_is_not_root_but_may_become_it(pair: Up) -> None:
    assert pair.plan.accounts["fw-a"] is Account.OPS
    assert ssh(pair, "fw-a", "id -un; sudo -n id -un").stdout.split() == ["ops", "root"]
    assert "policy drop" in ssh(pair, "fw-a", "sudo -n nft list ruleset").stdout


@pytest.mark.lab
def test_the_machines_own_accounts_are_untouched(pair: Up) -> None:
    assert "Operations" not in Path("/etc/passwd").read_text()
    assert ssh(pair, "fw-a", "getent passwd ops").stdout.startswith("ops:")


@pytest.mark.lab
def test_client_keeps_trying_and_fails(pair: Up) -> None:
    assert eventually(lambda: len(pair.outcomes()) >= 2)
    assert not any(attempt["ok"] for attempt in pair.outcomes())


@pytest.mark.lab
def test_the_state_is_private(pair: Up) -> None:
    assert pair.home.stat().st_mode & 0o077 == 0


@pytest.mark.lab
def test_nothing_is_left_when_it_ends() -> None:
    with running("asym-routers") as up:
        pid = up.pid("r1")
        assert run_inside(pid, "hostname").stdout.strip() == "r1"
        assert eventually(lambda: any(attempt["ok"] for attempt in up.outcomes()))
    assert not up.home.exists()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.lab
@pytest.mark.skipif(found("ulogd") is None, reason="ulogd is not installed")
def test_a_login_without_sudo_reads_what_the_firewall_logged() -> None:
    with running("log-policy") as up:
        assert up.plan.accounts["fw"] is Account.PLAIN
        flow = f"SRC={up.flow.src} DST={up.flow.dst} "
        assert eventually(lambda: flow in ssh(up, "fw", "cat /var/log/ulog/syslogemu.log").stdout)
        assert ssh(up, "fw", "nft list ruleset").returncode != 0


@pytest.mark.lab
def test_leftovers_of_a_crash_are_found_and_removed() -> None:
    up = start("asym-routers")
    pid = up.pid("r1")
    os.kill(up.state["keeper"], signal.SIGKILL)
    assert eventually(lambda: not Path(f"/proc/{pid}").exists()), "nodes die with their keeper"
    (left,) = chosen("asym-routers")
    assert not left.alive
    stop(left)
    assert instances() == []


@pytest.mark.lab
def test_up_status_and_down_by_command(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("lab", "up", "half-path", "--seed", "1")
    shown = capsys.readouterr()
    assert {"name", "role", "ssh", "sudo"} <= set(json.loads(shown.out)["devices"][0])
    assert "./bothways diagnose 'tcp " in shown.err
    call_command("lab", "status", "--json")
    (row,) = json.loads(capsys.readouterr().out)
    assert row["alive"]
    call_command("lab", "down", "half-path")
    assert "is gone" in capsys.readouterr().out
    assert instances() == []


def test_list_tells_name_cause_and_title(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("lab", "list")
    assert "fw-pair-nosync           asym_stateful_fw" in capsys.readouterr().out


def test_down_of_what_does_not_run_is_one_sentence() -> None:
    with pytest.raises(CommandError, match="No lab called 'half-path' runs"):
        call_command("lab", "down", "half-path")


def test_without_root_the_refusal_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(LabError, match=r"needs root .* or play the recordings"):
        check_privileges()


def test_missing_programs_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(LabError, match="not installed: nosuchprogram"):
        check_privileges(("nosuchprogram",))
