"""Any bytes at all are read without a crash, in bounded time, and nothing is dropped silently."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answering import reading_of
from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import Question
from collectors.offline.replay import params_from
from tests.collectors.platforms.asking import ABOUT, ALL, platform, read
from tests.collectors.platforms.samples import Sample, samples

RAWS = {sample.id: sample.path.with_suffix(".raw").read_bytes() for sample in samples()}


@pytest.mark.parametrize(("name", "question"), ALL, ids=lambda value: str(value))
@given(
    raw=st.binary(max_size=300),
    stderr=st.binary(max_size=80),
    status=st.sampled_from([0, 1, 2, 124, 126, 127, 255, None]),
)
def test_any_bytes_are_read(
    name: str, question: Question, raw: bytes, stderr: bytes, status: int | None
) -> None:
    reading = reading_of(platform(name), question, Output(raw, stderr, status), ABOUT)
    assert isinstance(reading, ParseResult)
    assert all(isinstance(line, str) for line in reading.unread)


@pytest.mark.parametrize(
    "sample", [s for s in samples() if RAWS[s.id]], ids=lambda sample: sample.id
)
@given(seed=st.integers(0, 10_000))
def test_damaged_output_is_read(sample: Sample, seed: int) -> None:
    """Cut, doubled, shuffled and overwritten at random places."""
    raw, chance = RAWS[sample.id][:6000], random.Random(seed)
    at, to = sorted(chance.choices(range(len(raw) + 1), k=2))
    junk = chance.choice(
        [
            b"",
            b"\xff\xfe",
            b"<b>",
            b"\x1b[2J",
            b"{}",
            b"[",
            b"\n",
            b"0",
            b"-1",
            b"9" * 30,
            b'"',
            b"null",
        ]
    )
    params = params_from(sample.document.get("about", {}))
    for damaged in (
        raw[:at] + junk + raw[to:],
        raw[:at],
        raw[at:],
        raw[:to] + raw[at:],
        raw[:at] + junk * 3 + raw[at:],
    ):
        reading_of(platform(sample.platform), sample.question, Output(damaged), params)


PIECES = [
    "IN=",
    "IN= ",
    "src=",
    "<?xml",
    "a",
    " ",
    "1:",
    "::",
    "IP ",
    "1.1.1.1 ",
    "[",
    "{",
    "(",
    '"',
    "\\",
    "via ",
]


@pytest.mark.parametrize(("name", "question"), ALL, ids=lambda value: str(value))
def test_endless_repetition_is_read_to_its_end(name: str, question: Question) -> None:
    """Nothing that a device repeats makes a parser think for ever."""
    for piece in PIECES:
        for first in ("", "IP ", "nft ", "1 "):
            reading_of(platform(name), question, Output((first + piece * 3000).encode()), ABOUT)


HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>\n"


@pytest.mark.parametrize(
    "question", [q for q in Question if q not in (Question.STATE_SYNC, Question.IDENTITY)]
)
def test_what_is_not_an_answer_is_unread_and_not_empty(question: Question) -> None:
    reading = read(question, HTML, ABOUT)
    assert reading.unread or reading.refused
    assert not reading.records or question is Question.ROUTE_SPREAD


ENTRY = (
    "tcp 6 5 SYN_SENT src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 [UNREPLIED] src=10.0.0.2"
    " dst=10.0.0.1 sport=2 dport=1"
)
LINES = {
    Question.RULES: "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n",
    Question.ROUTES: "default via 198.51.100.1 dev eth1\n10.0.0.0/8 dev eth0 scope link\n",
    Question.NEIGHBOURS: "192.0.2.1 dev eth0 lladdr 02:00:00:00:00:01 REACHABLE\n",
    Question.SETTINGS: "net.ipv4.ip_forward = 1\nipv4/conf/all/rp_filter:2\n",
    Question.SESSIONS: f"{ENTRY}\n",
    Question.SESSION_EVENTS: f"    [NEW] {ENTRY}\n",
    Question.LOGS: "x IN=eth0 OUT= SRC=10.0.0.1 DST=10.0.0.2 PROTO=TCP SPT=1 DPT=2 SYN\n",
    Question.LISTENERS: "tcp LISTEN 0 5 0.0.0.0:5 0.0.0.0:*\n",
    Question.ROUTE_CHOICE: "203.0.113.10 via 192.0.2.1 dev eth0 src 192.0.2.20 uid 1000\n",
    Question.FILTER_IPTABLES: ":INPUT ACCEPT [0:0]\n[3:180] -A INPUT -j DROP\n",
    Question.FILTER_LEGACY: ":FORWARD DROP [0:0]\n-A FORWARD -i eth0 -j ACCEPT\n",
    Question.PING: "64 bytes from 10.9.0.2: icmp_seq=1 ttl=64 time=0.512 ms\n",
    Question.SOCKETS: "tcp ESTAB 0 0 10.0.0.1:5 10.0.0.2:6\n",
    Question.CAPTURE: "10:00:00.1 IP 10.0.0.1.5 > 10.0.0.2.6: Flags [S], seq 1, length 0\n",
    Question.PORT_SWEEP: "40000 0\n40001 111\n", Question.TRACE_SPREAD: "1 52040 192.0.2.1 11\n2 52080 0 0\n",
}  # fmt: skip


@pytest.mark.parametrize("question", LINES)
@given(
    junk=st.lists(
        st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30),
        max_size=4,
    )
)
def test_lines_are_records_or_unread(question: Question, junk: list[str]) -> None:
    """Input lines = records + unread: nothing is lost, wherever the strange lines stand."""
    known = LINES[question].splitlines()
    strange = [f"?{word}" for word in junk]
    reading = read(question, "\n".join([*strange[:2], *known, *strange[2:]]) + "\n", ABOUT)
    assert len(reading.records) == len(known)
    assert list(reading.unread) == strange
