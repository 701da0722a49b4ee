"""Pasted refusals: of devices that tell no address and no route, and of two devices in one
terminal."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.telling import PastedCase, diagnose_texts
from workbench.analysis.case.verdict import HEALTHY, Cause, Direction

FLOW = "tcp 192.0.2.20:43122 > 203.0.113.10:443"
CLOCK = "Mon Nov 30 10:44:45 UTC 2026\n"


def line(
    label: str, out: str = "", host: str = "web3", flags: str = "SYN", back: bool = False
) -> str:
    """What the kernel wrote half a minute before."""
    ends = (
        ("203.0.113.10", "192.0.2.20", 443, 43122)
        if back
        else ("192.0.2.20", "203.0.113.10", 43122, 443)
    )
    return (
        f"Nov 30 10:44:15 {host} kernel: [88213.551201] {label} IN=ens3 OUT={out}"
        f" MAC=06:1a:2b:3c:4d:5e:06:aa:bb:cc:dd:ee:08:00 SRC={ends[0]} DST={ends[1]} LEN=60"
        f" TOS=0x00 PREC=0x00 TTL=61 ID=9 DF PROTO=TCP SPT={ends[2]} DPT={ends[3]} WINDOW=64240"
        f" RES=0x00 {flags} URGP=0\n"
    )


def diagnose(folder: Path, text: str, *more: str) -> PastedCase:
    hosts = (re.search(r"^(?:\w+@)?(\w[\w-]*):~", one, re.M) for one in (text, *more))
    texts = {host[1]: one for host, one in zip(hosts, (text, *more), strict=True) if host}
    return diagnose_texts(FLOW, texts, folder)


def logged(written: str) -> str:
    return f"root@web3:~# date; tail -3 /var/log/kern.log\n{CLOCK}{written}"


def test_a_line_of_a_packet_for_itself_names_the_server(tmp_path: Path) -> None:
    found = diagnose(tmp_path, logged(line("[UFW BLOCK]")))
    assert (found.cause, found.guilty, found.direction) == (
        Cause.SERVER_POLICY_DENY,
        "web3",
        Direction.FORWARD,
    ), found


def test_a_line_of_a_packet_that_was_to_go_on_names_a_firewall(tmp_path: Path) -> None:
    found = diagnose(tmp_path, logged(line("FINAL_REJECT:", out="ens4")))
    assert (found.cause, found.guilty) == (Cause.TRANSIT_POLICY_DENY, "web3"), found


@pytest.mark.parametrize("label", ["[UFW AUDIT]", "NEW-CONN:", "TRACE: raw:PREROUTING:policy:2"])
def test_a_line_that_refuses_nothing_accuses_nobody(tmp_path: Path, label: str) -> None:
    found = diagnose(tmp_path, logged(line(label)))
    assert found.guilty is None, found


def test_an_old_line_accuses_nobody(tmp_path: Path) -> None:
    found = diagnose(tmp_path, logged(line("[UFW BLOCK]").replace("Nov 30", "Nov 27")))
    assert found.guilty is None, found


def test_a_line_of_the_end_of_a_connection_accuses_nobody(tmp_path: Path) -> None:
    found = diagnose(tmp_path, logged(line("[UFW BLOCK]", flags="ACK FIN")))
    assert found.guilty is None, found


def test_a_line_against_the_rules_in_force_is_not_sure(tmp_path: Path) -> None:
    rules = (
        "root@web3:~# nft list ruleset\ntable inet f {\n\tchain in {\n\t\ttype filter hook input"
        " priority 0; policy drop;\n\t\tct state established accept\n\t\ttcp dport 443"
        " accept\n\t}\n}\n"
    )
    found = diagnose(tmp_path, logged(line("DROPPED")) + rules)
    assert found.sure <= 0.75, found


HOLDS = (
    "tcp      6 112 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED] "
    "src=203.0.113.10 dst=192.0.2.20 sport=443 dport=43122 mark=0 use=1\n"
)


def test_lines_below_a_clock_are_of_the_device_whose_prompt_is_above(tmp_path: Path) -> None:
    text = (
        f"ops@north:~$ sudo conntrack -L\n{HOLDS}ops@north:~$ ssh south\nLast login: Mon Nov 30"
        " 09:00:00 2026\nops@south:~$ sudo conntrack -L\nops@south:~$ date; dmesg -T | tail"
        f" -2\n{CLOCK}"
        + line("drop invalid:", out="ens4", host="south", flags="ACK SYN", back=True)
    )
    found = diagnose(tmp_path, text)
    assert (found.guilty, found.direction) == ("south", Direction.REVERSE), found
    assert found.cause is Cause.ASYM_STATEFUL_FW, found


HANGS = """db-client:~$ ss -tno
State  Recv-Q  Send-Q    Local Address:Port    Peer Address:Port  Process
ESTAB  0       117          192.0.2.20:43122   203.0.113.10:443   timer:(on,21sec,7)
"""
FORGOT = f"""root@gate:~# conntrack -L
root@gate:~# nft list ruleset
table ip f {{
	chain fwd {{
		type filter hook forward priority 0; policy drop;
		ct state established accept
		ct state invalid log prefix "strange " drop
		tcp dport 443 ct state new accept
	}}
}}
root@gate:~# sysctl net.netfilter.nf_conntrack_tcp_loose
net.netfilter.nf_conntrack_tcp_loose = 0
root@gate:~# date; dmesg -T | tail -1
{CLOCK}"""


def test_a_session_that_a_firewall_forgot_where_nobody_told_the_way_back(tmp_path: Path) -> None:
    found = diagnose(
        tmp_path, HANGS, FORGOT + line("strange", out="ens4", host="gate", flags="ACK PSH")
    )
    assert (found.cause, found.guilty) == (Cause.MIDFLOW_STATE_LOSS, "gate"), found
    assert "both ways cross" not in found.words


REDIRECTED = """root@kiosk:~# ip -4 -o a
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: eth0    inet 203.0.113.10/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever preferred_lft forever
root@kiosk:~# iptables-save
*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -i eth0 -p tcp -m tcp --dport 443 -j REDIRECT --to-ports 9443
COMMIT
root@kiosk:~# ss -ltn
State    Recv-Q   Send-Q     Local Address:Port     Peer Address:Port  Process
LISTEN   0        50               0.0.0.0:{port}            0.0.0.0:*
"""


def test_a_port_that_the_server_turns_into_another_needs_no_listener(tmp_path: Path) -> None:
    assert diagnose(tmp_path, REDIRECTED.format(port=9443)).cause is not Cause.SERVICE_NOT_LISTENING
    found = diagnose(tmp_path, REDIRECTED.format(port=22))
    assert "port 9443" in found.words or found.cause in HEALTHY, found


def alone(folder: Path, name: str, text: str, flow: str = FLOW) -> PastedCase:
    return diagnose_texts(flow, {name: text}, folder)


IPFW = (
    "Nov 30 10:44:{:02} edge kernel: ipfw: {} TCP 192.0.2.20:43122 203.0.113.10:443 in via igb1\n"
)


def test_a_filter_that_tells_no_flags_is_not_sure(tmp_path: Path) -> None:
    log = f"root@edge:~ # date\n{CLOCK}root@edge:~ # tail -3 /var/log/security\n"
    found = alone(tmp_path, "edge", log + "".join(IPFW.format(at, "700 Deny") for at in (1, 2, 4)))
    assert (found.cause, found.guilty) == (Cause.TRANSIT_POLICY_DENY, "edge"), found
    assert found.sure <= 0.75, found
    assert alone(tmp_path, "edge", log + IPFW.format(1, "700 Accept")).guilty is None


WINDOWS = """PS C:\\> Get-Date

Monday, November 30, 2026 10:44:45 AM

PS C:\\> Get-Content C:\\Windows\\System32\\LogFiles\\Firewall\\pfirewall.log -Tail 2
2026-11-30 10:44:02 {} TCP 192.0.2.20 203.0.113.10 43122 443 52 S 2938475610 0 64240 - - - RECEIVE
2026-11-30 10:44:06 DROP UDP 203.0.113.77 203.0.113.255 137 137 78 - - - - - - - RECEIVE
PS C:\\> Get-NetTCPConnection -State Listen -LocalPort 443

LocalAddress                        LocalPort RemoteAddress                       RemotePort State       AppliedSetting OwningProcess
------------                        --------- -------------                       ---------- -----       -------------- -------------
::                                  443       ::                                  0          Listen                     4
"""


def test_the_firewall_of_windows_names_what_it_dropped(tmp_path: Path) -> None:
    found = alone(tmp_path, "app1", WINDOWS.format("DROP"))
    assert (found.cause, found.guilty, found.direction) == (
        Cause.SERVER_POLICY_DENY,
        "app1",
        Direction.FORWARD,
    ), found
    assert alone(tmp_path, "app1", WINDOWS.format("ALLOW")).guilty is None


AWS = "2 123456789010 eni-0b7c2f1e4a5d63891 {} 6 4 240 1796036411 1796036468 {} OK\n"
ASKS, ANSWERS = "192.0.2.20 203.0.113.10 43122 443", "203.0.113.10 192.0.2.20 443 43122"


@pytest.mark.parametrize(
    ("request_is", "answer_is", "cause"),
    [
        ("ACCEPT", "REJECT", Cause.ACL_PATH),
        ("REJECT", None, Cause.TRANSIT_POLICY_DENY),
        ("ACCEPT", "ACCEPT", None),
        ("ACCEPT", None, None),
    ],
)
def test_a_flow_log_tells_which_way_was_refused(
    tmp_path: Path, request_is: str, answer_is: str | None, cause: Cause | None
) -> None:
    text = AWS.format(ASKS, request_is) + (AWS.format(ANSWERS, answer_is) if answer_is else "")
    found = alone(tmp_path, "eni", text)
    assert found.sure <= 0.75, found
    assert (found.cause, found.guilty) == (cause, "eni") if cause else found.guilty is None, found


def test_a_policy_of_the_cluster_names_the_node(tmp_path: Path) -> None:
    line = (
        "xx drop ({}) flow 0x9 to endpoint 7, ifindex 2, file bpf_lxc.c:1, , identity 2->8: {} tcp"
        " SYN\n"
    )
    ours, others = "192.0.2.20:43122 -> 203.0.113.10:443", "192.0.2.99:43122 -> 203.0.113.10:443"
    shell = (
        "root@node7:/# cilium monitor --type drop\nListening for events on 4 CPUs with 64x4096 of"
        " shared memory\n"
    )
    found = alone(tmp_path, "node7", shell + line.format("Policy denied", ours) * 2)
    assert (found.cause, found.guilty) == (Cause.TRANSIT_POLICY_DENY, "node7"), found
    assert alone(tmp_path, "node7", shell + line.format("Policy denied", others)).guilty is None


TRIED = (
    "$ curl -sv http://203.0.113.10:443/\n*   Trying 203.0.113.10:443...\n* connect to 203.0.113.10"
    " port 443 failed: Connection refused\n"
)
EMPTY = """root@node7:~# iptables-save | grep 203.0.113.1
-A KUBE-SERVICES -d {}/32 -p tcp -m comment --comment "shop/cart:https has no endpoints" -m tcp --dport 443 -j REJECT --reject-with icmp-port-unreachable
"""


def test_a_service_without_endpoints_is_served_by_nobody(tmp_path: Path) -> None:
    found = alone(tmp_path, "node7", EMPTY.format("203.0.113.10"))
    assert (found.cause, found.guilty) == (Cause.SERVICE_NOT_LISTENING, "node7"), found
    assert "shop/cart:https has no endpoints" in found.words
    assert (
        diagnose_texts(
            FLOW, {"client": TRIED, "node7": EMPTY.format("203.0.113.10")}, tmp_path
        ).sure
        > found.sure
    )
    assert alone(tmp_path, "node7", EMPTY.format("203.0.113.11")).guilty is None


DOCKER = """root@nuc:~# ip r
203.0.113.0/24 dev enp2s0 proto kernel scope link src 203.0.113.1
192.0.2.0/24 dev enp1s0 proto kernel scope link src 192.0.2.1
root@nuc:~# iptables -S
-P INPUT ACCEPT
-P FORWARD DROP
-P OUTPUT ACCEPT
-N DOCKER
{}-A FORWARD -o docker0 -j DOCKER
"""


def test_what_falls_through_to_the_policy_of_a_table_that_knows_sessions_is_denied_by_policy(
    tmp_path: Path,
) -> None:
    knows = "-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n"
    found = alone(tmp_path, "nuc", DOCKER.format(knows))
    assert (found.cause, found.guilty, found.direction) == (
        Cause.TRANSIT_POLICY_DENY,
        "nuc",
        Direction.FORWARD,
    ), found
    assert alone(tmp_path, "nuc", DOCKER.format("")).cause is Cause.ACL_PATH
    through = (
        knows
        + "-A FORWARD -i enp1s0 -o enp2s0 -j ACCEPT\n-A FORWARD -i enp2s0 -o enp1s0 -j ACCEPT\n"
    )
    assert alone(tmp_path, "nuc", DOCKER.format(through)).guilty is None


FULL = """[root@nat4 ~]# date
Mon Nov 30 10:44:45 UTC 2026
[root@nat4 ~]# journalctl -k -n 2
Nov 30 10:4{minute}:03 nat4 kernel: nf_conntrack: nf_conntrack: table full, dropping packet
Nov 30 10:4{minute}:08 nat4 kernel: nf_conntrack: nf_conntrack: table full, dropping packet
[root@nat4 ~]# ip -br a
eth0             UP             198.51.100.17/29
eth1             UP             192.0.2.1/24
"""
ROOM = (
    "[root@nat4 ~]# sysctl -a\nnet.netfilter.nf_conntrack_count ="
    " 812\nnet.netfilter.nf_conntrack_max = 65536\n"
)


def test_a_full_table_beside_the_known_way_is_likely_and_not_sure(tmp_path: Path) -> None:
    found = alone(tmp_path, "nat4", FULL.format(minute=4))
    assert (found.cause, found.guilty) == (Cause.SESSION_LIMIT, "nat4"), found
    assert found.sure <= 0.5, found
    assert alone(tmp_path, "nat4", FULL.format(minute=4) + ROOM).guilty is None
    assert (
        alone(
            tmp_path, "nat4", FULL.format(minute=4).replace("Nov 30 10:44:0", "Nov 29 10:44:0")
        ).guilty
        is None
    )


LIFE = (
    "src=192.0.2.20 dst=203.0.113.10 sport={0} dport=443 {1}src=203.0.113.10 dst=198.51.100.9"
    " sport=443 dport={0}\n"
)


def life(port: int, *states: str) -> str:
    """What `conntrack -E` tells of one connection."""
    lines = [f"[UPDATE] tcp      6 60 {state} " + LIFE.format(port, "") for state in states]
    return "[NEW] tcp      6 120 SYN_SENT " + LIFE.format(port, "[UNREPLIED] ") + "".join(lines)


WHOLE = ("SYN_RECV", "ESTABLISHED", "FIN_WAIT", "LAST_ACK", "TIME_WAIT")


def test_a_whole_life_in_a_state_table_is_healthy_as_far_as_that_place_tells(
    tmp_path: Path,
) -> None:
    events = "root@nat4:~# conntrack -E -p tcp\n"
    found = alone(tmp_path, "nat4", events + life(43122, *WHOLE))
    assert found.cause in HEALTHY and found.sure <= 0.5, found
    assert "nat4, the only place that was watched" in found.words
    any_port = FLOW.replace(":43122", ":*")
    assert (
        alone(tmp_path, "nat4", events + life(43122, *WHOLE) + life(43130), any_port).cause
        not in HEALTHY
    )
    assert alone(tmp_path, "nat4", events + life(43122, *WHOLE[:2], "CLOSE")).cause not in HEALTHY


HAIRPIN = """client$ tcpdump -nni en0 port 443
10:44:01.000100 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1000, win 64240, options [mss 1460], length 0
10:44:01.001100 IP 192.0.2.80.443 > 192.0.2.20.43122: Flags [S.], seq 5000, ack 1001, win 65160, options [mss 1460], length 0
10:44:01.001150 IP 192.0.2.20.43122 > 192.0.2.80.443: Flags [R], seq 1001, win 0, length 0
"""
TURNS = (
    "router# iptables -t nat -S\n-P PREROUTING ACCEPT\n-A PREROUTING -d {}/32 -p tcp -m tcp --dport"
    " 443 -j DNAT --to-destination 192.0.2.80:443\n"
)


def test_who_turns_the_request_and_not_the_answer_is_named_by_its_rule(tmp_path: Path) -> None:
    found = diagnose_texts(
        FLOW, {"client": HAIRPIN, "router": TURNS.format("203.0.113.10")}, tmp_path
    )
    assert (found.cause, found.guilty, found.direction) == (
        Cause.NAT_RETURN_BYPASS,
        "router",
        Direction.REVERSE,
    ), found
    other = diagnose_texts(
        FLOW, {"client": HAIRPIN, "router": TURNS.format("203.0.113.77")}, tmp_path
    )
    assert (other.cause, other.guilty) == (Cause.NAT_RETURN_BYPASS, None), other


def test_a_refused_answer_of_which_a_log_alone_tells_may_be_a_list_or_a_missed_session(
    tmp_path: Path,
) -> None:
    found = diagnose(tmp_path, logged(line("[UFW BLOCK]", out="ens4", flags="ACK SYN", back=True)))
    assert (found.guilty, found.direction) == ("web3", Direction.REVERSE), found
    assert found.sure <= 0.5, found
    causes = {found.cause, *(one.hypothesis.cause for one in found.verdict.alternatives)}
    assert {Cause.ACL_PATH, Cause.ASYM_STATEFUL_HALF_PATH} <= causes


def test_a_session_that_waits_for_its_answer_accuses_nobody(tmp_path: Path) -> None:
    assert diagnose(tmp_path, f"root@gate:~# conntrack -L\n{HOLDS}").guilty is None
