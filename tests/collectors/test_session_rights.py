"""How does a command that needs root get it, and what becomes of it where it does not?"""

from __future__ import annotations

import pytest

from collectors.model.evidence import Query, Question, Status
from tests.collectors.ssh_runs import SESSIONS, Notes, Start, ask, start

__all__ = ["start"]


def test_sudo_is_used_where_it_works(start: Start) -> None:
    notes = Notes()
    ask(start(id="echo 1000", sudo="true"), SESSIONS, recorder=notes)
    assert [line.startswith("sudo -n ") for line in notes.sent()] == [False, False, True, True]


SLOW_SUDO = 'case "$2 $3" in "true ") sleep 1.1;; "sh ") {shell};; *) shift; exec "$@";; esac'


@pytest.mark.parametrize(
    ("shell", "ways"),
    [
        ("sleep 0.5; exec sh", ["sudo -n sh", "sh", "sh"]),
        ("exit 1", ["sudo -n sh", "sudo -n", "sudo -n"]),
    ],
    ids=["gives a shell", "gives none"],
)
def test_a_sudo_that_is_slow_each_time_is_asked_for_a_shell_once(
    start: Start, shell: str, ways: list[str]
) -> None:
    """It may look up its own host's name, which no device answers, for ten seconds."""
    notes = Notes()
    server = start(id="echo 1000", sudo=SLOW_SUDO.format(shell=shell))
    found = ask(server, SESSIONS, Query("box", Question.SESSION_STATS), recorder=notes)
    assert [item.exit_status is not None for item in found] == [True, True]
    sent = [line for line in notes.sent() if not line.startswith(("id", "date", "sudo -n true"))]
    assert [line.startswith(way) for line, way in zip(sent, ways, strict=True)] == [True] * 3


def test_root_needs_no_sudo(start: Start) -> None:
    notes = Notes()
    ask(start(id="echo 0", conntrack="true"), SESSIONS, recorder=notes)
    assert not [line for line in notes.sent() if line.startswith("sudo")]


def test_a_missing_privilege_is_evidence(start: Start) -> None:
    words = "conntrack v1.4.7 (conntrack-tools): Operation failed: Operation not permitted"
    [item] = ask(
        start(id="echo 1000", sudo="exit 1", conntrack=f"echo '{words}' >&2; exit 1"), SESSIONS
    )
    assert item.status is Status.REFUSED
    assert item.reason
