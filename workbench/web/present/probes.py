"""What may a run send by itself, and how much of it? Shown before it runs."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.playbook import STEPS

LEVELS = {"off": "off: only look", "gentle": "gentle", "full": "full"}
SENT = {  # step -> (the level that sends it, how much)
    "connect": (
        "gentle",
        "one connect (or datagram) from the flow's own port, unless the client uses that itself",
    ),
    "ping": (
        "gentle",
        "one ping where ping is the flow; three from the last router where the server is silent",
    ),
    "traceroute": (
        "gentle",
        "one from each end, 20 hops at most, one packet per hop, from ports of its own",
    ),
    "arp-probe": (
        "gentle",
        "two ARP requests for each gateway, 12 gateways at most; none that would mend the fault",
    ),
    "path-mtu": (
        "full",
        (
            "a dozen unfragmentable pings from each end, or from the one that waits; gentle sends"
            " them on suspicion only"
        ),
    ),
    "trace-spread": (
        "full",
        "UDP traceroutes from the client over many source ports, about 70 packets, more at forks",
    ),
    "port-sweep": (
        "full",
        "32 connects from the client, each from another source port, within 5 seconds",
    ),
}


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of packets that a run sends by itself."""

    title: str
    level: str
    bound: str


def probes() -> list[Probe]:
    """Every step that sends packets, the gentle ones first."""
    found = [
        Probe(step.title, *SENT.get(step.id, ("full", step.question)))
        for step in STEPS
        if step.probe
    ]
    return sorted(found, key=lambda probe: list(LEVELS).index(probe.level))
