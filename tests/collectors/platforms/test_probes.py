"""Probes and pasted captures: every way in which tools say what they met."""

from __future__ import annotations

import pytest

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.records import Packet, ProbeResult, Socket
from collectors.platforms.linux import LINUX, shell

FLOW = Flow.parse("tcp 192.0.2.20:43122 > 203.0.113.10:443")
UDP = Flow.parse("udp 192.0.2.20:5000 > 203.0.113.10:53")


def met(
    question: Question, text: str, params: QueryParams, stderr: str = "", status: int = 0
) -> list[ProbeResult]:
    reading = reading_of(LINUX, question, Output(text.encode(), stderr.encode(), status), params)
    assert reading.unread == ()
    return [record for record in reading.records if isinstance(record, ProbeResult)]


CONNECTS = {
    "0 0.00041 43122 Success": (True, None),
    "11 3.003 43122 Resource temporarily unavailable": (False, "timed out"),
    "111 2.1e-05 43122 Connection refused": (False, "refused"),
    "113 3.05 43122 No route to host": (False, "no route to host"),
    "22 0.1 43122 Invalid argument": (False, "invalid argument"),
    "Connection to 203.0.113.10 443 port [tcp/https] succeeded!": (True, None),
    "(UNKNOWN) [203.0.113.10] 443 (https) open": (True, None),
    "nc: connect to 203.0.113.10 port 443 (tcp) failed: Connection refused": (False, "refused"),
    "nc: connect to 203.0.113.10 port 443 (tcp) timed out: Operation now in progress": (
        False,
        "timed out",
    ),
    "nc: connect to 203.0.113.10 port 443 (tcp) failed: No route to host": (
        False,
        "no route to host",
    ),
    "nc: connect to 203.0.113.10 port 443 (tcp) failed: Network is unreachable": (
        False,
        "network unreachable",
    ),
    "nc: bind failed: Address already in use": (False, "not attempted: address already in use"),
    "bash 0": (True, None),
    "bash 124": (False, "timed out"),
    "bash: connect: Connection refused\nbash: line 1: /dev/tcp/203.0.113.10/443: Connection refused\nbash 1": (
        False,
        "refused",
    ),
}


@pytest.mark.parametrize("text", CONNECTS)
def test_an_attempt_in_the_words_of_every_tool(text: str) -> None:
    first = met(Question.CONNECT, text + "\n", QueryParams(flow=FLOW))[0]
    assert (first.ok, first.error) == CONNECTS[text]


def test_a_datagram_without_an_answer_is_no_timeout() -> None:
    assert (
        met(Question.CONNECT, "110 2.0 5000 Connection timed out\n", QueryParams(flow=UDP))[0].error
        == "no reply"
    )


def test_an_attempt_that_could_not_be_made_says_so() -> None:
    error = "Traceback (most recent call last):\nOSError: [Errno 98] Address already in use\n"
    (reach,) = met(Question.CONNECT, "", QueryParams(flow=FLOW), error, 1)
    assert reach.error == "not attempted: address already in use" and not reach.ok


def test_a_sweep_tells_port_by_port() -> None:
    found = met(
        Question.PORT_SWEEP, "40000 0\n40001 111\n40002 99\n40003 71\n", QueryParams(flow=FLOW)
    )
    assert [(r.sport, r.ok, r.error) for r in found] == [
        (40000, True, None), (40001, False, "refused"),
        (40002, False, "not attempted: address not available"), (40003, False, "error 71"),
    ]  # fmt: skip


PINGS = {
    "From 192.0.2.1 icmp_seq=1 Destination Host Unreachable": "destination host unreachable",
    "From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400)": (
        "frag needed and df set (mtu = 1400)"
    ),
    "From gw (10.0.0.1): icmp_seq=1 Time to live exceeded": "time to live exceeded",
    "ping: sendmsg: Network is unreachable": "network is unreachable",
    "ping: local error: message too long, mtu=1400": "message too long, mtu=1400",
}


@pytest.mark.parametrize("line", PINGS)
def test_what_a_ping_met(line: str) -> None:
    (reach,) = met(
        Question.PING,
        f"PING 203.0.113.10 (203.0.113.10) 56(84) bytes of data.\n{line}\n",
        QueryParams(flow=FLOW),
    )
    assert reach.error == PINGS[line] and reach.size == 84
    assert reach.mtu == (1400 if "1400" in line else None)


def test_pings_of_other_systems() -> None:
    text = (
        "PING 203.0.113.10 (203.0.113.10): 56 data bytes\n64 bytes from 203.0.113.10: icmp_seq=0"
        " ttl=64 time=0.5 ms\n"
    )
    assert met(Question.PING, text, QueryParams())[0].ok
    named = (
        "PING h (203.0.113.10) 56(84) bytes of data.\n64 bytes from h (203.0.113.10): icmp_seq=1"
        " ttl=64 time=0.5 ms\n"
    )
    assert met(Question.PING, named, QueryParams())[0].rtt_ms == 0.5


def test_both_kinds_of_arping() -> None:
    params = QueryParams(address=FLOW.dst, interface="eth0")
    iputils = (
        "ARPING 203.0.113.10 from 203.0.113.1 eth0\nUnicast reply from 203.0.113.10"
        " [02:00:00:00:00:0A]  0.7ms\n"
    )
    iputils += (
        "Unicast request from 203.0.113.10 [02:00:00:00:00:0A]  0.5ms\nSent 2 probes (1"
        " broadcast(s))\n"
    )
    habets = (
        "ARPING 203.0.113.10\n60 bytes from 02:00:00:00:00:0b (203.0.113.10): index=0 time=1 msec\n"
    )
    assert met(Question.ARP_PROBE, iputils, params)[0].answered_by == ("02:00:00:00:00:0a",)
    assert met(Question.ARP_PROBE, habets, params)[0].answered_by == ("02:00:00:00:00:0b",)


# --- tcpdump's text ---

DUMPS = {
    "1707052741.5 IP 10.0.0.1.5 > 10.0.0.2.6: Flags [none], length 0": (
        "tcp 10.0.0.1:5 > 10.0.0.2:6"
    ),
    "2024-02-04 14:13:01.01 IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1": (
        "icmp 10.0.0.1 > 10.0.0.2"
    ),
    "14:13:01.1 eth0  In  IP6 fd00::1 > fd00::2: ICMP6, packet too big, mtu 1280": (
        "icmp fd00::1 > fd00::2"
    ),
    "14:13:01.1 IP 10.0.0.9 > 10.0.0.1: ICMP 10.0.0.2 unreachable - need to frag (mtu 1400)": (
        "icmp 10.0.0.9 > 10.0.0.1"
    ),
    "14:13:01.1 IP 10.0.0.9 > 10.0.0.1: ICMP 10.0.0.2 udp port 53 unreachable": (
        "icmp 10.0.0.9 > 10.0.0.1"
    ),
    "14:13:01.1 IP 10.0.0.1.5353 > 10.0.0.2.53: 12+ A? example.com. (29)": (
        "udp 10.0.0.1:5353 > 10.0.0.2:53"
    ),
    "IP 10.0.0.1.5 > 10.0.0.2.6: UDP, length 9": "udp 10.0.0.1:5 > 10.0.0.2:6",
    "14:13:01.1 IP (tos 0x0, ttl 63, id 7, offset 0, flags [DF], proto TCP (6), length 60)\n    10.0.0.1.5 > 10.0.0.2.6: Flags [S], seq 1, length 0": (
        "tcp 10.0.0.1:5 > 10.0.0.2:6"
    ),
}


def dumped(text: str) -> list[Packet]:
    reading = reading_of(LINUX, Question.CAPTURE, Output(text.encode()), QueryParams(flow=FLOW))
    assert reading.unread == ()
    return [record for record in reading.records if isinstance(record, Packet)]


@pytest.mark.parametrize("text", DUMPS, ids=range(len(DUMPS)))
def test_tcpdump_as_text(text: str) -> None:
    (packet,) = dumped(f"tcpdump: listening on any\n{text}\n2 packets captured\n")
    assert str(packet.flow) == DUMPS[text]


def test_what_tcpdump_tells_about_a_packet() -> None:
    (verbose,) = dumped(list(DUMPS)[-1])
    assert (verbose.ttl, verbose.ip_id, verbose.dont_fragment, verbose.length, verbose.flags) == (
        63,
        7,
        True,
        60,
        "S",
    )
    (big,) = dumped(list(DUMPS)[2])
    assert (big.interface, big.outgoing, big.icmp, big.icmp_mtu) == ("eth0", False, (2, 0), 1280)
    (frag,) = dumped(list(DUMPS)[3])
    assert (frag.icmp, frag.icmp_mtu) == ((3, 4), 1400)
    asked, answered = dumped(
        "14:13:01.1 ARP, Request who-has 10.0.0.1 tell 10.0.0.2, length 28\n"
        "14:13:01.2 ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01 (oui Unknown), length 28\n"
    )
    assert (asked.arp, answered.arp) == (
        "request who-has 10.0.0.1 tell 10.0.0.2",
        "reply 10.0.0.1 is-at 02:00:00:00:00:01",
    )


def test_lines_of_tcpdump_that_make_no_flow_are_unread() -> None:
    text = (
        "14:13:01.1 IP 10.0.0.1.5 > fd00::2.6: Flags [S], length 0\n14:13:01.1 IP strange\n14:13:01"
        " nothing\n"
    )
    reading = reading_of(LINUX, Question.CAPTURE, Output(text.encode()), QueryParams(flow=FLOW))
    assert len(reading.unread) == 3 and not reading.records


# --- sockets ---


def test_sockets_without_their_kind_and_on_other_families() -> None:
    text = (
        "State   Recv-Q Send-Q Local Address:Port Peer Address:Port\n"
        "ESTAB 0 5 [::ffff:192.0.2.20]:43122 [::ffff:203.0.113.10]:443\n"
        "UNCONN 0 0 *:53 *:*\nudp UNCONN 0 0 10.0.0.1%eth0:68 0.0.0.0:*\n"
    )
    reading = reading_of(LINUX, Question.SOCKETS, Output(text.encode()), QueryParams(flow=FLOW))
    first, second, third = (record for record in reading.records if isinstance(record, Socket))
    assert (str(first.local), str(first.remote), first.send_queue) == (
        "192.0.2.20",
        "203.0.113.10",
        5,
    )
    assert (second.protocol, second.local, second.remote, second.family) == (
        "udp",
        None,
        None,
        None,
    )
    assert (third.interface, third.local_port) == ("eth0", 68)


# --- words of a command ---


@pytest.mark.parametrize("value", ["", "a b", "a;b", "$x", "a'b", "ä", "a\n", "x" + chr(0)])
def test_a_word_is_one_word(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be part of a command"):
        shell.word(value)


def test_a_script_is_one_line_without_single_quotes() -> None:
    with pytest.raises(ValueError, match="one line"):
        shell.script("echo 'x'")


@pytest.mark.parametrize(("asked", "text"), [(None, "6"), (0.0, "0.5"), (1e9, "120"), (2.5, "2.5")])
def test_durations_are_bounded(asked: float | None, text: str) -> None:
    assert shell.seconds(asked) == text
