"""Every parser: no crash, no hang, no silent loss; refusals in one sentence; text and JSON say the
same."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.answering import reading_of
from collectors.model.answer import Output, Reading
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.platform import Platform
from collectors.model.records import (
    FilterChain,
    FilterRule,
    Interface,
    PolicyRule,
    Route,
    Traceroute,
)
from collectors.platforms import PLATFORMS, platform_named
from collectors.platforms.linux import LINUX
from collectors.platforms.linux.spread import runs
from collectors.replay import params_from
from tests.collectors.platforms.samples import FIXTURES, Sample, samples

CORPUS = Path(__file__).resolve().parents[4] / "shared" / "corpora" / "traceroute"
TRACES = sorted(CORPUS.glob("*.out")) if CORPUS.is_dir() else []

NOTHING = QueryParams()
FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
ABOUT = QueryParams(FLOW, "in0", None, FLOW.dst, "eth0", 2.0, (40000, 40001), (FLOW,), "before")
ALL = [(platform.name, question) for platform in PLATFORMS for question in platform.answers]
RAWS = {sample.id: sample.path.with_suffix(".raw").read_bytes() for sample in samples()}


def platform(name: str) -> Platform:
    found = platform_named(name)
    assert found is not None
    return found


def read(
    question: Question,
    text: str | bytes,
    params: QueryParams = NOTHING,
    stderr: str = "",
    status: int = 0,
) -> Reading:
    raw = text.encode() if isinstance(text, str) else text
    return reading_of(LINUX, question, Output(raw, stderr.encode(), status), params)


# --- any output at all ---


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
    assert isinstance(reading, Reading)
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
    params = params_from(sample.told.get("about", {}))
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


# --- refusals ---


@pytest.mark.parametrize(
    ("stderr", "status", "words"),
    [
        ("sudo: a password is required\n", 1, "sudo wants a password"),
        ("sudo: a terminal is required to read the password\n", 1, "sudo wants a password"),
        ("ops is not in the sudoers file.\n", 1, "sudo does not allow this command"),
        (
            "Sorry, user ops is not allowed to execute '/usr/sbin/nft' as root on fw.\n",
            1,
            "sudo does not allow",
        ),
        (
            "netlink: Error: cache initialization failed: Operation not permitted\n",
            1,
            "not permitted to this user",
        ),
        ("conntrack v1.4.7: Operation failed: sorry, you must be root\n", 1, "root is needed"),
        (
            "tcpdump: eth0: You don't have permission to capture on that device\n",
            1,
            "may not do that",
        ),
        ("sh: 1: nft: not found\n", 127, "nft is not installed or not on this user's PATH"),
        ("bash: line 1: conntrack: command not found\n", 127, "conntrack is not installed"),
        ("", 127, "the command is not installed"),
        ("segmentation fault\n", 139, "the command failed: segmentation fault"),
    ],
)
def test_a_refusal_is_one_sentence(stderr: str, status: int, words: str) -> None:
    reading = read(Question.FILTER, "", stderr=stderr, status=status)
    assert reading.refused is not None and words in reading.refused and not reading.records


def test_an_empty_answer_is_not_a_refusal() -> None:
    assert (
        read(
            Question.SESSIONS,
            "",
            ABOUT,
            "conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.\n",
        )
        == Reading()
    )
    assert (
        read(Question.SESSION_EVENTS, "", ABOUT, "0 flow events have been shown.\n", 124)
        == Reading()
    )


def test_prohibit_is_the_kernels_answer_and_no_lack_of_rights() -> None:
    reading = read(Question.ROUTE_CHOICE, "", ABOUT, "RTNETLINK answers: Permission denied\n", 2)
    assert [(r.kind, r.error) for r in reading.records] == [("prohibit", "Permission denied")]  # type: ignore[union-attr]
    strange = read(Question.ROUTE_CHOICE, "", ABOUT, "Error: inet prefix is expected.\n", 1)
    assert (
        strange.refused == "ip route get failed: Error: inet prefix is expected." and strange.unread
    )


# --- text and JSON say the same ---


def of(name: str) -> Reading:
    return next(sample for sample in samples() if sample.id == name).reading()


def test_nft_says_the_same_as_text_and_as_json() -> None:
    """What nft's JSON of that version leaves out (the device of an ingress chain, names of
    generators) aside."""
    shown, told = of("linux/filter/every-statement-text"), of("linux/filter/every-statement")
    assert rules(shown) == rules(told)
    chains = {replace(c, interface=None) for c in shown.records if isinstance(c, FilterChain)}
    assert chains == {c for c in told.records if isinstance(c, FilterChain)}


def rules(reading: Reading) -> list[FilterRule]:
    found = [replace(r, handle=None, text="") for r in reading.records if isinstance(r, FilterRule)]
    return [r for r in found if not any(m.field == "unread" for m in r.matches)]


def test_rules_say_the_same() -> None:
    shown = of("linux/rules/text").records
    told = [
        replace(r, version=None)
        for r in of("linux/rules/marked").records
        if isinstance(r, PolicyRule) and r.version == 4
    ]
    assert [replace(r, version=None) for r in shown if isinstance(r, PolicyRule)] == told


def test_interfaces_say_the_same() -> None:
    shown = [
        replace(i, kind=None)
        for i in of("linux/interfaces/text").records
        if isinstance(i, Interface)
    ]
    told = [
        replace(i, kind=None)
        for i in of("linux/interfaces/veths").records
        if isinstance(i, Interface)
    ]
    assert shown == told


def test_routes_of_all_kinds_as_text() -> None:
    text = (
        "default via 192.0.2.1 dev eth0 proto dhcp src 192.0.2.20 metric 100 mtu 1400 onlink\n"
        "198.18.1.0/24 \n\tnexthop via 192.0.2.1 dev eth0 weight 1 \n"
        "\tnexthop via 198.51.100.1 dev eth1 weight 3 dead linkdown \n"
        "unreachable 198.18.8.0/24 table 7 metric 5\n"
        "default via fe80::1 dev eth0 proto ra metric 1024 expires 1700sec pref medium\n"
        "198.18.5.0/24 via inet6 2001:db8::1 dev eth0\n"
    )
    reading = read(Question.ROUTES, text)
    first, second, third, fourth, fifth = (r for r in reading.records if isinstance(r, Route))
    assert (first.mtu, first.metric, str(first.source)) == (1400, 100, "192.0.2.20")
    assert [(h.weight, h.up) for h in second.next_hops] == [(1, True), (3, False)]
    assert (third.kind, third.table, third.metric, third.next_hops) == ("unreachable", "7", 5, ())
    assert str(fourth.destination) == "::/0" and str(fifth.next_hops[0].gateway) == "2001:db8::1"


def test_rules_of_all_kinds_as_text() -> None:
    text = (
        "5:\tnot from 10.0.0.0/8 to 203.0.113.7 iif eth0 oif eth1 fwmark 0x1/0xff ipproto tcp sport"
        " 1-100 dport 443 tos 0x10 lookup 100\n6:\tfrom all uidrange 0-99 blackhole\n7:\tfrom all"
        " goto 9 [unresolved]\n8:\tfrom all nop\n9:\tfrom 2001:db8::/32 lookup main\n"
    )
    first, second, third, fourth, fifth = (
        r for r in read(Question.RULES, text).records if isinstance(r, PolicyRule)
    )
    assert (first.inverted, first.mark, first.mask, first.sport, first.dport, first.tos) == (
        True,
        1,
        255,
        (1, 100),
        (443, 443),
        16,
    )
    assert (second.action, second.unread) == ("blackhole", ("uidrange 0-99",))
    assert (third.action, third.goto, fourth.action) == ("goto", 9, "nop")
    assert (first.version, second.version, fifth.version) == (4, None, 6)


def test_a_routing_daemons_table_as_text() -> None:
    text = (
        "Codes: K - kernel route, C - connected, S - static, R - RIP,\n       O - OSPF, B - BGP, T"
        " - Table\n       > - selected route, * - FIB route\n\nIPv4 unicast VRF default:\nB>*"
        " 203.0.113.0/24 [20/5] via 198.51.100.2, swp1, weight 1, 00:01:02\n  *                    "
        "  via 198.51.100.3, swp2, weight 3, 00:01:02\nC>* 198.51.100.0/24 is directly connected,"
        " swp1, 00:05:00\nS>* 10.0.0.0/8 [1/0] unreachable (blackhole), 00:01:00\n"
    )
    reading = reading_of(platform("frr"), Question.NEXTHOP_SETS, Output(text.encode()), ABOUT)
    bgp, linked, hole = (r for r in reading.records if isinstance(r, Route))
    assert reading.unread == ()
    assert (bgp.protocol, bgp.metric, [(str(h.gateway), h.interface, h.weight) for h in bgp.next_hops]) == (
        "bgp", 5, [("198.51.100.2", "swp1", 1), ("198.51.100.3", "swp2", 3)],
    )  # fmt: skip
    assert linked.next_hops[0].interface == "swp1" and (hole.kind, hole.next_hops) == (
        "blackhole",
        (),
    )


# --- traceroutes of all kinds ---


@pytest.mark.skipif(not TRACES, reason="the corpora are not beside this checkout")
@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.stem)
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


# --- commands ---


def test_a_spread_is_a_loop_per_run_of_ports() -> None:
    assert list(runs([5, 6, 7, 10, 20, 30, 31])) == [(5, 7, 1), (10, 30, 10), (31, 31, 1)]
    assert list(runs([9, 5, 5])) == [(9, 9, 1), (5, 5, 1), (5, 5, 1)]
    ephemeral = LINUX.answers[Question.ROUTE_SPREAD].command(
        QueryParams(flow=FLOW, ports=tuple(range(32768, 61000)))
    )
    assert ephemeral is not None and len(ephemeral) < 400


@given(st.lists(st.integers(1, 65535), max_size=50))
def test_runs_keep_every_port_in_its_order(ports: list[int]) -> None:
    again = [port for first, last, step in runs(ports) for port in range(first, last + 1, step)]
    assert again == ports


@pytest.mark.parametrize("question", list(Question))
def test_a_question_without_its_subject_makes_no_sense_or_is_general(question: Question) -> None:
    command = LINUX.answers[question].command(QueryParams())
    assert command is None or "None" not in command


@pytest.mark.parametrize("question", [q for q, a in LINUX.answers.items() if a.privileged])
def test_privileged_commands_follow_sudo(question: Question) -> None:
    command = LINUX.answers[question].command(ABOUT)
    assert command is not None and (command.startswith("sh -c '") or "=" not in command.split()[0])
    assert command.count("'") in (0, 2) and "\n" not in command


def test_samples_lie_where_they_belong() -> None:
    for platform in PLATFORMS:
        files = [path for path in (FIXTURES / platform.name).rglob("*") if path.is_file()]
        assert {path.suffix for path in files} == {".raw", ".json"}
        assert all(
            path.with_suffix(".json").exists() and path.with_suffix(".raw").exists()
            for path in files
        )
