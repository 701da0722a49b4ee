"""What becomes of a question when a device behaves, and when it does not?"""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import answering
from collectors.inventory.file import from_dict
from collectors.model.answer import ParseResult
from collectors.model.evidence import Query, QueryParams, Question, Status
from collectors.model.records import Identity, Interface
from collectors.platforms import platform_named
from collectors.session import SshDriver, wire
from tests.collectors.ssh_runs import (
    ADDRESSES,
    IDENTITY,
    SESSIONS,
    Notes,
    Start,
    ask,
    impatient,
    start,
)
from tests.collectors.sshd import keygen

__all__ = ["impatient", "start"]


def test_a_device_that_answers(start: Start) -> None:
    found = ask(start(), IDENTITY, ADDRESSES)
    assert [item.status for item in found] == [Status.ANSWERED] * 2
    assert {item.question for item in found} == {Question.IDENTITY, Question.INTERFACES}
    assert next(i for i in found if i.question is Question.IDENTITY).of(Identity)
    assert any(one.name == "lo" for item in found for one in item.of(Interface))


def test_each_question_is_answered_once_over_one_login(start: Start) -> None:
    server, notes = start(), Notes()
    assert len(ask(server, ADDRESSES, ADDRESSES, IDENTITY, recorder=notes)) == 2
    assert len(notes.sent()) == 4  # rights and clock, and one command each
    assert server.sent() == ["sh"]


def test_the_clock_is_measured(start: Start) -> None:
    [item] = ask(start(date="echo $(($(date +%s) + 1000)).500000000"), ADDRESSES)
    assert item.clock_offset == pytest.approx(1000, abs=2)
    assert 0 < item.clock_uncertainty < 5


def test_exit_status_and_stderr_are_kept_apart(start: Start) -> None:
    [item] = ask(start(ip="echo out; echo err >&2; exit 3"), ADDRESSES)
    assert (item.stdout, item.stderr, item.exit_status) == (b"out\n", b"err\n", 3)
    assert item.status is Status.UNPARSED


def test_a_device_that_hangs(start: Start, impatient: None) -> None:
    [item] = ask(start(ip="echo begun; exec sleep 30"), ADDRESSES)
    assert item.status is Status.NO_ANSWER
    assert item.stdout == b"begun\n"
    assert item.reason == "no complete answer within 2 s"


def test_one_hanging_command_does_not_hold_up_another(start: Start, impatient: None) -> None:
    found = ask(start(ip="exec sleep 30"), ADDRESSES, IDENTITY)
    assert {item.question: item.status for item in found} == {
        Question.INTERFACES: Status.NO_ANSWER,
        Question.IDENTITY: Status.ANSWERED,
    }


def test_a_device_that_closes_in_mid_command(start: Start) -> None:
    notes = Notes()
    [item] = ask(start(ip="kill -9 $SESSION; sleep 5"), ADDRESSES, recorder=notes)
    assert item.status is Status.NO_ANSWER
    assert "lost" in (item.reason or "")
    assert notes.lines[-1] == ("result", "interfaces", "no answer")


def test_a_device_that_closes_once(start: Start, tmp_path: Path) -> None:
    body = (
        f"if mkdir {tmp_path / 'closed'} 2>/dev/null; then kill -9 $SESSION; sleep 5; fi; exec ip"
        ' "$@"'
    )
    [item] = ask(start(ip=body), ADDRESSES)
    assert item.status is Status.ANSWERED


def test_fifty_megabytes(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    [item] = ask(start(ip="head -c 50000000 /dev/zero | tr '\\0' 'x'"), ADDRESSES)
    linux = platform_named("linux")
    assert linux is not None
    limit = linux.answers[Question.INTERFACES].limit
    assert item.truncated and len(item.stdout) == limit
    assert item.status is Status.UNPARSED
    assert f"cut at {limit} bytes" in (item.reason or "")


@pytest.mark.parametrize(
    "raw",
    [
        rb"\033[2J\033]0;owned\007\000\001\002",
        rb"\377\376\200 not utf-8",
        rb"<script>alert(1)</script>",
    ],
    ids=["control bytes", "invalid UTF-8", "HTML"],
)
def test_bytes_that_nobody_wants(start: Start, raw: bytes) -> None:
    [item] = ask(start(ip=f"printf '{raw.decode()}'"), ADDRESSES)
    assert item.status is Status.UNPARSED
    assert item.stdout and item.stdout == eval(f"b'{raw.decode()}'".replace("\\0", "\\0"))


CAPTURE = Query("box", Question.CAPTURE, QueryParams(flow=SESSIONS.params.flow, seconds=20.0))
EVENTS = Query("box", Question.SESSION_EVENTS, QueryParams(flow=SESSIONS.params.flow, seconds=20.0))
BYTES = "head -c 300000 /dev/zero | tr '\\0' '\\377'; printf '\\nend'; echo seen >&2"


@pytest.mark.parametrize("coder", [None, "exit 1"], ids=["in one shell", "in shells of their own"])
def test_long_commands_run_beside_short_ones(start: Start, coder: str | None) -> None:
    tools = {"tcpdump": f"sleep 0.3; {BYTES}; exit 3", "conntrack": "sleep 0.3; echo nothing >&2"}
    tools |= {"ip": "echo '[]'"}
    server = start(**tools, **({"base64": coder} if coder else {}))
    found = {item.question: item for item in ask(server, CAPTURE, EVENTS, ADDRESSES)}
    capture = found[Question.CAPTURE]
    assert capture.stdout == b"\xff" * 300_000 + b"\nend"
    assert (capture.stderr, capture.exit_status) == (b"[]\nseen\n", 3)
    assert found[Question.SESSION_EVENTS].stderr.strip() == b"nothing"
    assert found[Question.INTERFACES].stdout == b"[]\n"
    assert (len(server.sent()) == 1) is (coder is None)


def test_a_hanging_command_does_not_end_a_capture(start: Start, impatient: None) -> None:
    tools = {"tcpdump": "sleep 1.5; printf packets", "uname": "exec sleep 30"}
    found = {item.question: item for item in ask(start(**tools), CAPTURE, ADDRESSES, IDENTITY)}
    assert found[Question.IDENTITY].status is Status.NO_ANSWER
    assert found[Question.INTERFACES].status is Status.ANSWERED
    assert found[Question.CAPTURE].stdout == b"packets"


def test_a_long_command_that_says_too_much_is_cut(start: Start) -> None:
    [item] = ask(start(tcpdump="head -c 30000000 /dev/zero"), CAPTURE)
    assert item.truncated and 0 < len(item.stdout) < 30_000_000


def test_a_parser_that_crashes_is_not_the_end(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    linux = platform_named("linux")
    assert linux is not None

    def crash(output: object, params: object) -> ParseResult:
        raise ZeroDivisionError

    broken = replace(
        linux,
        answers={Question.INTERFACES: replace(linux.answers[Question.INTERFACES], parse=crash)},
    )
    monkeypatch.setattr(answering, "platform_named", lambda name: broken)
    [item] = ask(start(), ADDRESSES)
    assert item.status is Status.UNPARSED
    assert item.reason == "1 lines could not be read" and item.unread


def test_what_login_scripts_print_is_no_answer(start: Start) -> None:
    server = start()
    server.script.write_text(
        server.script.read_text().replace("#!/bin/sh", "#!/bin/sh\necho Welcome; echo Oops >&2")
    )
    [item] = ask(server, ADDRESSES)
    assert (item.status, item.stdout[:1], item.stderr) == (Status.ANSWERED, b"[", b"")


def test_a_device_that_gives_no_shell_but_runs_commands(start: Start) -> None:
    server = start()
    refusing = server.script.read_text().replace(
        "exec sh -c", 'test "$SSH_ORIGINAL_COMMAND" = "sh" && exit 1\nexec sh -c'
    )
    server.script.write_text(refusing)
    found = ask(server, ADDRESSES, IDENTITY)
    assert [item.status for item in found] == [Status.ANSWERED] * 2
    assert len([command for command in server.sent() if command != "sh"]) == 4


def test_a_device_that_cannot_be_reached(start: Start) -> None:
    with socket.socket() as nobody:  # bound, so that nobody else takes the port, and not listening
        nobody.bind(("127.0.0.1", 0))
        found = ask(start(), ADDRESSES, IDENTITY, port=nobody.getsockname()[1])
    assert {item.status for item in found} == {Status.NOT_ASKED}
    assert "Connection refused" in (found[0].reason or "")


def test_a_port_that_says_nothing(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "CONNECT_TIMEOUT", 0.3)
    server = start()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        [item] = ask(server, ADDRESSES, port=silent.getsockname()[1], known_hosts=None)
    assert item.status is Status.NOT_ASKED
    assert item.reason and item.reason.startswith("could not log in")


def test_a_device_that_refuses_the_key(start: Start, tmp_path: Path) -> None:
    [item] = ask(start(), ADDRESSES, key=str(keygen(tmp_path / "stranger")))
    assert item.status is Status.NOT_ASKED
    assert "refuses this login" in (item.reason or "")


def test_a_key_that_is_not_there(start: Start, tmp_path: Path) -> None:
    [item] = ask(start(), ADDRESSES, key=str(tmp_path / "nothing"))
    assert "cannot be read: No such file" in (item.reason or "")


def test_a_device_that_is_not_in_the_inventory(start: Start) -> None:
    [item] = ask(start(), Query("ghost", Question.IDENTITY))
    assert (item.status, item.reason) == (Status.NOT_ASKED, "no such device in the inventory")


def test_a_question_without_its_flow_is_not_sent(start: Start) -> None:
    notes = Notes()
    [item] = ask(start(), Query("box", Question.ROUTE_CHOICE), recorder=notes)
    assert (item.status, notes.lines) == (Status.NOT_ASKED, [])


def test_every_command_is_recorded_before_and_after(start: Start) -> None:
    notes = Notes()
    [item] = ask(start(), ADDRESSES, recorder=notes)
    assert [line[0] for line in notes.lines] == ["intent", "result"] * 3
    assert notes.sent()[-1] == item.command


def test_what_cannot_be_recorded_is_not_sent(start: Start) -> None:
    server = start()
    [item] = ask(server, ADDRESSES, recorder=Notes(broken=True))
    assert (item.status, item.reason) == (Status.NOT_ASKED, "the disk is full")
    assert server.sent() == []  # not even a shell


def test_leaving_the_loop_ends_what_is_running(start: Start) -> None:
    notes, server = Notes(), start(ip="exec sleep 60")
    driver = SshDriver(from_dict(server.inventory()), notes)
    answers = driver.ask([IDENTITY, ADDRESSES])
    assert next(answers).question is Question.IDENTITY
    answers.close()  # type: ignore[attr-defined]
    driver.close()
    assert notes.lines[-1] == ("result", "interfaces", "no answer")


def test_a_cancelled_run_does_not_wait_for_a_hanging_device(start: Start) -> None:
    driver = SshDriver(from_dict(start(ip="exec sleep 60").inventory()))
    cancelled = iter([False, True])
    driver.watch(lambda: next(cancelled, True))
    assert list(driver.ask([ADDRESSES])) == []
    driver.close()
