"""One run of questions against a real sshd, and a recorder that keeps what it is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from collectors import answering
from collectors.inventory.file import from_dict
from collectors.model.driver import NotRecorded
from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.platform import Platform
from collectors.platforms import platform_named
from collectors.session import SshDriver
from tests.collectors.sshd import Sshd

ADDRESSES = Query("box", Question.INTERFACES)
IDENTITY = Query("box", Question.IDENTITY)
SESSIONS = Query(
    "box",
    Question.SESSIONS,
    QueryParams(flow=Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")),
)

Start = Callable[..., Sshd]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers, and ends them after the test."""
    servers: list[Sshd] = []

    def begin(**tools: str) -> Sshd:
        servers.append(Sshd(tmp_path / f"sshd{len(servers)}", tools))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command may take two seconds."""
    linux = platform_named("linux")
    assert linux is not None
    answers = {question: replace(answer, timeout=2.0) for question, answer in linux.answers.items()}
    hasty: Platform = replace(linux, answers=answers)
    monkeypatch.setattr(answering, "platform_named", lambda name: hasty)


def ask(
    server: Sshd,
    *queries: Query,
    recorder: object = None,
    accept: bool = False,
    **login: object,
) -> list[Evidence]:
    """All answers of one run."""
    driver = SshDriver(from_dict(server.inventory(**login)), recorder, accept_new_host_keys=accept)  # type: ignore[arg-type]
    try:
        return list(driver.ask(queries))
    finally:
        driver.close()


class Notes:
    """A recorder that keeps what it receives, in order."""

    def __init__(self, broken: bool = False) -> None:
        self.lines: list[tuple[str, str, str]] = []
        self._broken = broken

    def intend(self, query: Query, account: str, command: bytes) -> object:
        if self._broken:
            raise NotRecorded("the disk is full")
        self.lines.append(("intent", query.question.value, command.decode()))
        return len(self.lines)

    def sent(self) -> list[str]:
        """The exact commands, in order."""
        return [line[2] for line in self.lines if line[0] == "intent"]

    def result(self, token: object, evidence: Evidence) -> None:
        self.lines.append(("result", evidence.question.value, evidence.status.value))
