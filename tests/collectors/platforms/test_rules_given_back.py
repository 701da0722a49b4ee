"""What a fix gives back to nft and iptables of a rule's own text: real tools take it, and what they
had comes back; else people are told in words."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from collectors.model.answer import Output
from collectors.model.evidence import QueryParams
from collectors.model.flow import Flow
from collectors.model.records import FilterRule
from collectors.model.remedy import Spelling
from collectors.model.remedy.filters import ChangeLossRule, RemoveArpRule, RemovePacketLifeRule
from collectors.model.remedy.translation import ReplaceTarget
from collectors.platforms.linux import LINUX, filters_iptables, filters_nft

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "nsenter", "nft", "iptables-nft"))),
    reason="needs network namespaces of its own, nft and iptables",
)
BAD = Flow.parse("tcp 10.0.1.10:4001 > 10.0.2.11:8443")
GOOD = Flow.parse("tcp 10.0.1.10:4001 > 10.0.2.10:8443")


class Box:
    """A network of its own, in which commands are run as somebody would paste them."""

    def __init__(self) -> None:
        words = ("unshare", "--net", "sh", "-c", "echo up; exec sleep 120")
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self.process.stdout and self.process.stdout.readline() == b"up\n"

    def run(self, command: str, text: str = "") -> str:
        """The output of a command that must work."""
        words = ("nsenter", "-t", str(self.process.pid), "-n", "sh", "-c", command)
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def paste(self, lines: tuple[str, ...]) -> None:
        """All lines, one after the other; those that begin with # are for people."""
        for line in lines:
            self.run(line)


@pytest.fixture
def box() -> Iterator[Box]:
    made = Box()
    yield made
    made.process.kill()
    made.process.wait()
    assert made.process.stdout
    made.process.stdout.close()


def nft(box: Box, family: str, *rules: str) -> list[FilterRule]:
    """The rules as nft shows them when it has taken them."""
    body = "\n".join(rules)
    box.run(
        "nft -f -",
        f"table {family} t {{\nset s {{ type ipv4_addr; elements = {{ 10.0.3.1, 10.0.3.2 }}; }}\n"
        f"chain other {{ }}\nchain c {{ type nat hook prerouting priority 0; }}\n"
        f"chain f {{ type filter hook prerouting priority 5; }}\n}}\n{body}\n",
    )
    shown = box.run("nft -j list ruleset").encode()
    records = filters_nft.read_filter(Output(shown), QueryParams()).records
    return [one for one in records if isinstance(one, FilterRule)]


def spelled(remedy: object) -> Spelling:
    found = LINUX.spell(remedy)  # type: ignore[arg-type]
    assert found is not None
    return found


def listed(box: Box) -> str:
    return box.run("nft -s list ruleset")


COMMANDS = [
    "tcp dport 443 counter dnat ip to 10.0.2.11:8443",
    "tcp dport { 80, 443 } dnat ip to 10.0.2.11",
    "ip daddr 10.9.0.0/16 tcp dport != 22 dnat ip to 10.0.2.11 persistent",
    "meta l4proto { tcp, udp } th dport 53 counter dnat ip to 10.0.2.11",
    "iifname \"eth0\" ip protocol tcp dnat ip to 10.0.2.11 comment \"a 'b' ; $(id) {c}\"",
    "iifname != \"eth0.7\" ip saddr @s tcp dport 1-100 dnat ip to 10.0.2.11",
    "ip saddr { 10.1.0.1, 10.2.0.1 } dnat ip to 10.0.2.10-10.0.2.12",
    "fib daddr type local tcp dport 443 dnat ip to numgen inc mod 2 map { 0 : 10.0.2.10, 1 : 10.0.2.11 }",
    "tcp dport 443 dnat ip to numgen random mod 2 offset 10 map { 10 : 10.0.2.10, 11 : 10.0.2.11 }",
    "tcp dport 443 dnat ip to jhash ip saddr . tcp sport mod 2 seed 0xdeadbeef map { 0 : 10.0.2.10, 1 : 10.0.2.11 } random",
    "tcp dport 443 dnat ip to symhash mod 2 map { 0 : 10.0.2.10, 1 : 10.0.2.11 }",
    "ct state new,established ip daddr 10.0.9.9 dnat ip to 10.0.2.11",
]  # fmt: skip


@pytest.mark.parametrize("family", ["ip", "inet"])
@pytest.mark.parametrize("rule", COMMANDS)
def test_a_target_is_taken_out_and_put_back(box: Box, rule: str, family: str) -> None:
    rules = nft(box, family, f"add rule {family} t c {rule}")
    before = listed(box)
    found = spelled(ReplaceTarget("d", tuple(rules), BAD, GOOD))
    assert found.commands[0].startswith("nft 'replace rule"), found.commands
    box.paste(found.commands)
    after = listed(box)
    assert after != before and not re.search(r"10\.0\.2\.1[12]", after)
    box.paste(found.rollback)
    assert listed(box) == before


WORDS = [
    "tcp flags & (fin | syn) == syn dnat ip to 10.0.2.11",
    "meta mark & 0xff == 0x1 dnat ip to 10.0.2.11",
    "limit rate 5/second burst 3 packets dnat ip to 10.0.2.11",
    "log prefix \"to: 'x' \" level info dnat ip to 10.0.2.11",
    "ip saddr { 10.1.0.0/16, 10.2.0.1 } dnat ip to 10.0.2.11",
    "tcp dport { 80, 100-200 } dnat ip to 10.0.2.11",
    "ip dscp 8 tcp dport 443 dnat ip to 10.0.2.11",
    "ct mark set 7 dnat ip to 10.0.2.11",
    "meta l4proto tcp dnat ip addr . port to numgen inc mod 2 map { 0 : 10.0.2.10 . 80, 1 : 10.0.2.11 . 81 }",
    "tcp option maxseg size 1400 dnat ip to 10.0.2.11",
]


@pytest.mark.parametrize("rule", WORDS)
def test_other_forms_are_said_in_words(box: Box, rule: str) -> None:
    rules = nft(box, "ip", f"add rule ip t c {rule}")
    before = listed(box)
    found = spelled(ReplaceTarget("d", tuple(rules), BAD, GOOD))
    assert found.commands[0].startswith("nft -a list chain ip t c")
    assert found.commands[1].startswith("# in this rule, put 10.0.2.10 in the place of 10.0.2.11")
    box.paste((*found.commands, *found.rollback))
    assert listed(box) == before


STRANGE = [
    "tcp flags & (ecn | cwr) == ecn | cwr counter drop",
    "ip ttl set 3",
    'limit rate over 5/second burst 3 packets drop comment "it\'s \\$(id) ; here"',
    "numgen random mod 100 < 8 drop",
    "ip saddr { 10.1.0.0/16, 10.2.0.1 } ip daddr @s counter log prefix \"x: 'y' \" drop",
    "ip saddr vmap { 10.0.0.1 : jump other, 10.0.0.2 : drop }",
    "ct mark set ip saddr map { 10.0.0.1 : 0x1, 10.0.0.2 : 0x2 }",
    "udp length > 100 quota over 1 mbytes drop",
]


@pytest.mark.parametrize("rule", STRANGE)
def test_a_rule_is_shown_and_removed_by_nft(box: Box, rule: str) -> None:
    rules = nft(box, "ip", f"add rule ip t f {rule}")
    shown = spelled(ChangeLossRule("d", rules[0], True))
    box.paste((*shown.commands, *shown.rollback))
    found = spelled(RemovePacketLifeRule("d", rules[0]))
    box.paste((*found.commands, *found.rollback))
    assert nft_rules(box) == []


def nft_rules(box: Box) -> list[object]:
    shown = box.run("nft -j list ruleset").encode()
    records = filters_nft.read_filter(Output(shown), QueryParams()).records
    return [one for one in records if isinstance(one, FilterRule)]


def test_a_rule_of_arp_is_removed(box: Box) -> None:
    table = "table arp t {\nchain c {\ntype filter hook input priority 0; arp operation request drop\n}\n}\n"
    box.run("nft -f -", table)
    [rule] = nft_rules(box)
    assert isinstance(rule, FilterRule)
    found = spelled(RemoveArpRule("d", rule))
    box.paste((*found.commands, *found.rollback))
    assert nft_rules(box) == []


def test_one_element_of_a_map_is_exchanged(box: Box) -> None:
    box.run(
        "nft -f -",
        "table ip t {\nmap m {\ntypeof numgen inc mod 2 : ip daddr; elements = { 0 : 10.0.2.10, 1 : 10.0.2.11 }\n}\n"
        "chain c {\ntype nat hook prerouting priority 0; dnat to numgen inc mod 2 map @m\n}\n}\n",
    )
    before = listed(box)
    found = spelled(ReplaceTarget("d", tuple(nft_rules(box)), BAD, GOOD))  # type: ignore[arg-type]
    box.paste(found.commands)
    assert "10.0.2.11" not in listed(box)
    box.paste(found.rollback)
    assert listed(box) == before


SAVED = [
    "-p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.2.11:8443",
    "! -s 10.0.0.0/8 -i eth0 -p tcp -j DNAT --to-destination 10.0.2.11 --persistent",
    "-p tcp -m multiport --dports 80,443 -m comment --comment \"a \\\"b\\\" 'c' ; \\$(id)\" -j DNAT --to-destination 10.0.2.10-10.0.2.11",
    "-p tcp -m statistic --mode nth --every 2 --packet 0 -j DNAT --to-destination 10.0.2.11",
    "-p tcp --tcp-flags FIN,SYN,RST SYN -m limit --limit 5/min -j DNAT --to-destination 10.0.2.11",
    "-m conntrack --ctstate NEW -m mark --mark 0x1/0xff -p udp -j DNAT --to-destination 10.0.2.11",
]  # fmt: skip


@pytest.mark.parametrize("rule", SAVED)
def test_a_target_of_iptables_is_taken_out_and_put_back(box: Box, rule: str) -> None:
    box.run(f"iptables-nft -t nat -A PREROUTING -i lo -j RETURN; iptables-nft -t nat -A PREROUTING {rule}")  # fmt: skip
    before = saved(box)
    records = filters_iptables.read_iptables(Output(before.encode()), QueryParams()).records
    rules = tuple(one for one in records if isinstance(one, FilterRule) and one.verdict == "dnat")
    found = spelled(ReplaceTarget("d", rules, BAD, GOOD))
    assert " -R PREROUTING 2 " in found.commands[0]
    box.paste(on_nft(found.commands))
    assert "10.0.2.11" not in saved(box)
    box.paste(on_nft(found.rollback))
    assert saved(box) == before
    shown = spelled(ChangeLossRule("d", rules[0], True))
    box.paste(on_nft((*shown.commands, *shown.rollback)))


def saved(box: Box) -> str:
    """With its first line, which tells the tool, and without the time."""
    text = box.run("iptables-nft-save")
    return re.sub(r"(?m) on .*$", "", text)


def on_nft(lines: tuple[str, ...]) -> tuple[str, ...]:
    """By the kernel interface that this test may use everywhere."""
    return tuple(line.replace("iptables-save", "iptables-nft-save", 1).replace("iptables -t", "iptables-nft -t", 1) for line in lines)  # fmt: skip
