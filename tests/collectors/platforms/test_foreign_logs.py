"""Lines of packet filters other than netfilter: which packet, what became of it, which way."""

from __future__ import annotations

import pytest

from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.model.records import LogLine
from collectors.platforms.linux.logs import read_logs

REFUSED = {
    "Nov 30 10:02:11 edge kernel: ipfw: 1200 Deny TCP 192.0.2.20:43122 203.0.113.10:443 in via igb1": (
        "ipfw: 1200 Deny", "tcp 192.0.2.20:43122 > 203.0.113.10:443", "", "igb1", None,
    ),
    "Nov 30 10:02:11 edge kernel: ipfw: 900 Unreach 13 UDP [2001:db8::7]:5060 [2001:db8:1::9]:5060 out via em0": (
        "ipfw: 900 Unreach 13", "udp [2001:db8::7]:5060 > [2001:db8:1::9]:5060", "", None, "em0",
    ),
    "2026-11-30 10:14:02 DROP TCP 192.0.2.20 203.0.113.10 43122 443 52 S 2938475610 0 64240 - - - RECEIVE 1188": (
        "DROP RECEIVE", "tcp 192.0.2.20:43122 > 203.0.113.10:443", "S", None, None,
    ),
    "2026-11-30 10:14:02 DROP ICMP 192.0.2.20 203.0.113.10 - - 60 - - - - 8 0 - RECEIVE": (
        "DROP RECEIVE", "icmp 192.0.2.20 > 203.0.113.10", "", None, None,
    ),
    "xx drop (Policy denied) flow 0x9f1c33aa to endpoint 1733, ifindex 21, file bpf_lxc.c:2040, , identity 23->88: "
    "192.0.2.20:43122 -> 203.0.113.10:443 tcp SYN, ACK": (
        "drop (Policy denied)", "tcp 192.0.2.20:43122 > 203.0.113.10:443", "S.", None, None,
    ),
    "Nov 30 10:31:12.402: 192.0.2.20:43122 (ID:23911) <> 203.0.113.10:443 (ID:8812) Policy denied DROPPED "
    "(TCP Flags: SYN)": ("Policy denied DROPPED", "tcp 192.0.2.20:43122 > 203.0.113.10:443", "S", None, None),
    "2 123456789010 eni-0b7c2f1e4a5d63891 203.0.113.10 192.0.2.20 443 43122 6 8 480 1796036411 1796036468 REJECT OK": (
        "flow log: REJECT", "tcp 203.0.113.10:443 > 192.0.2.20:43122", "", None, None,
    ),
}  # fmt: skip


def read(text: str) -> tuple[list[LogLine], int]:
    reading = read_logs(Output(text.encode()), QueryParams())
    return [one for one in reading.records if isinstance(one, LogLine)], len(reading.unread)


@pytest.mark.parametrize("text", REFUSED)
def test_a_line_of_another_filter_is_about_one_packet(text: str) -> None:
    (one,), unread = read(text)
    assert (one.prefix, str(one.flow), one.flags, one.iif, one.oif, unread) == (*REFUSED[text], 0)


def test_what_windows_received_was_for_itself_and_what_it_sent_was_not() -> None:
    received = (
        "2026-11-30 10:14:02 DROP TCP 192.0.2.20 203.0.113.10 43122 443 52 S 1 0 64240 - - -"
        " RECEIVE"
    )
    lines, _ = read(f"{received}\n{received.replace('RECEIVE', 'SEND')}\n")
    assert [one.bound_in for one in lines] == [True, False]


def test_what_stands_around_such_lines_is_no_lost_line() -> None:
    text = (
        "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Fields: date time action"
        " protocol\nListening for events on 16 CPUs with 64x4096 of shared memory\nPress Ctrl-C to"
        " quit\nxx drop (Unsupported L3 protocol) flow 0x0 to endpoint 0, identity 0->0: fe80::1 ->"
        " ff02::2 Router\n2 123456789010 eni-0b7c2f1e4a5d63891 - - - - - - - 1796036411 1796036468"
        " - NODATA\n"
    )
    assert read(text) == ([], 0)
    assert read("so it is dropped???\n") == ([], 1)
