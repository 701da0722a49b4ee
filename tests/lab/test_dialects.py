"""Does one declared firewall come out right in every dialect and style?"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

import pytest

from workbench.lab.build.dialects import Dialect, Style, iptables, nft
from workbench.lab.build.logbooks import Logbook
from workbench.lab.declare.plan import OnNode, make_plan
from workbench.lab.declare.rules import (
    Chain,
    Firewall,
    MarkRule,
    NatRule,
    RuleLine,
    default_deny,
    permit,
)
from workbench.lab.topologies import LABS


@dataclass(frozen=True)
class Named:
    """Names that stand for themselves."""

    family: int = 4

    def network(self, name: str) -> str:
        return f"192.0.2.0/24 # {name}"

    def address(self, name: str) -> str:
        return "192.0.2.9" if self.family == 4 else "2001:db8::9"

    def device(self, segment: str) -> str:
        return f"to-{segment}"


BOOKS = (None, Logbook(5), Logbook(None))
DENY = default_deny(permit(443), RuleLine("accept", states=("new",), protocol="udp", dports=(53,)))


def test_nft_default_deny() -> None:
    text = nft(DENY, Named(), Style.PLAIN)
    assert "type filter hook forward priority 0; policy drop;" in text
    assert "ct state established,related counter accept" in text
    assert "ct state invalid counter drop" in text
    assert "tcp dport 443 ct state new tcp flags & (fin|syn|rst|ack) == syn counter accept" in text


def test_nft_bare_counts_nothing() -> None:
    assert "counter" not in nft(DENY, Named(), Style.BARE)


def test_nft_named_counters() -> None:
    text = nft(DENY, Named(), Style.NAMED)
    assert "counter out-of-state { }" in text
    assert "ct state invalid counter name out-of-state drop" in text


def test_nft_verdict_map() -> None:
    text = nft(DENY, Named(), Style.MAP)
    assert (
        "ct state vmap { established : accept, related : accept, invalid : jump stray_forward }"
        in text
    )
    assert "chain stray_forward {\n  counter drop" in text


def test_nft_named_set() -> None:
    text = nft(default_deny(permit(443)), Named(), Style.SETS)
    assert "elements = { 443 }" in text
    assert "tcp dport @services" in text


def test_what_is_refused_is_logged_first_with_nft() -> None:
    text = nft(DENY, Named(), Style.PLAIN, Logbook(7))
    assert 'ct state invalid log group 7 prefix "INVALID " counter drop' in text
    assert '  log group 7 prefix "REFUSED " counter\n }' in text, "what falls to the policy, too"


def test_what_is_refused_is_logged_in_a_verdict_map() -> None:
    text = nft(DENY, Named(), Style.MAP, Logbook(7))
    assert 'chain stray_forward {\n  log group 7 prefix "INVALID " counter drop' in text


def test_what_is_refused_is_logged_first_with_iptables() -> None:
    text = iptables(DENY, Named(), Logbook(7))
    assert '--ctstate INVALID -j NFLOG --nflog-group 7 --nflog-prefix "INVALID "' in text
    assert '-A FORWARD  -j NFLOG --nflog-group 7 --nflog-prefix "REFUSED "\n' in text
    assert '-j LOG --log-prefix "REFUSED "' in iptables(DENY, Named(), Logbook(None)), (
        "the kernel's own log"
    )


def test_iptables_default_deny() -> None:
    text = iptables(DENY, Named())
    assert ":FORWARD DROP" in text
    assert "-A FORWARD -m conntrack --ctstate INVALID -j DROP" in text
    assert "-A FORWARD -p tcp --dport 443 --syn -m conntrack --ctstate NEW -j ACCEPT" in text


def test_translations_and_marks_in_both() -> None:
    wall = Firewall(
        translations=(
            NatRule("dnat", RuleLine("accept", protocol="tcp", dports=(443,)), "web", 8443),
        ),
        marks=(
            MarkRule(RuleLine("accept", protocol="tcp", sports=(443,)), 7),
            MarkRule(RuleLine("accept", protocol="udp")),
        ),
    )
    ours = nft(wall, Named(), Style.PLAIN)
    assert "tcp dport 443 counter dnat to 192.0.2.9:8443" in ours
    assert "meta mark set 7" in ours and "notrack" in ours
    theirs = iptables(wall, Named())
    assert "-A PREROUTING -p tcp --dport 443 -j DNAT --to-destination 192.0.2.9:8443" in theirs
    assert "-j MARK --set-mark 7" in theirs and "-j CT --notrack" in theirs


def test_translation_to_an_ipv6_port_is_bracketed() -> None:
    wall = Firewall(
        translations=(
            NatRule("dnat", RuleLine("accept", protocol="tcp", dports=(443,)), "web", 8443),
        )
    )
    assert "dnat to [2001:db8::9]:8443" in nft(wall, Named(6), Style.PLAIN)


def test_early_chain_sits_before_tracking() -> None:
    wall = Firewall((Chain("prerouting", (RuleLine("drop", protocol="icmp"),), raw=True),))
    assert "hook prerouting priority -300" in nft(wall, Named(), Style.PLAIN)
    assert iptables(wall, Named()).startswith("*raw\n:PREROUTING ACCEPT")


def _accepts(command: list[str], text: str) -> str:
    done = subprocess.run(
        ["unshare", "-n", *command], input=text, capture_output=True, text=True, check=False
    )
    return done.stderr if done.returncode else ""


@pytest.mark.lab
@pytest.mark.parametrize("dialect", list(Dialect))
def test_the_tools_accept_every_firewall_of_every_lab(dialect: Dialect) -> None:
    seen: set[str] = set()
    for lab in LABS:
        plan = make_plan(lab)
        for node in (n for n in lab.nodes if n.firewall):
            assert node.firewall is not None
            names = OnNode(plan, node.name)
            if dialect is Dialect.NFT:
                texts = [
                    nft(node.firewall, names, style, book) for style in Style for book in BOOKS
                ]
                command = ["nft", "-c", "-f", "-"]
            else:
                texts = [iptables(node.firewall, names, book) for book in BOOKS]
                kind = "iptables" if plan.family == 4 else "ip6tables"
                command = [f"{kind}-{dialect.value.rpartition('-')[2]}-restore", "--test"]
            if shutil.which(command[0]) is None:
                pytest.skip(f"{command[0]} is not installed")
            for text in set(texts) - seen:
                assert _accepts(command, text) == "", f"{lab.name} {node.name}:\n{text}"
            seen |= set(texts)
    assert seen
