"""A capture of one end, with In and Out, in which connections are reset: whose RST is it, and is
anything lost?"""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause

FLOW = "tcp 198.51.100.44 > 172.16.30.9:9042"
OPENED = """09:14:{0:02}.500000 {2} {3}  IP 198.51.100.44.{1} > 172.16.30.9.9042: Flags [S], seq 100, win 64240, options [mss 1460], length 0
09:14:{0:02}.520000 {2} {4} IP 172.16.30.9.9042 > 198.51.100.44.{1}: Flags [S.], seq 900, ack 101, win 65160, options [mss 1460], length 0
09:14:{0:02}.540000 {2} {3}  IP 198.51.100.44.{1} > 172.16.30.9.9042: Flags [.], ack 1, win 63, length 0
09:14:{0:02}.541000 {2} {3}  IP 198.51.100.44.{1} > 172.16.30.9.9042: Flags [P.], seq 1:32, ack 1, win 63, length 31
09:14:{0:02}.560000 {2} {4} IP 172.16.30.9.9042 > 198.51.100.44.{1}: Flags [.], ack 32, win 64, length 0
"""
RESET = (
    "09:14:{0:02}.561000 {2} {4} IP 172.16.30.9.9042 > 198.51.100.44.{1}: Flags [R.], seq 1, ack"
    " 32, win 64, length 0\n"
)
ANSWERED = """09:14:{0:02}.561000 {2} {4} IP 172.16.30.9.9042 > 198.51.100.44.{1}: Flags [P.], seq 1:10, ack 32, win 64, length 9
09:14:{0:02}.562000 {2} {3}  IP 198.51.100.44.{1} > 172.16.30.9.9042: Flags [.], ack 10, win 63, length 0
"""
LATER = """09:14:{0:02}.900000 {2} {3}  IP 198.51.100.44.{1} > 172.16.30.9.9042: Flags [P.], seq 32:60, ack 10, win 63, length 28
09:14:{0:02}.921000 {2} {4} IP 172.16.30.9.9042 > 198.51.100.44.{1}: Flags [R], seq 910, win 0, length 0
"""

STATEFUL = """gate# nft list ruleset
table inet f {
	chain forward {
		type filter hook forward priority filter; policy drop;
		ct state established,related accept
		ct state invalid drop
		tcp dport 9042 ct state new accept
	}
}
"""


def capture(prompt: str, *parts: str, there: str, back: str) -> str:
    """Three connections, as the machine with that prompt saw them on all its interfaces."""
    lines = "".join("".join(parts).format(10 + n, 51000 + n, "ens3", there, back) for n in range(3))
    return f"{prompt} tcpdump -nni any tcp port 9042\n{lines}"


def diagnose(tmp_path: Path, **texts: str) -> PastedCase:
    return diagnose_texts(FLOW, texts, tmp_path)


def test_the_server_that_was_watched_alone_resets_what_it_was_asked(tmp_path: Path) -> None:
    found = diagnose(
        tmp_path, cass2=capture("[dba@cass2 ~]$", OPENED, RESET, there="In", back="Out")
    )
    assert (found.cause, found.guilty) == (Cause.UNKNOWN_BEYOND_VISIBILITY, "cass2")
    assert "resets the connection itself before any answer" in found.words
    assert "lost" not in found.words
    assert found.sure <= 0.75


def test_the_same_server_that_answers_is_not_blamed(tmp_path: Path) -> None:
    found = diagnose(
        tmp_path, cass2=capture("[dba@cass2 ~]$", OPENED, ANSWERED, there="In", back="Out")
    )
    assert found.cause in HEALTHY and found.guilty is None


def test_at_the_client_a_reset_tells_that_nothing_is_lost_and_not_whose_it_is(
    tmp_path: Path,
) -> None:
    """The answers that come in there and do not go out are at their end, though no address of it
    was pasted."""
    text = capture("app@batch7:~$", OPENED, ANSWERED, LATER, there="Out", back="In")
    found = diagnose(
        tmp_path,
        batch7=text,
        edge="edge# ip route\n172.16.30.0/24 via 10.2.0.2 dev eth1\n198.51.100.0/24 dev eth0\n",
    )
    assert found.cause is Cause.UNKNOWN_BEYOND_VISIBILITY and found.guilty is None
    assert (
        "a RST that claims to be from 172.16.30.9 comes to batch7" in found.words
        and "lost" not in found.words
    )


def test_a_translator_in_whose_name_answers_leave_is_no_end(tmp_path: Path) -> None:
    """It tells of its translation, so that packets which begin there are another's."""
    rules = (
        "gw# iptables-save -t nat\n*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 172.16.30.9/32"
        " -p tcp --dport 9042 -j DNAT --to-destination 10.7.0.3\nCOMMIT\n"
    )
    found = diagnose(tmp_path, gw=capture("gw#", OPENED, RESET, there="In", back="Out") + rules)
    assert found.guilty != "gw"


def test_a_box_that_takes_data_in_and_does_not_send_it_on_is_where_it_is_lost(
    tmp_path: Path,
) -> None:
    """The only place that was watched: nothing is said to be lost beyond it."""
    sides = (
        OPENED.format(10, 51000, "ens3", "In", "Out"),
        OPENED.format(10, 51000, "ens4", "Out", "In"),
    )
    crossing = "".join(sorted("".join(sides).splitlines(keepends=True), key=lambda line: line[:15]))
    again = "".join(
        f"09:14:{at:02}.1 ens4 In IP 172.16.30.9.9042 > 198.51.100.44.51000: Flags [P.], seq 1:10,"
        " ack 32, win 64, length 9\n"
        for at in (12, 13, 15, 19)
    )
    found = diagnose(
        tmp_path, gate="gate# tcpdump -nni any tcp port 9042\n" + crossing + again + STATEFUL
    )
    assert "gate takes them in and does not send them on" in found.words
    assert "beyond gate" not in found.words and found.sure <= 0.5


REFUSED = """db7# tcpdump -nni eth0 port 9042
09:14:01.500000 IP 198.51.100.44.40122 > 172.16.30.9.9042: Flags [S], seq 100, win 64240, options [mss 1460], length 0
09:14:01.500040 IP 172.16.30.9.9042 > 198.51.100.44.40122: Flags [R.], seq 0, ack 101, win 0, length 0
db7# ip -br a
lo UNKNOWN 127.0.0.1/8
eth0 UP 172.16.30.9/24
"""


def test_nothing_is_lost_and_no_client_named_where_the_service_refuses_at_once(
    tmp_path: Path,
) -> None:
    found = diagnose_texts(FLOW, {"db7": REFUSED}, tmp_path)
    assert found.guilty != "198.51.100.44"
    assert "lost" not in found.verdict.best.hypothesis.summary
