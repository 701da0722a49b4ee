"""A list of sockets as people paste it: listeners and connections mixed, and what the command left
out."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Evidence, Question
from collectors.model.records import Socket
from tests.incidents.conftest import FLOW
from workbench.incidents.pasted.pieces import read_all

NETSTAT = """Active Internet connections (servers and established)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN
tcp        0      1 192.0.2.20:43122        203.0.113.10:443        SYN_SENT
"""
SS = """State      Recv-Q Send-Q Local Address:Port   Peer Address:Port Process
LISTEN     0      128          0.0.0.0:22          0.0.0.0:*
SYN-SENT   0      1         192.0.2.20:43122  203.0.113.10:443
"""
SOCKSTAT = """USER     COMMAND    PID   FD PROTO  LOCAL ADDRESS         FOREIGN ADDRESS
root     sshd       1102  4  tcp4   *:22                  *:*
www      nginx      2213  6  tcp4   127.0.0.1:8443        *:*
"""
OPEN_ONLY = SS.replace("LISTEN     0      128          0.0.0.0:22          0.0.0.0:*\n", "")


def pasted(text: str) -> dict[Question, Evidence]:
    return {
        item.question: item for item in read_all(text.encode(), FLOW, "client", "rita").evidence
    }


@pytest.mark.parametrize(
    "text",
    [
        f"$ netstat -an\n{NETSTAT}",
        f"$ ss -tan\n{SS}",
        NETSTAT,
        SS,
        f"client$ sudo netstat -tanp\n{NETSTAT}",
    ],
)
def test_both_halves_of_a_mixed_list_are_used(text: str) -> None:
    found = pasted(text)
    assert [one.local_port for one in found[Question.LISTENERS].of(Socket)] == [22]
    assert [one.state for one in found[Question.SOCKETS].of(Socket)] == ["SYN-SENT"]
    assert found[Question.SOCKETS].params.flow == FLOW


WHOLE = {
    f"$ ss -tln\n{SS}": True,
    f"$ ss --tcp --listening\n{SS}": True,
    f"$ netstat -an -p tcp\n{NETSTAT}": True,
    f"$ ss -tln 'sport = :22'\n{SS}": False,
    f"$ ss -uln\n{SS}": False,
    f"$ ss -4tln\n{SS}": False,
    f"$ sockstat -4l -P tcp\n{SOCKSTAT}": True,  # of FreeBSD, sockets of both versions among them
    f"$ sockstat -6l\n{SOCKSTAT}": False,
    f"$ ss -tln | grep 22\n{SS}": False,
}


@pytest.mark.parametrize("text", WHOLE)
def test_what_the_command_left_out_says_nothing_by_absence(text: str) -> None:
    assert pasted(text)[Question.LISTENERS].whole is WHOLE[text]


def test_ss_alone_shows_no_half_open_connections() -> None:
    assert not pasted(f"$ ss -tn\n{OPEN_ONLY}")[Question.SOCKETS].whole
    assert pasted(f"$ ss -tan\n{OPEN_ONLY}")[Question.SOCKETS].whole
