"""Captures as text, in the dress of every option and tool that people paste them from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.model.records import Packet
from collectors.platforms.linux.capture_text import read

A, B = "10.0.0.50.55432", "10.20.30.40.443"
OUT = f"{A} > {B}"
FLOW = "tcp 10.0.0.50:55432 > 10.20.30.40:443"
M1, M2 = "02:00:00:00:00:01", "02:00:00:00:00:02"
SYN = "Flags [S], seq 1, win 5, length 0"
T = "10:00:00.100000"


def one(text: str) -> Packet:
    reading = read(text)
    assert not reading.unread
    [packet] = reading.records
    assert isinstance(packet, Packet)
    return packet


DRESSES = {
    "plain": f"{T} IP {OUT}: {SYN}",
    "without time": f"IP {OUT}: {SYN}",
    "date": f"2024-05-01 {T} IP {OUT}: {SYN}",
    "epoch": f"1714558272.123456 IP {OUT}: {SYN}",
    "delta": f" 00:00:00.000123 IP {OUT}: {SYN}",
    "numbered": f"    1  {T} IP {OUT}: {SYN}",
    "link": f"{T} {M1} > {M2}, ethertype IPv4 (0x0800), length 74: {OUT}: {SYN}",
    "any": f"{T} eth0  In  IP {OUT}: {SYN}",
    "any with link": (
        f"{T} eth0  In  ifindex 2 {M1} ethertype IPv4 (0x0800), length 80: {OUT}: {SYN}"
    ),
    "old any with link": f"{T}   In {M1} ethertype IPv4 (0x0800), length 76: {OUT}: {SYN}",
    "vlan": (
        f"{T} {M1} > {M2}, ethertype 802.1Q (0x8100), length 78: vlan 100, p 0, ethertype IPv4"
        f" (0x0800), {OUT}: {SYN}"
    ),
    "pppoe": f"{T} PPPoE  [ses 0x1f] IP {OUT}: {SYN}",
    "pppoe with link": (
        f"{T} {M1} > {M2}, ethertype PPPoE S (0x8864), length 82: PPPoE  [ses 0x1f] PPP-IP"
        f" (0x0021), length 62: {OUT}: {SYN}"
    ),
    "mpls": f"{T} MPLS (label 16, exp 0, ttl 254) (label 17, exp 0, [S], ttl 254) IP {OUT}: {SYN}",
    "verbose": (
        f"{T} IP (tos 0x0, ttl 63, id 7, offset 0, flags [DF], proto TCP (6), length 60)\n   "
        f" {OUT}: Flags [S], cksum 0x1 (incorrect -> 0x2), seq 1, win 5, options [mss 1460,sackOK],"
        " length 0"
    ),
    "verbose, blanks lost": (
        f"{T} IP (tos 0x0, ttl 63, id 7, flags [DF], proto TCP (6), length 60)\n{OUT}: {SYN}"
    ),
    "service": f"{T} IP {A} > 10.20.30.40.https: {SYN}",
    "truncated": f"{T} IP truncated-ip - 20 bytes missing! {OUT}: {SYN}",
    "dump": (
        f"{T} IP {OUT}: {SYN}\n\t0x0000:  4500 003c 0001 4000 4006 aaaa 0a00 0032\n\t0x0010:  0a14"
        " 1e28"
    ),
    "ascii": f"{T} IP {OUT}: {SYN}\nE..<.@.@.......\nGET / HTTP/1.1",
    "bsd": f"{T} {OUT}: S 1:1(0) win 5 <mss 1460,nop,nop,sackOK> (DF) (ttl 63, id 7, len 48)",
    "bsd with link": f"{T} 2:0:0:0:0:1 2:0:0:0:0:2 0800 74: {OUT}: S 1:1(0) win 5 (DF)",
    "pflog": f"{T} rule 4/0(match): block in on igb1: {OUT}: {SYN}",
    "macos": f"{T} (en0, proc curl:123, svc BE, out) IP {OUT}: {SYN}",
    "quoted banner": (
        "tcpdump: listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144"
        f" bytes\n{T} IP {OUT}: {SYN}\n^C\n1 packet captured\n1 packet received by filter\n0"
        " packets dropped by kernel"
    ),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_a_syn_in_every_dress(dress: str) -> None:
    packet = one(DRESSES[dress])
    assert (str(packet.flow), packet.flags, packet.seq) == (FLOW, "S", 1)


def test_hardware_addresses_interfaces_and_directions_are_kept() -> None:
    packet = one(DRESSES["link"])
    assert (packet.source_mac, packet.destination_mac) == (M1, M2)
    assert one(DRESSES["bsd with link"]).source_mac == M1
    assert one(DRESSES["any with link"]).source_mac == M1
    assert (one(DRESSES["any"]).interface, one(DRESSES["any"]).outgoing) == ("eth0", False)
    assert (one(DRESSES["pflog"]).interface, one(DRESSES["pflog"]).outgoing) == ("igb1", False)
    assert (one(DRESSES["macos"]).interface, one(DRESSES["macos"]).outgoing) == ("en0", True)
    assert one(DRESSES["quoted banner"]).interface == "eth0"


def test_the_command_names_the_interface() -> None:
    [packet] = read(DRESSES["plain"], "wg0").records
    assert isinstance(packet, Packet) and packet.interface == "wg0"


def test_heads_tell_time_to_live_identity_and_size() -> None:
    for dress in ("verbose", "bsd"):
        packet = one(DRESSES[dress])
        assert (packet.ttl, packet.ip_id, packet.dont_fragment, packet.mss) == (63, 7, True, 1460)
    assert one(DRESSES["verbose"]).length == 60
    assert one(DRESSES["link"]).length == 60


def test_an_icmp_error_quotes_its_packet() -> None:
    verbose = (
        f"{T} IP (tos 0xc0, ttl 64, id 1, offset 0, flags [none], proto ICMP (1), length 576)\n   "
        " 10.0.0.9 > 10.0.0.50: ICMP 10.20.30.40 unreachable - need to frag (mtu 1400), length"
        " 556\n\tIP (tos 0x0, ttl 63, id 2, offset 0, flags [DF], proto TCP (6), length 1500)\n   "
        f" {OUT}: Flags [.], seq 1:1449, ack 1, win 502, length 1448"
    )
    packet = one(verbose)
    assert (str(packet.quoted), packet.icmp, packet.icmp_mtu) == (FLOW, (3, 4), 1400)
    short = one(
        f"{T} IP 10.0.0.9 > 10.0.0.50: ICMP 10.20.30.40 tcp port https unreachable, length 68"
    )
    assert (str(short.quoted), short.icmp) == ("tcp 10.0.0.50:* > 10.20.30.40:443", (3, 3))


def test_what_a_tunnel_carries_is_inside() -> None:
    gre = one(f"{T} IP 1.1.1.1 > 2.2.2.2: GREv0, length 88: IP {OUT}: {SYN}")
    assert gre.inside is not None and (str(gre.inside.flow), gre.tunnel, gre.flow) == (
        FLOW,
        "GRE",
        None,
    )
    vxlan = one(
        f"{T} IP 1.1.1.1.4789 > 2.2.2.2.4789: VXLAN, flags [I] (0x08), vni 42\nIP {OUT}: {SYN}"
    )
    assert vxlan.inside is not None and (str(vxlan.inside.flow), vxlan.tunnel) == (FLOW, "VXLAN 42")


@pytest.mark.parametrize(
    "line",
    [
        f"{T} STP 802.1d, Config, Flags [none], bridge-id 8000.00:11, length 43",
        f"{T} LLDP, length 100",
        f"{T} [|ether]",
    ],
)
def test_what_is_no_part_of_any_flow_is_not_unread(line: str) -> None:
    assert not read(line).unread and not read(line).records


def test_a_name_that_nobody_knows_is_unread() -> None:
    assert read(f"{T} IP {A} > web01.example.net.https: {SYN}").unread


TALK = (
    "10:00:00.0 IP {o}: Flags [S], seq 3000000000, win 1, length 0\n"
    "10:00:00.1 IP {i}: Flags [S.], seq 4000000000, ack 3000000001, win 1, length 0\n"
    "10:00:00.2 IP {o}: Flags [P.], seq {s}:{e}, ack {a}, win 1, length 21\n"
)


@pytest.mark.parametrize(("s", "e", "a"), [(1, 22, 1), (3000000001, 3000000022, 4000000001)])
def test_relative_numbers_become_what_they_were(s: int, e: int, a: int) -> None:
    records = read(TALK.format(o=OUT, i=f"{B} > {A}", s=s, e=e, a=a)).records
    last = records[-1]
    assert isinstance(last, Packet) and (last.seq, last.ack) == (3000000001, 4000000001)


def test_times_since_the_packet_before_are_added_up() -> None:
    text = "\n".join(
        f" {clock} IP {OUT}: {SYN}"
        for clock in ("00:00:00.000000", "00:00:02.000000", "00:00:01.000000")
    )
    assert [packet.time for packet in read(text).records if isinstance(packet, Packet)] == [0, 2, 3]


PAGE = (
    f"Servers\nvlan0.100\t2024-06-28\n{T}\t{M1}\t{M2}\tethertype IPv4 (0x0800), length 74: (tos"
    f" 0x0, ttl 64, id 0, offset 0, flags [DF], proto TCP (6), length 60)\n    {OUT}: {SYN}\n"
)


def test_the_page_of_a_firewall() -> None:
    reading = read(PAGE * 2)
    assert not reading.unread and len(reading.records) == 2
    packet = reading.records[0]
    assert isinstance(packet, Packet)
    assert (packet.interface, packet.source_mac, packet.destination_mac, packet.outgoing) == (
        "vlan0.100",
        M1,
        M2,
        None,
    )
    assert packet.time > 1_700_000_000


ROWS = (
    "No.     Time           Source                Destination           Protocol Length Info\n     "
    " 1 0.000000       10.0.0.50             10.20.30.40           TCP      78     55432 → 443"
    " [SYN] Seq=0 Win=1 Len=0 MSS=1460\n      2 0.003112       10.20.30.40           10.0.0.50     "
    "        TCP      74     443 → 55432 [SYN, ACK] Seq=0 Ack=1 Win=1 Len=0\n      3 0.004010      "
    " 10.0.0.50             10.20.30.40           TLSv1    583    Client Hello\n      4 0.310010   "
    "    10.0.0.50             10.20.30.40           TCP      583    [TCP Retransmission] 55432 →"
    " 443 [PSH, ACK] Seq=1 Ack=1 Win=1 Len=517\n"
)
CSV = (
    '"No.","Time","Source","Destination","Protocol","Length","Info"\n"1","0.000000","10.0.0.50","10.20.30.40","TCP","78","55432'
    '  >  443 [SYN] Seq=0 Win=1 Len=0 MSS=1460"\n'
)
TSHARK = (
    "    1 0.000000000 10.0.0.50 → 10.20.30.40 TCP 78 55432 → 443 [SYN] Seq=0 Win=1 Len=0"
    " MSS=1460\n"
)
EXPORT = (
    "No.     Time           Source                Destination           Protocol Length Info\n    "
    "  1 0.000000       10.0.0.50             10.20.30.40           HTTP     78     GET /"
    " HTTP/1.1\n\nFrame 1: 78 bytes on wire (624 bits), 78 bytes captured (624 bits)\nEthernet II,"
    f" Src: Vendor_00:01 ({M1}), Dst: Vendor_00:02 ({M2})\nInternet Protocol Version 4, Src:"
    " 10.0.0.50, Dst: 10.20.30.40\nTransmission Control Protocol, Src Port: 55432, Dst Port: 443,"
    " Seq: 1, Ack: 1, Len: 12\nHypertext Transfer Protocol\n"
)


def test_rows_of_a_packet_list() -> None:
    reading = read(ROWS)
    assert not reading.unread
    packets = [packet for packet in reading.records if isinstance(packet, Packet)]
    assert [packet.flags for packet in packets] == ["S", "S.", "P.", "P."]
    assert {str(packet.flow) for packet in (packets[0], packets[2], packets[3])} == {FLOW}
    assert (packets[0].mss, packets[3].payload) == (1460, 517)


@pytest.mark.parametrize("text", [CSV, TSHARK, EXPORT])
def test_other_lists(text: str) -> None:
    assert str(one(text).flow) == FLOW


def test_an_export_tells_hardware_addresses() -> None:
    assert one(EXPORT).source_mac == M1


@given(
    st.lists(
        st.sampled_from([*DRESSES.values(), PAGE, ROWS, CSV, EXPORT, "\t", ")", "IP ", "> ", "\n"]),
        max_size=5,
    )
)
def test_mixtures_are_read_without_a_crash(parts: list[str]) -> None:
    read("".join(parts))


@pytest.mark.parametrize(
    "word", ["a:", "1.1.1.1", "(tos ", "[S", " > ", "00:", "\t", "IP (", "x\n ", ") \n"]
)
def test_hostile_text_is_read_in_one_glance(word: str) -> None:
    read(f"{T} IP " + word * 3000)


@pytest.mark.parametrize(("number", "kind"), [(17, "udp"), (6, "tcp"), (1, "icmp")])
def test_without_v_a_later_fragment_names_its_protocol_by_number(number: int, kind: str) -> None:
    found = one(f"{T} eth0  In  IP 10.0.0.50 > 10.20.30.40: ip-proto-{number}")
    assert found.fragment and found.flow is not None
    assert (found.flow.protocol, found.flow.sport, found.flow.dport) == (kind, None, None)


def test_other_protocols_by_number_have_no_flow() -> None:
    assert one(f"{T} IP 10.0.0.50 > 10.20.30.40: ip-proto-253 20").flow is None


FILTERED = "Destination unreachable (Communication administratively filtered)"
REFUSED = f"    2 0.001203110    10.0.0.1 → 10.0.0.50   ICMP 70 {FILTERED}\n"
ELSEWHERE = (
    "    3 0.500000000 10.0.0.50 → 10.99.0.9 TCP 78 55440 → 22 [SYN] Seq=0 Win=1 Len=0 MSS=1460\n"
)


def errors(text: str) -> list[Packet]:
    return [one for one in read(text).records if isinstance(one, Packet) and one.icmp is not None]


def test_an_error_in_a_list_is_about_the_only_address_that_was_asked() -> None:
    [error] = errors(TSHARK + REFUSED)
    assert error.icmp == (3, 13) and error.quoted is not None
    assert (str(error.quoted.src), str(error.quoted.dst)) == ("10.0.0.50", "10.20.30.40")


def test_of_which_of_several_an_error_in_a_list_is_nobody_knows() -> None:
    [error] = errors(TSHARK + REFUSED + ELSEWHERE)
    assert error.quoted is None


SAID = (
    "1\t0.0\t10.0.0.50\t10.20.30.40\tTCP\t66\t55432 → 443 [ACK] Seq=1 Ack=1 Win=5"
    " Len=0\n2\t0.1\t10.0.0.50\t10.20.30.40\tTLSv1.2\t583\tClient"
    " Hello\n3\t0.2\t10.0.0.50\t10.20.30.40\tTLSv1.2\t96\tApplication"
    " Data\n4\t0.9\t10.0.0.50\t10.20.30.40\tTLSv1.2\t96\t[TCP Spurious Retransmission] ,"
    " Application Data\n5\t1.0\t10.0.0.50\t10.20.30.40\tTLSv1.2\t166\tApplication Data\n"
)


def test_what_is_said_in_a_list_has_its_numbers_from_the_rows_around_it() -> None:
    said = [one for one in read(SAID).records if isinstance(one, Packet)][1:]
    assert [one.payload for one in said] == [517, 30, 30, 100]
    # what was sent again stands nobody knows where
    assert [one.seq for one in said] == [1, 518, None, 548]


def test_without_a_row_of_headers_nobody_knows_how_much_was_said() -> None:
    said = [one for one in read(SAID.replace("Len=0", "Len=7")).records if isinstance(one, Packet)][
        1:
    ]
    assert [(one.seq, one.payload) for one in said] == [(None, 0)] * 4
