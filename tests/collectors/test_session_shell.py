"""Network systems with one interactive shell: is the right output read, without sleeping and
without being fooled?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import answering
from collectors.inventory.file import from_dict
from collectors.model.answer import Answer, Output, ParseResult
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.grammar import Grammar, Program
from collectors.model.platform import Platform
from collectors.model.records import Identity
from collectors.session import SshDriver
from tests.collectors.router import Router


def _read(output: Output, params: QueryParams) -> ParseResult:
    return ParseResult((Identity(output.stdout.decode()),))


SHOW = Answer(lambda params: "uname -a", _read, timeout=5.0)
HANG = Answer(lambda params: "uname -r", _read, timeout=0.5)
CLOCK = Answer(lambda params: "date +%s", _read, timeout=5.0)
SYSTEM = Platform(
    "router",
    "Router",
    "cisco_ios",
    {Question.IDENTITY: SHOW, Question.LOGS: HANG, Question.RULES: CLOCK},
    exec_channel=False,
    grammar=Grammar(
        {
            "uname": Program("names the system"),
            "date": Program("tells the time", characters="+%"),
        }
    ),
)
SAID = "Version 1.0 # of 2\r\nwith > and $ in it"


@pytest.fixture
def router(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Router]:
    """One that knows two commands, and a platform for it."""
    monkeypatch.setattr(answering, "platform_named", lambda name: SYSTEM)
    found = Router(tmp_path, {"uname -a": SAID, "date +%s": "12:00"})
    yield found
    found.stop()


def ask(router: Router, *questions: Question, password: str = "secret") -> list[Evidence]:
    """All answers of one run."""
    ssh = {
        "host": "127.0.0.1",
        "port": router.port,
        "user": "ops",
        "known_hosts": str(router.known_hosts),
    }
    devices = {"devices": [{"name": "r1", "role": "router", "ssh": {**ssh, "password": password}}]}
    asking = SshDriver(from_dict(devices))
    try:
        return list(asking.ask([Query("r1", question) for question in questions]))
    finally:
        asking.close()


def test_the_output_is_exactly_what_the_device_said(router: Router) -> None:
    [found] = ask(router, Question.IDENTITY)
    assert found.status is Status.ANSWERED
    assert found.of(Identity)[0].hostname.strip() == SAID.replace("\r", "")


def test_answers_are_not_mixed_up(router: Router) -> None:
    found = {item.question: item for item in ask(router, Question.IDENTITY, Question.RULES)}
    assert found[Question.RULES].stdout.strip() == b"12:00"
    assert found[Question.IDENTITY].stdout.strip().startswith(b"Version 1.0")


def test_a_wrong_password_is_refused(router: Router) -> None:
    [found] = ask(router, Question.IDENTITY, password="guess")
    assert (found.status, "refuses this login" in (found.reason or "")) == (Status.NOT_ASKED, True)


def test_a_command_that_hangs_does_not_spoil_the_next(router: Router) -> None:
    router.silent.add("uname -r")
    [late], [next_one] = ask(router, Question.LOGS), ask(router, Question.RULES)
    assert late.status is Status.NO_ANSWER
    assert next_one.stdout.strip() == b"12:00"


def test_a_hanging_shell_is_left_and_opened_anew(router: Router) -> None:
    router.silent.add("uname -r")
    found = {item.question: item for item in ask(router, Question.LOGS, Question.RULES)}
    assert found[Question.RULES].stdout.strip() == b"12:00"
    assert found[Question.LOGS].status is Status.NO_ANSWER


def test_another_system_needs_its_own_driver(
    router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = replace(SYSTEM, netmiko="no_such_system")
    monkeypatch.setattr(answering, "platform_named", lambda name: unknown)
    [found] = ask(router, Question.IDENTITY)
    assert "Netmiko has no driver" in (found.reason or "")
