"""How platforms spell remedies: every kind on Linux, routes on FRR, words of devices quoted."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from inspect import getmembers, isclass
from ipaddress import ip_address, ip_interface, ip_network
from pkgutil import iter_modules

import pytest

import collectors.model.remedy
from collectors.model.flow import Flow
from collectors.model.records import FilterChain, FilterRule, Match, NextHop, PolicyRule, Route
from collectors.model.remedy import Advice, Remedy, Spelling
from collectors.model.remedy.filters import (
    AcceptUntracked,
    AnswerEcho,
    AnswerNeighbourRequests,
    ChangeLossRule,
    ClampMss,
    JoinBridgePorts,
    PassOnTooBig,
    PermitFlow,
    PermitNeighbourDiscovery,
    PermitTooBig,
    PermitVrrp,
    RaiseConnectionLimit,
    RemoveArpRule,
    RemovePacketLifeRule,
    SetPacketLife,
    SetPacketLifeSetting,
    TrackBothOrNone,
    TrackInOneZone,
)
from collectors.model.remedy.hosts import (
    AcceptFromAfar,
    AnswerFromAsked,
    BindService,
    InspectLink,
    LengthenListenQueue,
    RemoveAddress,
    RestartStuckService,
    RestoreHost,
    SignAlike,
    StartService,
    UseSynCookies,
    WidenQueue,
)
from collectors.model.remedy.routes import (
    AddSourceRule,
    FindRoute,
    LetPeerIn,
    LookupMarks,
    RemovePolicyRules,
    RouteBySource,
    RouteToTranslator,
    SendThroughPeer,
    SetRoute,
    SetSymmetricHash,
    SetTunnelEnd,
    StartForwarding,
    TeachPeerEndpoint,
)
from collectors.model.remedy.sessions import (
    AcceptOutOfWindow,
    ForgetNeighbour,
    ForgetPathMtu,
    ForgetSession,
    PickUpMidstream,
    RaiseSessionLimit,
    ReopenConnection,
    SetMtu,
    SetReversePathMode,
    SetTrackingTimeout,
    ShareSessions,
    ShareThisSession,
    WidenPortRange,
)
from collectors.model.remedy.translation import (
    ExemptFromTranslation,
    FilterBridgedPackets,
    HideReturningSource,
    HideSource,
    ReplaceTarget,
)
from collectors.model.settings import Knob, ReversePathMode
from collectors.model.tunnels import Peer
from collectors.platforms import PLATFORMS
from collectors.platforms.frr import FRR
from collectors.platforms.linux import LINUX

HOSTILE = ";$(id)|x>y'z\"&`"
NAME = f"eth0{HOSTILE}"
# nft reads its words again: what is no part of a name there would be a command of its own
CHAIN = re.sub(r"[^\w./-]", "\ufffd", NAME)
FLOW = Flow.parse("tcp 10.0.1.20:4001 > 10.0.2.10:443")
SIX = Flow.parse("tcp [2001:db8:1::20]:4001 > [2001:db8:2::10]:443")
HERE, THERE = ip_address("10.0.2.10"), ip_address("10.3.0.2")
NFT = FilterChain("nft", "inet", "fw", NAME, "forward")
IPTABLES = FilterChain("iptables", "ip", "filter", NAME, "forward")
RULE = FilterRule(
    "nft", "inet", "fw", NAME, 3, (), "drop", handle="7", text=f"iifname {NAME} ip ttl set 3"
)
TARGET = FilterRule(
    "nft",
    "ip",
    "share",
    NAME,
    0,
    (Match("unread", ("numgen { 1 }",)),),
    "dnat",
    "10.0.2.11",
    text="dnat to numgen inc mod 2 map @back",
)
# (kind, some of its values) -> what a shell is to be given, first line
KINDS: dict[str, tuple[Remedy, str]] = {
    "permit": (PermitFlow("d", FLOW, NFT), "nft insert rule inet fw CHAIN ip saddr 10.0.1.20"),
    "permit, iptables": (PermitFlow("d", FLOW, IPTABLES), "iptables -t filter -I NAME -p tcp"),
    "untracked": (AcceptUntracked("d", FLOW, NFT), "nft add table ip bothways_raw;"),
    "discovery": (PermitNeighbourDiscovery("d", NFT), "nft insert rule inet fw CHAIN icmpv6"),
    "vrrp": (PermitVrrp("d", NFT), "nft insert rule inet fw CHAIN ip protocol vrrp accept"),
    "too big": (PermitTooBig("d", 6, IPTABLES), "ip6tables -I NAME -p ipv6-icmp"),
    "tells too big": (PassOnTooBig("d"), "sysctl -w net.ipv4.ip_forward_use_pmtu=1"),
    "clamp": (ClampMss("d", 1360, 4, None), "iptables -t mangle -I FORWARD -p tcp"),
    "echo": (AnswerEcho("d", 6), "sysctl -w net.ipv6.icmp.echo_ignore_all=0"),
    "arp": (AnswerNeighbourRequests("d", NAME), "sysctl -w net.ipv4.conf.NAME.arp_ignore=0"),
    "arp rule": (RemoveArpRule("d", RULE), "nft delete rule inet fw CHAIN handle 7"),
    "bridge": (JoinBridgePorts("d", NAME), "bridge link set dev NAME isolated off"),
    "one zone": (TrackInOneZone("d"), "# let the rules that set zones"),
    "both or none": (TrackBothOrNone("d"), "# take the rule with notrack away"),
    "loss rule": (ChangeLossRule("d", RULE, True), "nft -a list chain inet fw CHAIN"),
    "connections": (RaiseConnectionLimit("d", FLOW, None, "over 20"), "conntrack -L -p tcp"),
    "ttl setting": (
        SetPacketLifeSetting("d", "net.ipv4.ip_default_ttl", "3", 64),
        "sysctl -w net.ipv4.ip_default_ttl=64",
    ),
    "ttl rule": (RemovePacketLifeRule("d", RULE), "nft -a list chain inet fw CHAIN"),
    "ttl": (SetPacketLife("d", SIX.dst, 64), "ip6tables -t mangle -A POSTROUTING"),
    "start": (StartService("d", FLOW), "ss -lnp sport = :443"),
    "bind": (BindService("d", FLOW), "ss -lnp sport = :443"),
    "answer": (AnswerFromAsked("d", FLOW), "ss -lnp sport = :443"),
    "sign": (SignAlike("d", FLOW.src, "TcpExtTCPMD5NotFound"), "nstat -az TcpExtTCPMD5NotFound"),
    "afar": (AcceptFromAfar("d", FLOW.src, "TcpExtTCPMinTTLDrop"), "nstat -az TcpExtTCPMinTTLDrop"),
    "address": (
        RemoveAddress("d", ip_interface("10.0.2.1/24"), NAME),
        "ip addr del 10.0.2.1/24 dev NAME",
    ),
    "stuck": (RestartStuckService("d", FLOW, "tcp 10.0.2.10 port 443", False), "ss -lnp sport"),
    "cookies": (UseSynCookies("d", FLOW), "sysctl -w net.ipv4.tcp_syncookies=1"),
    "backlog": (LengthenListenQueue("d", "port 443"), "sysctl -w net.core.somaxconn=65535"),
    "restore": (RestoreHost("d"), "ip -br link"),
    "link": (InspectLink("d", NAME, "r2"), "ip -s -s link show dev NAME"),
    "queue": (WidenQueue("d", NAME), "tc -s qdisc show dev NAME"),
    "route": (
        SetRoute("d", HERE, THERE, NAME),
        "ip route replace 10.0.2.10/32 via 10.3.0.2 dev NAME",
    ),
    "route in a table": (
        SetRoute("d", SIX.dst, SIX.src, None, NAME),
        "ip -6 route replace 2001:db8:2::10/128 via 2001:db8:1::20 table NAME",
    ),
    "no route": (FindRoute("d", "d", HERE), "# add a route to 10.0.2.10 on d"),
    "translator": (RouteToTranslator("d", HERE, THERE), "ip route replace 10.0.2.10/32 via"),
    "hash": (SetSymmetricHash("d", 6), "sysctl -w net.ipv6.fib_multipath_hash_policy=1"),
    "forwarding": (StartForwarding("d", NAME, HERE), "sysctl -w net.ipv4.conf.NAME.forwarding=1"),
    "policy rule": (
        RemovePolicyRules("d", (PolicyRule(100, "lookup", NAME, iif=NAME, mark=1),), 4),
        "ip rule del priority 100 iif NAME fwmark 0x1/0xffffffff lookup NAME",
    ),
    "source rule": (
        AddSourceRule("d", HERE, NAME, 99),
        "ip rule add from 10.0.2.10/32 lookup NAME priority 99",
    ),
    "source route": (
        RouteBySource("d", HERE, THERE, NAME),
        "ip route add default via 10.3.0.2 dev NAME table 100",
    ),
    "endpoint": (TeachPeerEndpoint("d", NAME), "wg show NAME endpoints"),
    "peer": (SendThroughPeer("d", NAME, HERE), "wg show NAME allowed-ips"),
    "peer in": (LetPeerIn("d", Peer(NAME, "AbCd"), HERE), "wg show NAME peers"),
    "tunnel end": (
        SetTunnelEnd("d", "02:00:00:00:00:01", NAME, HERE, THERE, "r2"),
        "bridge fdb replace 02:00:00:00:00:01 dev NAME dst 10.3.0.2",
    ),
    "reverse path": (
        SetReversePathMode("d", NAME, ReversePathMode.LOOSE),
        "sysctl -w net.ipv4.conf.NAME.rp_filter=2",
    ),
    "session": (ForgetSession("d", FLOW), "conntrack -D -p tcp -s 10.0.1.20 -d 10.0.2.10 --sport"),
    "reopen": (ReopenConnection("d", FLOW), "ss -K dst 10.0.2.10 dport = 443 sport = 4001"),
    "midstream": (PickUpMidstream("d"), "sysctl -w net.netfilter.nf_conntrack_tcp_loose=1"),
    "window": (AcceptOutOfWindow("d"), "sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1"),
    "timeout": (
        SetTrackingTimeout("d", 600, 30, Knob.TIMEOUT_UDP, 4),
        "sysctl -w net.netfilter.nf_conntrack_udp_timeout=600",
    ),
    "timeout of a rule": (SetTrackingTimeout("d", 600, 30), "# the rule or policy that gives"),
    "share": (ShareSessions("d", "fw-b"), "apt-get install conntrackd"),
    "share this": (
        ShareThisSession("d", Knob.SYNC_PROTOCOL_IGNORED, "TCP", "/etc/c"),
        "# in /etc/c: take TCP out of Protocol Ignore",
    ),
    "table": (RaiseSessionLimit("d", "SYN"), "sysctl -w net.netfilter.nf_conntrack_max=131072"),
    "ports": (WidenPortRange("d", FLOW, "SYN"), "conntrack -L -p tcp --src-nat"),
    "neighbour": (
        ForgetNeighbour("d", HERE, NAME, "r2", "02:00:00:00:00:01", True),
        "ip neigh del 10.0.2.10 dev NAME",
    ),
    "path mtu": (ForgetPathMtu("d", 4), "ip -4 route flush cache"),
    "mtu": (SetMtu("d", NAME, 1500, 1400), "ip link set dev NAME mtu 1500"),
    "hide": (HideSource("d", FLOW), "nft add table ip bothways_nat;"),
    "hide returning": (HideReturningSource("d", FLOW), "iptables -t nat -I POSTROUTING -s"),
    "exempt": (ExemptFromTranslation("d", FLOW, RULE), "nft insert rule inet fw CHAIN ip saddr"),
    "bridged": (
        FilterBridgedPackets("d", "net.bridge.bridge-nf-call-iptables"),
        "modprobe br_netfilter; sysctl -w net.bridge.bridge-nf-call-iptables=1",
    ),
    "target": (
        ReplaceTarget("d", (TARGET,), FLOW.translated(dst=ip_address("10.0.2.11")), FLOW),
        "nft delete element ip share back { 1 }; add element ip share back { 1 : 10.0.2.10 }",
    ),
}


def spelled(remedy: Remedy) -> Spelling:
    spelling = LINUX.spell(remedy)
    assert spelling is not None
    return spelling


def kinds() -> set[type[Remedy]]:
    package = collectors.model.remedy
    for module in iter_modules(package.__path__, f"{package.__name__}."):
        __import__(module.name)
    every = {
        kind
        for module in iter_modules(package.__path__)
        for _, kind in getmembers(getattr(package, module.name), isclass)
        if issubclass(kind, Remedy)
    }
    return every - {Remedy, Advice}


def test_every_kind_of_remedy_is_spelled_here() -> None:
    assert kinds() == {type(remedy) for remedy, _ in KINDS.values()}


@pytest.mark.parametrize(("remedy", "first"), KINDS.values(), ids=KINDS)
def test_linux_spells_it(remedy: Remedy, first: str) -> None:
    line = spelled(remedy).commands[0]
    if not line.startswith("#"):
        line = " ".join(shlex.split(line, comments=True))
    assert line.startswith(first.replace("NAME", NAME).replace("CHAIN", CHAIN)), line


def bare(line: str) -> str:
    """What a shell reads outside of quotes, and before a comment."""
    return re.sub(r"'[^']*'|\"'\"", "", line).partition("#")[0]


@pytest.mark.parametrize("remedy", [remedy for remedy, _ in KINDS.values()], ids=KINDS)
def test_a_name_that_a_device_chose_runs_nothing(remedy: Remedy) -> None:
    spelling = spelled(remedy)
    for line in (*spelling.commands, *spelling.rollback):
        assert "$(" not in bare(line) and "`" not in bare(line), line


@pytest.mark.parametrize("remedy", [remedy for remedy, _ in KINDS.values()], ids=KINDS)
def test_it_can_be_said_in_words_that_no_shell_runs(remedy: Remedy) -> None:
    assert re.fullmatch(r"[a-z]\w*[^;|&<>$`'\"\\\n%^]{3,}", remedy.words), remedy.words


@pytest.mark.parametrize("remedy", [remedy for remedy, _ in KINDS.values()], ids=KINDS)
def test_a_way_back_is_a_command_or_words_for_people(remedy: Remedy) -> None:
    programs = {"ip", "ip6tables", "iptables", "nft", "sysctl", "conntrackd", "systemctl", "bridge"}
    for line in spelled(remedy).rollback:
        assert line.startswith("# ") or line.split()[0] in programs, line


def test_a_chain_whose_name_would_be_a_command_of_nft_is_not_named_so() -> None:
    chain = replace(NFT, name="in; flush ruleset; add chain x y")
    [command] = spelled(PermitFlow("d", FLOW, chain)).commands
    assert ";" not in command


def test_the_way_back_restores_what_the_device_reported() -> None:
    key = "net.ipv4.conf.eth0.rp_filter"
    remedy = SetReversePathMode("d", "eth0", ReversePathMode.LOOSE)
    assert spelled(remedy).rollback == (f"sysctl -w {key}=1",)
    spelling = spelled(replace(remedy, settings={key: "0"}))
    assert spelling.rollback == (f"sysctl -w {key}=0",)


def test_a_route_that_stands_is_put_back_with_all_its_next_hops() -> None:
    hops = (NextHop("eth1", THERE), NextHop("eth2", ip_address("10.3.1.2")))
    standing = Route(ip_network("10.0.2.10/32"), "main", "unicast", hops)
    assert spelled(SetRoute("d", HERE, THERE, "eth3", standing=standing)).rollback == (
        "ip route replace 10.0.2.10/32 nexthop via 10.3.0.2 dev eth1 nexthop via 10.3.1.2 dev eth2",
    )


def test_a_neighbour_on_the_link_itself_needs_no_gateway() -> None:
    spelling = spelled(SetRoute("d", HERE, HERE, "eth1", lookup=LookupMarks(mark=1, tos=8)))
    assert spelling.commands == ("ip route replace 10.0.2.10/32 dev eth1",)
    assert spelling.proof == "`ip route get 10.0.2.10 mark 0x1 tos 0x8` on d names eth1"


def test_a_routing_daemon_is_told_in_its_own_words() -> None:
    spelling = FRR.spell(SetRoute("d", HERE, THERE, "eth1"))
    assert spelling is not None
    line = "ip route 10.0.2.10/32 10.3.0.2"
    assert spelling.commands == (f"vtysh -c 'configure terminal' -c '{line}'",)
    assert spelling.rollback == (f"vtysh -c 'configure terminal' -c 'no {line}'",)


@pytest.mark.parametrize(
    "remedy", [SetRoute("d", HERE, THERE, "eth1", "77"), RouteToTranslator("d", HERE, THERE)]
)
def test_what_the_daemon_does_not_keep_is_the_kernels(remedy: Remedy) -> None:
    assert FRR.spell(remedy) == LINUX.spell(remedy)


def test_a_rule_that_cannot_be_changed_is_left_alone() -> None:
    remedy = KINDS["target"][0]
    assert isinstance(remedy, ReplaceTarget)
    unknown = replace(remedy, rules=(replace(TARGET, dialect="ios-acl"),))
    assert spelled(unknown).commands == ()


@pytest.mark.parametrize("remedy", [remedy for remedy, _ in KINDS.values()], ids=KINDS)
def test_every_platform_spells_it_in_whole_lines_or_not_at_all(remedy: Remedy) -> None:
    for platform in PLATFORMS:
        spelling = platform.spell(remedy) or Spelling(())
        assert all(line and "\n" not in line for line in (*spelling.commands, *spelling.rollback))
