"""Limits that are reached, and links and queues that lose packets."""

from __future__ import annotations

from collectors.model.remedy import Spellers, Spelling
from collectors.model.remedy.filters import ChangeLossRule, RaiseConnectionLimit
from collectors.model.remedy.hosts import InspectLink, WidenQueue
from collectors.model.remedy.sessions import RaiseSessionLimit, WidenPortRange
from collectors.platforms.linux.remedies.chains import nft_chain, saved_by, spoken_by_nft
from collectors.platforms.linux.remedies.quoting import sysctl, word
from collectors.platforms.linux.remedies.rule_text import in_a_sentence, uncounted

_MAX = "net.netfilter.nf_conntrack_max"


def raise_sessions(remedy: RaiseSessionLimit) -> Spelling:
    """Twice as many sessions as now."""
    most = remedy.settings.get(_MAX) or "65536"
    number = int(most) if most.isdigit() else 65536
    return Spelling(
        (sysctl(_MAX, 2 * number), "conntrack -L | head -50  # who fills the table?"),
        (sysctl(_MAX, most),),
        side_effects=(
            "some 300 bytes of kernel memory per further session, and nf_conntrack_buckets should"
            " grow with it; whatever fills the table keeps filling it"
        ),
        proof=(
            f"`drop` of conntrack -S stands still on {remedy.device}, and the {remedy.packet}"
            " leaves it"
        ),
    )


def widen_ports(remedy: WidenPortRange) -> Spelling:
    """Which range is enough is for people to say."""
    rule = remedy.rule
    shown = "iptables -t nat -S POSTROUTING"
    if rule is not None and spoken_by_nft(rule):
        shown = f"nft -a list chain {nft_chain(rule)}"
    text = in_a_sentence(rule) if rule else "the rule"
    return Spelling(
        (
            f"conntrack -L -p {remedy.flow.protocol} --src-nat | wc -l  # who holds the ports?",
            shown,
            f"# give this rule a wider range of ports, or more addresses to translate to: {text}",
        ),
        ("# put the old range back",),
        proof=(
            f"`insert_failed` of conntrack -S stands still on {remedy.device}, and the"
            f" {remedy.packet} leaves it"
        ),
    )


def raise_connections(remedy: RaiseConnectionLimit) -> Spelling:
    """Which number is enough is for people to say."""
    rule, flow = remedy.rule, remedy.flow
    shown = "iptables -S"
    if rule is not None and spoken_by_nft(rule):
        shown = f"nft -a list chain {nft_chain(rule)}"
    return Spelling(
        (
            f"conntrack -L -p {flow.protocol} --dport {flow.dport}  # who holds the connections?",
            shown,
            (
                "# raise the number in this rule, or end connections that are stuck:"
                f" {remedy.rule_text}"
            ),
        ),
        ("# put the old number back",),
    )


def change_loss_rule(remedy: ChangeLossRule) -> Spelling:
    """They only show the rule: whether it is meant so is for people to say."""
    rule = remedy.rule
    back = ("# put the rule back as it was",)
    if spoken_by_nft(rule):
        looks = f"nft -a list chain {nft_chain(rule)}   # {word(remedy.device)}: the rule"
        return Spelling((f"{looks} {word(uncounted(rule))}",), back)
    if rule.text.startswith("-A "):
        return Spelling((f"{saved_by(rule)} | grep -nF -e {word(rule.text)}",), back)
    return Spelling((f"{saved_by(rule)}   # the rule {in_a_sentence(rule)}",), back)


def widen_queue(remedy: WidenQueue) -> Spelling:
    """It only shows the queue: how fast the line is, people know."""
    looks = f"tc -s qdisc show dev {word(remedy.interface or '')}"
    return Spelling((looks,), ("# set the rate or the limit of the queue back to what it was",))


def inspect_link(remedy: InspectLink) -> Spelling:
    """Which errors does the interface count?"""
    dev = word(remedy.interface or "")
    return Spelling(
        (f"ip -s -s link show dev {dev}", f"ethtool -S {dev}", f"tc -s qdisc show dev {dev}")
    )


REMEDIES: Spellers = {
    ChangeLossRule: change_loss_rule,
    InspectLink: inspect_link,
    RaiseConnectionLimit: raise_connections,
    RaiseSessionLimit: raise_sessions,
    WidenPortRange: widen_ports,
    WidenQueue: widen_queue,
}
