"""Answers that come from an address that nobody asked.

client -- r1 -- r2 -- server (a second address, by which the service is known)
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Alias, Lab, Talk, Truth

WAY = "client r1 r2 server"
HOME = back(WAY)
LINE = links(WAY)
FIRST = "snat to <server@r2-server>"
SECOND = (Alias("second", ("server@r2-server",), out_of="r2-server"),)


def masquerading(family: str, port: int, action: str = "masquerade") -> tuple[str, ...]:
    """The requests are kept out of tracking, so that each answer opens a session, and that is
    masqueraded."""
    make = f"nft add table {family} own"
    raw = f"nft add chain {family} own early '{{ type filter hook prerouting priority raw; }}'"
    free = f"nft add rule {family} own early udp dport {port} notrack"
    late = f"nft add chain {family} own late '{{ type nat hook postrouting priority srcnat; }}'"
    hide = f"nft add rule {family} own late udp sport {port} counter {action}"
    return (make, raw, free, late, hide)


def rewriting(family: str, port: int) -> tuple[str, ...]:
    """A router that writes another source into answers, packet by packet."""
    make = f"nft add table {family} own"
    chain = f"nft add chain {family} own pass '{{ type filter hook forward priority mangle; }}'"
    rule = f"nft add rule {family} own pass tcp sport {port} counter {family} saddr set <r1@r1-r2>"
    return (make, chain, rule)


def changed(guilty: str) -> Truth:
    """The answers reach the client, which does not know who sent them."""
    return Truth(
        Cause.NAT_RETURN_BYPASS, WAY, HOME, guilty, guilty, Direction.REVERSE, ((guilty, "flush"),)
    )


LABS = (
    Lab(
        "answers-masqueraded",
        "UDP: the server masquerades its own answers, so that they leave from its first address",
        (*plain("client r1 r2"), node("server", commands=masquerading("ip", 5349))),
        LINE,
        (WAY, HOME),
        (Talk("client", "second", "udp", 5349, served_by="server", listen="second"), *noise()),
        changed("server"),
        aliases=SECOND,
    ),
    Lab(
        "answers-masqueraded-v6",
        "IPv6: a rule on the server gives its answers its first address",
        (*plain("client r1 r2"), node("server", commands=masquerading("ip6", 5349, FIRST))),
        LINE,
        (WAY, HOME),
        (Talk("client", "second", "udp", 5349, served_by="server", listen="second"), *noise()),
        changed("server"),
        aliases=SECOND,
        family=6,
    ),
    Lab(
        "answers-rewritten",
        "A router on the reverse path writes its own address into the answers",
        (*plain("client r2 server"), node("r1", commands=rewriting("ip", 443))),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        changed("r1"),
    ),
    Lab(
        "second-address",
        "The same server and its second address, without translation: the flow works",
        (*plain("client r1 r2"), node("server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "second", "udp", 5349, served_by="server", listen="second"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME),
        aliases=SECOND,
    ),
)
