"""The contract of the command line: what goes to stdout, what to stderr, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from workbench.incidents.management.commands import diagnose
from workbench.terminal.audit import AuditFile
from workbench.terminal.plain import plain

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT / "tests" / "fixtures" / "recordings"
RECORDING = str(RECORDINGS / "fw-pair-nosync.json.gz")
FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
FIXED = {
    "root_cause", "verdict", "guilty_node", "direction", "decided_by", "drop", "forward_path", "reverse_path",
    "divergent",
    "state_boundaries", "confidence", "reasons", "alternatives", "fix_class", "fixes", "unreached", "timings",
}  # fmt: skip


def run(*words: str) -> tuple[int, str, str]:
    """Exit status, stdout and stderr of the command, in this process."""
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(diagnose.Command(), *words, stdout=out, stderr=err)
    return int(ended.value.code or 0), out.getvalue(), err.getvalue()


def inventory(folder: Path, text: str = '{"devices": []}') -> str:
    file = folder / "inventory.json"
    file.write_text(text)
    return str(file)


def test_one_verdict_object_goes_to_stdout_and_progress_to_stderr() -> None:
    status, out, err = run("--replay", RECORDING, "--json")
    verdict = json.loads(out)
    assert status == 1
    assert verdict.keys() >= FIXED
    assert (verdict["root_cause"], verdict["verdict"], verdict["guilty_node"]) == (
        "asym_stateful_fw",
        "broken",
        "fw-b",
    )
    assert "watching the flow for 6 s" in err


def test_without_json_it_is_told_in_words() -> None:
    status, out, err = run("--replay", RECORDING, "--quiet")
    assert status == 1
    assert out.startswith("BROKEN: asym_stateful_fw")
    for words in ("out:", "client > r1 > [fw-a] > r2 > server", "guilty: fw-b", "Why:", "Fix"):
        assert words in out
    assert err == ""


CLIENT = """ops@c:~$ ip route get 203.0.113.10
203.0.113.10 via 192.0.2.1 dev eth0 src 192.0.2.20 uid 1000
    cache
ops@c:~$ tcpdump -ni eth0 tcp port 443
14:13:01.000001 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240, length 0
14:13:01.000301 IP 203.0.113.10.443 > 192.0.2.20.43122: Flags [R.], seq 0, ack 1001, win 0, length 0
"""
SERVER = """$ ip route get 192.0.2.20
192.0.2.20 via 203.0.113.1 dev eth0 src 203.0.113.10 uid 0
$ ss -ltn
State  Recv-Q Send-Q Local Address:Port Peer Address:Port
LISTEN 0      128    127.0.0.1:443      0.0.0.0:*
"""


def test_what_people_pasted_is_enough_without_any_login(tmp_path: Path) -> None:
    for name, text in (("laptop", CLIENT), ("web", SERVER)):
        (tmp_path / name).write_text(text)
    words = [
        word for name in ("laptop", "web") for word in ("--pasted", f"{name}={tmp_path / name}")
    ]
    status, out, _ = run(FLOW, *words, "--json")
    verdict = json.loads(out)
    assert (status, verdict["root_cause"], verdict["guilty_node"]) == (
        1,
        "service_not_listening",
        "web",
    )
    assert verdict["forward_path"][0] == "laptop" and verdict["reverse_path"][0] == "web"


def test_it_says_why_it_looks_random(tmp_path: Path) -> None:
    recording = str(RECORDINGS / "frr-ecmp.json.gz")
    spread = json.loads(run("--replay", recording, "--json")[1])["spread"]
    assert 0.4 < spread["predicted"]["share"] < 0.6
    assert {way["fails"] for way in spread["ways"]} == {True, False}
    assert "source ports fail" in run("--replay", recording, "--quiet")[1]
    assert json.loads(run("--replay", RECORDING, "--json")[1])["spread"] is None


def test_what_was_asked_can_be_kept_and_replayed(tmp_path: Path) -> None:
    assert run("--replay", RECORDING, "--record", str(tmp_path / "kept"), "--json")[0] == 1
    status, out, _ = run("--replay", str(tmp_path / "kept"), "--json")
    assert (status, json.loads(out)["guilty_node"]) == (1, "fw-b")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ([], "which flow?"),
        (["nonsense"], "cannot read a flow from 'nonsense'"),
        (["tcp 192.0.2.1:1 > [2001:db8::1]:443"], "are of different IP versions"),
        (["tcp 192.0.2.1:99999 > 192.0.2.2:443"], "99999 is not a port"),
        (["tcp client:1 > server:443"], "cannot read a flow"),
        (["tcp 192.0.2.1:1 > 192.0.2.2:443; reboot"], "cannot read a flow"),
        (["tcp 192.0.2.1:1 > 192.0.2.2:443 $(reboot)"], "cannot read a flow"),
        ([FLOW], "which devices?"),
        ([FLOW, "--inventory", "/does/not/exist"], "cannot read the inventory"),
        ([FLOW, "--pasted", "notes.txt"], "--pasted takes DEVICE=FILE"),
        ([FLOW, "--pasted", "fw=/does/not/exist"], "cannot read /does/not/exist"),
        ([FLOW, "--pasted", "fw=/dev/null"], "/dev/null: there is nothing in it"),
        ([FLOW, "--replay", "/does/not/exist"], "cannot read the recording"),
        ([FLOW, "--replay", RECORDING, "--audit", "x"], "--replay sends nothing"),
        ([FLOW, "--inventory", "x", "--window", "900"], "--window takes 1 to 60 seconds"),
        ([FLOW, "--inventory", "x", "--budget", "1"], "--budget takes 5 to 3600 seconds"),
        ([FLOW, "--inventory", "x", "--probes", "wild"], "invalid choice"),
        ([FLOW, "--colour", "red"], "unrecognized arguments"),
    ],
)
def test_bad_usage_is_one_sentence_and_64(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = diagnose.Command()
    with pytest.raises(SystemExit) as ended:
        command.run_from_argv(["manage.py", "diagnose", *words])
    said = capsys.readouterr()
    assert ended.value.code == 64
    assert sentence in said.err
    assert len(said.err.strip().splitlines()) == 1
    assert said.out == ""


def test_an_inventory_with_a_mistake_names_the_device(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = inventory(tmp_path, '{"devices": [{"name": "r1", "addresses": ["somewhere"]}]}')
    assert run(FLOW, "--inventory", file)[0] == 64
    assert "r1: 'somewhere' is not an address" in capsys.readouterr().err


def test_a_role_that_nobody_knows_is_a_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = inventory(tmp_path, '{"devices": [{"name": "r1", "role": "toaster"}]}')
    assert run(FLOW, "--inventory", file)[0] != 64
    assert "r1: 'toaster' is not a role" in capsys.readouterr().err


def test_nothing_reached_is_69(tmp_path: Path) -> None:
    ssh = '{"host": "127.0.0.1", "port": 1, "user": "nobody", "known_hosts": "none"}'
    file = inventory(tmp_path, f'{{"devices": [{{"name": "r1", "role": "router", "ssh": {ssh}}}]}}')
    status, out, err = run(FLOW, "--inventory", file, "--json")
    assert (status, json.loads(out)["verdict"]) == (69, "inconclusive")
    assert "could not log in" in err and "nothing could be reached" in err


def test_a_record_that_cannot_be_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(FLOW, "--inventory", inventory(tmp_path), "--audit", str(tmp_path))[0] == 64
    assert "cannot write the record" in capsys.readouterr().err


def test_our_own_mistake_is_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*_: object) -> object:
        raise KeyError("eth0")

    monkeypatch.setattr(diagnose, "investigate", fails)
    status, out, _ = run("--replay", RECORDING, "--json")
    assert (status, out) == (70, "")
    assert "a mistake in Bothways itself" in capsys.readouterr().err


def test_it_runs_without_database_and_redis(tmp_path: Path) -> None:
    surroundings = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1",
        "PATH": "/usr/bin",
    }
    command = [sys.executable, "manage.py", "diagnose", "--replay", RECORDING, "--json", "--quiet"]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**surroundings, "BOTHWAYS_DATA": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout)["root_cause"] == "asym_stateful_fw"


def test_a_device_cannot_write_to_the_terminal() -> None:
    assert plain("\x1b[2Jowned\x07\r\nsecond") == " [2Jowned   second"
    assert len(plain("x" * 1000)) == 400


def test_the_record_is_for_its_owner_only(tmp_path: Path) -> None:
    AuditFile(tmp_path / "audit").close()
    assert (tmp_path / "audit").stat().st_mode & 0o077 == 0
