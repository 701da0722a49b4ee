"""A paste as its pieces: whose each is, what it answers, and what is not taken and why."""

from __future__ import annotations

import pytest

from collectors.model.evidence import Question
from collectors.model.inventory import Inventory
from collectors.model.records import Packet
from tests.incidents.conftest import FLOW
from workbench.incidents import pieces
from workbench.incidents.pasting import CannotRead
from workbench.incidents.pieces import Brought, NothingRead

RULES = "0:\tfrom all lookup local\n32766:\tfrom all lookup main\n"
ROUTES = "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.20\n"


def bring(text: str, device: str = "fw", **more: object) -> Brought:
    return pieces.read_all(text.encode(), FLOW, device, "rita", **more)  # type: ignore[arg-type]


def test_the_prompt_names_the_device_where_nobody_did() -> None:
    brought = bring("[ops@fw-a ~]$ ip rule\n" + RULES, device="")
    assert [item.device for item in brought.evidence] == ["fw-a"]
    with pytest.raises(CannotRead, match="no prompt in it names the device"):
        bring(RULES, device="")


def test_another_prompt_in_the_same_text_is_another_device() -> None:
    text = f"ops@jump:~$ ip route\n{ROUTES}ops@fw-b:~$ ip rule\n{RULES}"
    assert [item.device for item in bring(text, "jump").evidence] == ["jump", "fw-b"]
    assert [item.device for item in bring(text, "fw-b").evidence] == ["jump", "fw-b"]


def test_a_container_has_its_own_routes() -> None:
    text = f"root@node:~# ip route\n{ROUTES}root@node:~# kubectl exec web-1 -n shop -- ip rule\n{RULES}"
    assert [item.device for item in bring(text, "node").evidence] == ["node", "node:web-1"]
    assert [item.device for item in bring(text, "node", known=["web-1"]).evidence] == ["node", "web-1"]
    alone = f"$ sudo ip netns exec blue ip route\n{ROUTES}"
    assert [item.device for item in bring(alone, "blue").evidence] == ["blue"]


def test_a_filtered_answer_is_a_part() -> None:
    brought = bring("$ ip route | grep default\ndefault via 192.0.2.1 dev eth0\n")
    assert brought.evidence[0].truncated and "filtered" in brought.pieces[0].note


def test_outputs_without_prompts_are_split_by_what_they_look_like() -> None:
    brought = bring(f"{RULES}\n{ROUTES}net.ipv4.ip_forward = 1\n")
    assert [item.question for item in brought.evidence] == [Question.RULES, Question.ROUTES, Question.SETTINGS]
    assert not any(item.unread for item in brought.evidence)


def test_headings_name_the_command() -> None:
    brought = bring(f"=== ip rule ===\n{RULES}=== ip route show table 100 ===\ndefault via 192.0.2.1 dev eth0\n")
    assert [item.command for item in brought.evidence] == ["ip rule", "ip route show table 100"]


UNREAD = {
    "user@srx1> show security flow session\nSession ID: 1, Policy name: x/1\n": "Juniper SRX",
    "ASA1# show conn\nTCP outside 10.0.0.1:443 inside 10.0.0.2:1, idle 0:00:12, flags saA\n": "Cisco ASA or FTD",
    "FGT # get router info routing-table details 10.0.0.1\nRouting table for VRF=0\nRouting entry for 10.0.0.0/8\n"
    '  Known via "static", distance 10, metric 0, best\n': "FortiGate",
    "edge#show ip route 10.0.0.1\nRouting entry for 10.0.0.0/8\n  Routing Descriptor Blocks:\n": "Cisco IOS",
    "nx# show ip route 10.0.0.1\nIP Route Table for VRF \"default\"\n'*' denotes best ucast next-hop\n": "Cisco NX-OS",
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
    "fw# show ip route 10.0.0.1\nRouting entry for 10.0.0.0/8\n"
    '  Known via "bgp", distance 20, metric 0, best\n  Last update 00:00:01 ago\n  * 192.0.2.1, via eth0, weight 1\n'
)


def test_frr_stays_frr() -> None:
    assert bring(FRR).evidence[0].question is Question.NEXTHOP_SETS


def test_names_of_hosts_are_what_the_case_knows() -> None:
    line = "10:00:00.1 IP {} > {}: Flags [S], seq 1, win 5, length 0\n"
    client, server = f"{FLOW.src}.{FLOW.sport}", "web01.example.net.https"
    hosts = f"ops@fw:~$ cat /etc/hosts\n127.0.0.1 localhost\n{FLOW.dst} web01.example.net web01\n"
    text = f"{hosts}ops@fw:~$ tcpdump -i eth0\n{line.format(client, server)}"
    names = pieces.names_of([text.encode()], (), Inventory())
    [capture] = bring(text, names=names).evidence
    [packet] = capture.of(Packet)
    assert packet.flow is not None and packet.flow.dst == FLOW.dst
    assert bring(text).evidence[0].unread, "a name that nobody told is not guessed"


def test_every_piece_has_a_line() -> None:
    brought = bring(f"$ ip rule\n{RULES}gibberish here\n$ ls\nnotes\n")
    rules, left_out = brought.pieces
    assert (rules.question, rules.records, rules.unread, rules.first_unread) == ("rules", 2, 1, "gibberish here")
    assert left_out.question is None and left_out.note and brought.left_out == ("ls",)
    assert "ls" in str(left_out) and "gibberish" in str(rules)
