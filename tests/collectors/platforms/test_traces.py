"""Traceroutes of all kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from collectors.model.evidence import QueryParams, Question
from collectors.model.records import Traceroute
from tests.beside import SHARED, cases
from tests.collectors.platforms.asking import ABOUT, FLOW, NOTHING, read

TRACES = sorted((SHARED / "corpora" / "traceroute").glob("*.out"))


@pytest.mark.parametrize("path", cases(TRACES), ids=lambda path: path.stem)
def test_the_corpus_of_traceroutes_is_read(path: Path) -> None:
    reading = read(Question.TRACE, path.read_bytes())
    assert reading.unread == () and len(reading.records) == 1
    trace = reading.records[0]
    assert isinstance(trace, Traceroute) and trace.destination is not None
    numbered = [
        line.split()[0] for line in path.read_text().splitlines() if line[:3].strip().isdigit()
    ]
    assert {reply.ttl for reply in trace.replies} == {int(number) for number in numbered}


def trace_of(text: str, params: QueryParams = NOTHING) -> Traceroute:
    reading = read(Question.TRACE, text, params)
    assert reading.unread == ()
    trace = reading.records[0]
    assert isinstance(trace, Traceroute)
    return trace


def test_a_windows_traceroute() -> None:
    text = (
        "\r\nTracing route to example.com [203.0.113.10]\r\nover a maximum of 30 hops:\r\n\r\n  1  "
        "  <1 ms    <1 ms     1 ms  192.0.2.1\r\n  2     *        *        *     Request timed"
        " out.\r\n  3    11 ms    12 ms    10 ms  edge.example.com [203.0.113.10]\r\n\r\nTrace"
        " complete.\r\n"
    )
    trace = trace_of(text)
    assert [(r.ttl, str(r.address), r.rtts_ms) for r in trace.replies] == [
        (1, "192.0.2.1", (1.0, 1.0, 1.0)), (2, "None", ()), (3, "203.0.113.10", (11.0, 12.0, 10.0)),
    ]  # fmt: skip
    assert trace.replies[-1].reached


def test_a_cisco_traceroute() -> None:
    text = (
        "Type escape sequence to abort.\nTracing the route to 203.0.113.10\nVRF info: (vrf in"
        " name/id, vrf out name/id)\n  1 192.0.2.1 [MPLS: Label 19 Exp 0] 4 msec 0 msec 4 msec\n  2"
        " 203.0.113.10 4 msec *  0 msec\n"
    )
    assert [str(r.address) for r in trace_of(text).replies] == ["192.0.2.1", "203.0.113.10"]


def test_tracepath() -> None:
    text = (
        " 1?: [LOCALHOST]                      pmtu 1500\n"
        " 1:  192.0.2.1                                             0.072ms \n"
        " 1:  192.0.2.1                                             0.063ms \n 2:  no reply\n"
        " 3:  203.0.113.10                                          0.2ms reached\n"
        "     Resume: pmtu 1400 hops 3 back 3 \n"
    )
    trace = trace_of(text, QueryParams(flow=FLOW))
    assert [(r.ttl, str(r.address)) for r in trace.replies] == [
        (1, "192.0.2.1"), (1, "192.0.2.1"), (2, "None"), (3, "203.0.113.10"),
    ]  # fmt: skip


def test_errors_on_the_way_are_notes_and_no_arrival() -> None:
    text = (
        "traceroute to 203.0.113.10 (203.0.113.10), 30 hops max, 60 byte packets\n 1  192.0.2.1 "
        " 0.1 ms !X  0.1 ms !X\n"
    )
    assert trace_of(text).replies[0].note == "!X"
    host = (
        "traceroute to 203.0.113.10 (203.0.113.10), 30 hops max\n"
        " 1  203.0.113.10  0.1 ms !H\n 2  192.0.2.1  1 ms !F-1400 <MPLS:L=5,E=0,S=1,T=1>\n"
    )
    first, second = trace_of(host).replies
    assert not first.reached and second.note == "!F-1400"


def test_an_mtr_report_and_a_tcp_trace_with_flags() -> None:
    report = (
        "Start: 2024-02-04T14:13:00+0000\nHOST: client     Loss%   Snt   Last   Avg  Best  Wrst"
        " StDev\n  1.|-- 192.0.2.1   0.0%    10    0.3   0.4   0.2   0.9   0.1\n  2.|-- ???       "
        " 100.0    10    0.0   0.0   0.0   0.0   0.0\n"
    )
    assert [(r.ttl, str(r.address)) for r in trace_of(report).replies] == [
        (1, "192.0.2.1"),
        (2, "None"),
    ]
    flags = (
        "traceroute to 203.0.113.10 (203.0.113.10), 30 hops max\n 1  192.0.2.1 (192.0.2.1)"
        " (ttl=63!)  0.1 ms\n 2  203.0.113.10 <syn,ack>  0.2 ms [open]\n"
    )
    assert [(str(r.address), r.reached) for r in trace_of(flags).replies] == [
        ("192.0.2.1", False),
        ("203.0.113.10", True),
    ]


def test_a_trace_that_could_not_begin_is_refused() -> None:
    text = (
        "# protocol tcp\ntraceroute to 203.0.113.10 (203.0.113.10), 20 hops max, 60 byte packets\n"
    )
    reading = read(Question.TRACE, text, ABOUT, "bind: Cannot assign requested address\n", 1)
    assert (
        not reading.records
        and reading.refused == "the command failed: bind: Cannot assign requested address"
    )


def test_a_trace_that_was_cut_says_so_by_its_length() -> None:
    reading = read(
        Question.TRACE,
        "# protocol tcp\n# source port 43122\ntraceroute to 203.0.113.10 (203.0.113.10), 20 hops"
        " max\n 1  192.0.2.1",
        ABOUT,
        status=124,
    )
    trace = reading.records[0]
    assert isinstance(trace, Traceroute) and (trace.protocol, trace.sport, len(trace.replies)) == (
        "tcp",
        43122,
        1,
    )
