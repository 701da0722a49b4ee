"""What people's tools say of a connection that they tried."""

from __future__ import annotations

import pytest

from collectors.model.flow import Flow
from collectors.model.records import ProbeResult
from collectors.platforms.linux.connect_text import is_connect, read_connect

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
OUTCOMES = {
    "Connection to 203.0.113.10 443 port [tcp/https] succeeded!": (True, None),
    "nc: connect to 203.0.113.10 port 443 (tcp) failed: Connection refused": (False, "refused"),
    "nc: connect to www.example.com (203.0.113.10) port 443 (tcp) failed: No route to host": (
        False,
        "no route to host",
    ),
    "*   Trying 203.0.113.10:443...\n* Connected to www (203.0.113.10) port 443 (#0)": (True, None),
    "*   Trying 203.0.113.10:443...\ncurl: (28) Connection timed out after 5001 milliseconds": (
        False,
        "timed out",
    ),
    "Trying 203.0.113.10...\ntelnet: Unable to connect to remote host: Connection refused": (
        False,
        "refused",
    ),
    "Trying 203.0.113.10...\nConnected to 203.0.113.10.\nEscape character is '^]'.": (True, None),
    "* Connected to www (203.0.113.10) port 443 (#0)\n* SSL connection timeout\n* Closing connection 0": (
        False,
        "timed out after it connected",
    ),
    "* Connected to www (203.0.113.10) port 443 (#0)\ncurl: (28) Operation timed out after 5001 milliseconds": (
        False,
        "timed out after it connected",
    ),
    "* Connected to www (203.0.113.10) port 443 (#0)\n* Recv failure: Connection reset by peer": (
        False,
        "reset after it connected",
    ),
    "ssh: connect to host 203.0.113.10 port 443: Connection timed out": (False, "timed out"),
    "Ncat: Connected to 203.0.113.10:443.": (True, None),
    "Connection to 203.0.113.10 port 443 [tcp/https] succeeded!": (True, None),
    "nc: connectx to 203.0.113.10 port 443 (tcp) failed: Operation timed out": (False, "timed out"),
    "(UNKNOWN) [203.0.113.10] 443 (https) : Connection refused": (False, "refused"),
    "www (203.0.113.10:443) open": (True, None),
}


@pytest.mark.parametrize("text", OUTCOMES)
def test_an_attempt_and_what_became_of_it(text: str) -> None:
    reading = read_connect(text.splitlines(), FLOW)
    [reach] = [one for one in reading.records if isinstance(one, ProbeResult)]
    assert (reach.ok, reach.error) == OUTCOMES[text] and is_connect(text) and not reading.unread


ELSEWHERE = (
    "Connection to 203.0.113.10 22 port [tcp/ssh] succeeded!",
    "Ncat: Connected to 192.0.2.9:443.",
)


@pytest.mark.parametrize("text", ELSEWHERE)
def test_another_address_or_port_says_nothing(text: str) -> None:
    assert read_connect([text], FLOW).records == ()


SYSLOG = Flow.parse("udp 192.0.2.20:* > 203.0.113.10:514")
SENT = (
    "Connection to 203.0.113.10 514 port [udp/syslog] succeeded!",
    "Ncat: Connected to 203.0.113.10:514.",
)


@pytest.mark.parametrize("text", SENT)
def test_a_datagram_that_met_no_error_is_no_answer(text: str) -> None:
    reading = read_connect([text], SYSLOG)
    assert not reading.records and not reading.unread


def test_a_datagram_that_met_an_error_was_refused() -> None:
    lines = ["nc: connect to 203.0.113.10 port 514 (udp) failed: Connection refused"]
    [reach] = [one for one in read_connect(lines, SYSLOG).records if isinstance(one, ProbeResult)]
    assert (reach.ok, reach.error) == (False, "refused")


def test_a_datagram_says_nothing_of_a_connection() -> None:
    assert (
        read_connect(["Connection to 203.0.113.10 443 port [udp/https] succeeded!"], FLOW).records
        == ()
    )


def test_each_line_of_a_loop_is_an_attempt() -> None:
    made, failed = (
        text
        for text in OUTCOMES
        if text.startswith(("Connection to 203.0.113.10 443", "nc: connect to 203"))
    )
    reading = read_connect([made, failed, "and the third:", made], FLOW)
    assert [one.ok for one in reading.records if isinstance(one, ProbeResult)] == [
        True,
        False,
        True,
    ]


def test_the_tries_of_one_tool_are_one_attempt() -> None:
    lines = [
        "* connect to 203.0.113.10 port 443 failed: Connection timed out",
        "*   Trying 203.0.113.10:443...",
    ]
    reading = read_connect([*lines, "* Connected to www (203.0.113.10) port 443 (#0)"], FLOW)
    assert [one.ok for one in reading.records if isinstance(one, ProbeResult)] == [True]


def test_a_line_that_no_tool_writes_is_unread() -> None:
    assert read_connect(["lorem ipsum"], FLOW).unread == ("lorem ipsum",)
