"""Which device on the way answers the client's handshakes itself, in the server's name, before it
asks the server?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from collectors.model.records import FilterRule, Packet
from workbench.analysis.captures.observations import label
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.device.hop_filtering import tested_at
from workbench.analysis.device.matching import State, applies
from workbench.analysis.device.rulesets import SYNPROXY, ruleset

# how a proxy's rule may see the client's first packets
_FIRST: tuple[State, ...] = ("untracked", "invalid", "new")


def proxy_rule(case: Case, hop: Hop) -> FilterRule | None:
    """The rule of this hop's device that takes the handshakes of the flow (SYNPROXY); None = it
    shows none."""
    device = hop.device or ""
    for rule in _proxying(case, device):
        first_packets = (tested_at(case, hop, state, "S") for state in _FIRST)
        if any(applies(case, device, rule, packet) for packet in first_packets):
            return rule
    return None


def _proxying(case: Case, device: str) -> Iterator[FilterRule]:
    for chain in ruleset(case, device).rules.values():
        yield from (rule for rule in chain if rule.verdict == SYNPROXY)


def proxy(case: Case, path: Trace) -> tuple[Hop, FilterRule] | None:
    """The first such device on the way there, and its rule."""
    for hop in path.hops[1:]:
        rule = proxy_rule(case, hop) if hop.device else None
        if rule is not None:
            return hop, rule
    return None


def passed_on(packets: Iterable[Packet], proxied: bool, reverse: bool) -> tuple[Packet, ...]:
    """Of what comes in at a device, the packets that leave it as they came.

    A proxy makes both handshakes itself, and counts the server's bytes anew: of the client only
    data stays as it was.
    """
    if not proxied:
        return tuple(packets)
    if reverse:
        return ()
    return tuple(packet for packet in packets if label(packet) is PacketKind.DATA)
