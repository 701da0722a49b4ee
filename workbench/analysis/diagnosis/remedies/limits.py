"""Fixes where something is used up, and where a device remembers what is no longer so."""

from __future__ import annotations

import re
from collections.abc import Iterator

from workbench.analysis.case.verdict import Fix, FixClass
from workbench.analysis.case.wording import filter_words
from workbench.analysis.device.tunnel_far_ends import Misplaced
from workbench.analysis.diagnosis.facts.neighbours.wrong_entries import WrongEntry
from workbench.analysis.diagnosis.facts.stops.blame import Blame, Kind
from workbench.analysis.diagnosis.facts.stops.stops import Stop
from workbench.analysis.diagnosis.remedies.shell import word

_MAX, _BUCKETS = "net.netfilter.nf_conntrack_max", "net.netfilter.nf_conntrack_buckets"


def raise_limit(stop: Stop, blame: Blame) -> Iterator[Fix]:
    """Give more room, or free what fills it."""
    made = {Kind.FULL: _more_room, Kind.PORTS: _more_ports}.get(blame.kind, _more_connections)
    yield made(stop, blame)


def _more_room(stop: Stop, blame: Blame) -> Fix:
    most = stop.scene.case.setting(stop.device, _MAX) or "65536"
    number = int(most) if most.isdigit() else 65536
    return Fix(
        FixClass.RAISE_LIMIT,
        stop.device,
        (
            f"sysctl -w {word(f'{_MAX}={2 * number}')}",
            "conntrack -L | head -50  # who fills the table?",
        ),
        (f"sysctl -w {word(f'{_MAX}={most}')}",),
        side_effects=(
            "some 300 bytes of kernel memory per further session, and nf_conntrack_buckets should"
            " grow with it; who fills the table goes on filling it"
        ),
        temporary=True,
        proof=(
            f"`drop` of conntrack -S stands still on {stop.device}, and the {stop.packet} leaves it"
        ),
    )


def _more_ports(stop: Stop, blame: Blame) -> Fix:
    rule = blame.rule
    place = f"{rule.family} {rule.table} {rule.chain}" if rule and rule.dialect == "nft" else ""
    show = f"nft -a list chain {place}" if place else "iptables -t nat -S POSTROUTING"
    told = filter_words(rule.text) if rule else "the rule"
    return Fix(
        FixClass.RAISE_LIMIT,
        stop.device,
        (
            f"conntrack -L -p {stop.scene.flow.protocol} --src-nat | wc -l  # who holds the ports?",
            show,
            f"# give this rule a wider range of ports, or more addresses to translate to: {told}",
        ),
        ("# put the old range back",),
        side_effects="sessions that stand keep the ports that they have",
        proof=(
            f"`insert_failed` of conntrack -S stands still on {stop.device}, and the {stop.packet}"
            " leaves it"
        ),
    )


_NUMBER = re.compile(r"(?<=ct count over )\d+|(?<=--connlimit-above )\d+|(?<=--connlimit-upto )\d+")


def _more_connections(stop: Stop, blame: Blame) -> Fix:
    rule = blame.rule
    where = f"{rule.family} {rule.table} {rule.chain}" if rule and rule.dialect == "nft" else ""
    flow = stop.scene.flow
    look = f"conntrack -L -p {flow.protocol} --dport {flow.dport}  # who holds the connections?"
    show = f"nft -a list chain {where}" if where else "iptables -S"
    return Fix(
        FixClass.RAISE_LIMIT,
        stop.device,
        (
            look,
            show,
            f"# raise the number in this rule, or end connections that are stuck: {_told(blame)}",
        ),
        ("# put the old number back",),
        side_effects=(
            "the limit may protect the service: ask who set it, and what the service can take"
        ),
        proof=(
            f"the counter of that rule stands still on {stop.device}, and the {stop.packet} goes on"
        ),
    )


def _told(blame: Blame) -> str:
    return (
        filter_words(blame.rule.text) if blame.rule is not None else blame.text.partition(": ")[2]
    )


def clear_neighbour(entry: WrongEntry) -> Iterator[Fix]:
    """Correct the entry, or delete it so that it is asked for anew."""
    if entry.far is not None:
        yield _right_end(entry.far)
        return
    target = f"{entry.address} dev {word(entry.hop.oif or '')}"
    old = (
        f"ip neigh replace {target} lladdr"
        f" {word(entry.mac)}{' nud permanent' if entry.fixed else ''}"
    )
    yield Fix(
        FixClass.CLEAR_NEIGHBOUR,
        entry.hop.device,
        (f"ip neigh del {target}",),
        (old,),
        side_effects=(
            "a fixed entry comes back with whatever writes it: take it out of that"
            " configuration, too"
            if entry.fixed
            else "none: the entry is asked for anew"
        ),
        proof=(
            f"`ip neigh show {entry.address}` on {entry.hop.name} names "
            f"{entry.right[0] if entry.right else 'the MAC of who holds the address'}"
        ),
    )


def _right_end(far: Misplaced) -> Fix:
    """A tunnel's forwarding entry names the end behind which the address is."""
    head = f"bridge fdb replace {word(far.mac)} dev {word(far.entry.interface)} dst"
    known = f"{head} {far.right}"
    asked = f"# give the address of {far.meant}'s own end: {head} ADDRESS"
    return Fix(
        FixClass.CLEAR_NEIGHBOUR,
        far.sender,
        (known if far.right is not None else asked,),
        (f"{head} {far.entry.endpoint}",),
        side_effects=(
            "whatever writes these entries (a controller, a daemon) will write it again: mend it"
            " there"
        ),
        proof=(
            f"`bridge fdb show dev {word(far.entry.interface)}` on {far.sender} names"
            f" {far.right or far.meant}, and {far.meant} gets the tunnel's packets"
        ),
    )
