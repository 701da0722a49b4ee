"""Packets that begin with too little time to live.

client -- r1 -- r2 -- r3 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Talk, Truth

LINE = links("client r1 r2 r3 server")
WAY = "client r1 r2 r3 server"
HOME = back(WAY)
DEFAULT = "net.ipv4.ip_default_ttl"


def short(life: int) -> tuple[tuple[str, str], ...]:
    """What the kernel gives to all that it sends."""
    return ((DEFAULT, str(life)),)


def by_rule(family: str, hook: str, match: str, change: str) -> tuple[str, ...]:
    """A rule that sets the time to live."""
    chain = f"'{{ type filter hook {hook} priority mangle; }}'"
    return (
        (
            f"nft add table {family} life && nft add chain {family} life age {chain}"
            f" && nft add rule {family} life age {match} {change}"
        ),
    )


def dies(guilty: str, reverse: bool, cure: str) -> Truth:
    """The packets of one direction do not arrive."""
    direction = Direction.of(reverse=reverse)
    return Truth(Cause.TTL_EXPIRED, WAY, HOME, guilty, None, direction, ((guilty, cure),))


LABS = (
    Lab(
        "ttl-short",
        "The TTL of the client's packets is one too small: the third of three routers drops them",
        (node("client", sysctls=short(3)), *plain("r1 r2 r3 server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        dies("client", False, f"sysctl -w {DEFAULT}=64"),
    ),
    Lab(
        "ttl-short-reply-udp",
        "UDP: a rule on the server sets the TTL of its answers so low that they expire on the way",
        (
            *plain("client r1 r2 r3"),
            node("server", commands=by_rule("ip", "output", "udp sport 1194", "ip ttl set 2")),
        ),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", "udp", 1194), *noise()),
        dies("server", True, "flush"),
    ),
    Lab(
        "ttl-rewritten",
        "A router in the middle sets the TTL of the requests to one",
        (
            *plain("client r1 r3 server"),
            node("r2", commands=by_rule("ip", "forward", "tcp dport 443", "ip ttl set 1")),
        ),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        dies("r2", False, "flush"),
    ),
    Lab(
        "hop-limit-short-v6",
        "IPv6: the client's hop limit is too small for the path",
        (
            node("client", sysctls=(("net.ipv6.conf.<dev client-r1>.hop_limit", "2"),)),
            *plain("r1 r2 r3 server"),
        ),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        dies("client", False, "sysctl -w net.ipv6.conf.<dev client-r1>.hop_limit=64"),
        family=6,
    ),
    Lab(
        "ttl-just-enough",
        "The TTL of the client's packets is just large enough for three routers: the flow works",
        (node("client", sysctls=short(4)), *plain("r1 r2 r3 server")),
        LINE,
        (WAY, HOME),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME),
    ),
)
