"""A paste as its pieces: whose each is, what it answers, and what is not taken and why."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from collectors.model.inventory import Inventory
from collectors.model.records import Packet
from collectors.paste.systems import system_of
from collectors.platforms import platform_named
from collectors.platforms.reading import text_of
from tests.collectors.platforms.samples import Sample, samples
from tests.incidents.conftest import FLOW
from workbench.incidents.pasted import pieces
from workbench.incidents.pasted.host_names import names_of
from workbench.incidents.pasted.pasting import CannotRead
from workbench.incidents.pasted.pieces import NothingRead, ReadPaste
from workbench.incidents.pasted.samples import sampled

RULES = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n"
ROUTES = (
    "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20\n"
)


def bring(text: str, device: str = "fw", **more: object) -> ReadPaste:
    return pieces.read_all(text.encode(), FLOW, device, "rita", **more)  # type: ignore[arg-type]


def test_the_prompt_names_the_device_where_nobody_did() -> None:
    paste = bring("[ops@fw-a ~]$ ip rule\n" + RULES, device="")
    assert [item.device for item in paste.evidence] == ["fw-a"]
    with pytest.raises(CannotRead, match="no prompt in it names the device"):
        bring(RULES, device="")


def test_another_prompt_in_the_same_text_is_another_device() -> None:
    text = f"ops@jump:~$ ip route\n{ROUTES}ops@fw-b:~$ ip rule\n{RULES}"
    assert [item.device for item in bring(text, "jump").evidence] == ["jump", "fw-b"]
    assert [item.device for item in bring(text, "fw-b").evidence] == ["jump", "fw-b"]


def test_a_log_below_a_clock_is_the_answer_to_the_command_above() -> None:
    """`date; dmesg -T`, typed on the second device of the text."""
    packet = (
        "drop: IN=eth0 OUT=eth1 SRC=192.0.2.20 DST=203.0.113.10 LEN=60 PROTO=TCP SPT=43122"
        " DPT=443 SYN"
    )
    logs = f"Mon Nov 30 10:44:45 UTC 2026\n[Mon Nov 30 10:44:15 2026] {packet}\n"
    text = f"ops@fw-a:~$ ip route\n{ROUTES}ops@fw-b:~$ date; dmesg -T\n{logs}"
    assert [(item.device, item.question) for item in bring(text).evidence] == [
        ("fw", Question.ROUTES),
        ("fw-b", Question.LOGS),
    ]


def test_a_log_below_another_answer_is_of_the_same_device() -> None:
    packet = (
        "Nov 30 10:44:15 x kernel: drop: IN=a OUT=b SRC=192.0.2.20 DST=203.0.113.10 PROTO=TCP SPT=4"
        " DPT=443 SYN"
    )
    text = f"ops@fw-a:~$ ip rule\n{RULES}ops@fw-b:~$ ip route\n{ROUTES}{packet}\n"
    assert [item.device for item in bring(text).evidence] == ["fw", "fw-b", "fw-b"]


LOGGED = (
    "Nov 30 10:44:15 {} kernel: drop: IN=a OUT=b SRC=192.0.2.20 DST=203.0.113.10 PROTO=TCP SPT=4"
    " DPT=443 SYN\n"
)


def test_the_lines_of_a_collector_are_of_those_who_wrote_them() -> None:
    text = (
        "root@loghost:~# grep 203.0.113.10 all.log\n"
        + LOGGED.format("gw1")
        + LOGGED.format("gw2.example.net")
    )
    assert {item.device for item in bring(text, "").evidence} == {"gw1", "gw2.example.net"}
    assert {"gw1", "gw2.example.net"} <= {piece.device for piece in bring(text, "").pieces}
    assert {item.device for item in bring(text, "mine").evidence} == {"mine"}


def test_a_device_whose_log_has_another_name_than_its_prompt_stays_one() -> None:
    log = "root@edge:~# dmesg\n" + LOGGED.format("edge.example.net")
    assert [item.device for item in bring(log, "").evidence] == ["edge"]
    more = f"root@edge:~# ip rule\n{RULES}root@edge:~# dmesg\n" + LOGGED.format("fw-17")
    assert {item.device for item in bring(more, "").evidence} == {"edge"}


def test_a_container_has_its_own_routes() -> None:
    text = (
        f"root@node:~# ip route\n{ROUTES}root@node:~# kubectl exec web-1 -n shop -- ip"
        f" rule\n{RULES}"
    )
    assert [item.device for item in bring(text, "node").evidence] == ["node", "node:web-1"]
    assert [item.device for item in bring(text, "node", known=["web-1"]).evidence] == [
        "node",
        "web-1",
    ]
    alone = f"$ sudo ip netns exec blue ip route\n{ROUTES}"
    assert [item.device for item in bring(alone, "blue").evidence] == ["blue"]


def test_a_filtered_answer_is_a_part() -> None:
    paste = bring("$ ip route | grep default\ndefault via 192.0.2.1 dev eth0\n")
    assert paste.evidence[0].truncated and "filtered" in paste.pieces[0].note


def test_outputs_without_prompts_are_split_by_what_they_look_like() -> None:
    paste = bring(f"{RULES}\n{ROUTES}net.ipv4.ip_forward = 1\n")
    assert [item.question for item in paste.evidence] == [
        Question.RULES,
        Question.ROUTES,
        Question.SETTINGS,
    ]
    assert not any(item.unread for item in paste.evidence)


def test_headings_name_the_command() -> None:
    paste = bring(
        f"=== ip rule ===\n{RULES}=== ip route show table 100 ===\ndefault via 192.0.2.1 dev eth0\n"
    )
    assert [item.command for item in paste.evidence] == ["ip rule", "ip route show table 100"]


UNREAD = {
    "user@srx1> show security flow session\nSession ID: 1, Policy name: x/1\n": "Juniper SRX",
    "ASA1# show conn\nTCP outside 10.0.0.1:443 inside 10.0.0.2:1, idle 0:00:12, flags saA\n": (
        "Cisco ASA or FTD"
    ),
    'FGT # get router info routing-table details 10.0.0.1\nRouting table for VRF=0\nRouting entry for 10.0.0.0/8\n  Known via "static", distance 10, metric 0, best\n': (
        "FortiGate"
    ),
    "edge#show ip route 10.0.0.1\nRouting entry for 10.0.0.0/8\n  Routing Descriptor Blocks:\n": (
        "Cisco IOS"
    ),
    "nx# show ip route 10.0.0.1\nIP Route Table for VRF \"default\"\n'*' denotes best ucast next-hop\n": (
        "Cisco NX-OS"
    ),
    "admin@PA(active)> show session id 1\n  c2s flow:\n": "Palo Alto",
    "[Expert@cp:0]# fw ctl zdebug drop\n@;1;fw_log_drop_ex: Packet proto=6\n": "Check Point",
    "root@opn:~ # pfctl -ss\nall tcp 10.0.0.1:22 <- 10.0.0.2:38548       SYN_SENT:CLOSED\n": "pf (",
    "[admin@MikroTik] > /ip route print\nFlags: D - dynamic\n": "MikroTik",
    "ops@(lb)(Active)(tmos)# show sys connection\nSys::Connections\n": "F5",
}


@pytest.mark.parametrize("text", UNREAD)
def test_a_system_that_is_not_read_is_named(text: str) -> None:
    with pytest.raises(NothingRead, match="which is not read yet") as why:
        bring(text)
    assert UNREAD[text] in str(why.value)
    assert why.value.pieces[0].question is None


FRR = (
    'fw# show ip route 10.0.0.1\nRouting entry for 10.0.0.0/8\n  Known via "bgp", distance 20,'
    " metric 0, best\n  Last update 00:00:01 ago\n  * 192.0.2.1, via eth0, weight 1\n"
)


def test_frr_stays_frr() -> None:
    assert bring(FRR).evidence[0].question is Question.NEXTHOP_SETS


def test_names_of_hosts_are_what_the_case_knows() -> None:
    line = "10:00:00.1 IP {} > {}: Flags [S], seq 1, win 5, length 0\n"
    client, server = f"{FLOW.src}.{FLOW.sport}", "web01.example.net.https"
    hosts = f"ops@fw:~$ cat /etc/hosts\n127.0.0.1 localhost\n{FLOW.dst} web01.example.net web01\n"
    text = f"{hosts}ops@fw:~$ tcpdump -i eth0\n{line.format(client, server)}"
    names = names_of([text.encode()], (), Inventory())
    [capture] = bring(text, names=names).evidence
    [packet] = capture.of(Packet)
    assert packet.flow is not None and packet.flow.dst == FLOW.dst
    assert bring(text).evidence[0].unread, "a name that nobody told is not guessed"


def test_every_piece_has_a_line() -> None:
    paste = bring(f"$ ip rule\n{RULES}gibberish here\n$ ls\nnotes\n")
    rules, left_out = paste.pieces
    assert (rules.question, rules.records, rules.unread, rules.first_unread) == (
        "rules",
        2,
        1,
        "gibberish here",
    )
    assert left_out.question is None and left_out.note and paste.left_out == ("ls",)
    assert "ls" in str(left_out) and "gibberish" in str(rules)


CHAINS = """Chain INPUT (policy ACCEPT 5 packets, 300 bytes)
 pkts bytes target     prot opt in     out     source               destination

Chain FORWARD (policy DROP 3 packets, 180 bytes)
 pkts bytes target     prot opt in     out     source               destination
   10   600 ACCEPT     tcp  --  *      *       0.0.0.0/0            0.0.0.0/0            tcp dpt:443
"""
LATER = CHAINS.replace("DROP 3", "DROP 9")
OF_NAT = """Chain PREROUTING (policy ACCEPT 5 packets, 300 bytes)
 pkts bytes target     prot opt in     out     source               destination

Chain INPUT (policy ACCEPT 1 packets, 60 bytes)
 pkts bytes target     prot opt in     out     source               destination
"""
STATS = "cpu=0 found=0 invalid=3 insert=0 drop=0\ncpu=1 found=0 invalid=0 insert=0 drop=0\n"


@pytest.mark.parametrize(
    ("text", "samples"),
    [
        (f"{CHAINS}\n{LATER}", ["before", "after"]),
        (
            f"Mon Nov 30 03:27:12 UTC 2026\n{CHAINS}\nMon Nov 30 03:27:42 UTC 2026\n{LATER}",
            ["before", "after"],
        ),
        (f"{STATS}{STATS.replace('invalid=3', 'invalid=8')}", ["before", "after"]),
        (
            (
                f"Every 2.0s: iptables -nvL     fw: Mon Nov 30 03:27:12 2026\n\n{CHAINS}\n"
                f"Every 2.0s: iptables -nvL     fw: Mon Nov 30 03:27:14 2026\n\n{LATER}"
            ),
            ["before", "after"],
        ),
        (f"{CHAINS}\n{CHAINS}", [None]),
        (f"{CHAINS}\n{OF_NAT}", [None]),
        (STATS, [None]),
    ],
)
def test_the_same_answer_again_is_a_second_sample_where_its_numbers_moved(
    text: str, samples: list[str | None]
) -> None:
    items = sampled(bring(text).evidence)
    assert [item.params.sample for item in items] == samples
    assert not any(item.unread for item in items)


@pytest.mark.parametrize("mark", ["...", "[snip]", "--More--"])
def test_an_answer_with_a_mark_of_more_is_a_part(mark: str) -> None:
    [item] = bring(f"$ ip route\n{ROUTES}{mark}\n").evidence
    assert item.truncated and not item.unread


def test_a_key_ends_a_list_before_its_end_and_a_capture_at_its_end() -> None:
    [routes] = bring(f"$ ip route\n{ROUTES}^C\n").evidence
    line = (
        "08:44:28.997147 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1, win 64860,"
        " length 0\n"
    )
    [capture] = bring(f"$ tcpdump -ni eth0\n{line}^C\n").evidence
    assert routes.truncated and not capture.truncated


def test_a_capture_with_lines_left_out_is_two_short_ones() -> None:
    line = (
        "08:44:2{}.997147 IP 192.0.2.20.43122 > 203.0.113.10.443: Flags [S], seq 1, win 64860,"
        " length 0\n"
    )
    items = bring(f"$ tcpdump -ni eth0\n{line.format(1)}[...]\n{line.format(8)}").evidence
    assert [(len(item.of(Packet)), item.truncated, item.params.interface) for item in items] == [
        (1, True, "eth0")
    ] * 2


# illumos and Huawei VRP write the same title above their routes
ALIKE = {("bsd/routes/illumos", "Huawei VRP")}


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.id)
def test_what_a_platform_reads_shows_no_sign_of_another_system_that_is_not_read(
    sample: Sample,
) -> None:
    """Below a command that is not known, such an output would be refused as "not read yet"."""
    platform = platform_named(sample.platform)
    assert platform is not None
    system = system_of(text_of(sample.path.with_suffix(".raw").read_bytes()))
    own = {known.system for known in platform.pasted.unread}
    assert system is None or system in own or (sample.id, system) in ALIKE
