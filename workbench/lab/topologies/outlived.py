"""Answers that take longer than a firewall remembers what they answer.

client -- r1 -- fw == (a satellite) == r2 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, plain
from workbench.lab.declare.words import Lab, Lane, Talk, Truth, Wire

WAY = "client r1 fw r2 server"
UDP_TIMEOUT = "net.netfilter.nf_conntrack_udp_timeout"
MIDFLOW = Truth(
    Cause.MIDFLOW_STATE_LOSS,
    WAY,
    back(WAY),
    "fw",
    "fw",
    Direction.REVERSE,
    (("fw", f"sysctl -w {UDP_TIMEOUT}=30"),),
)


def lab(name: str, title: str, seconds: int, truth: Truth) -> Lab:
    """A firewall that remembers a datagram for so many seconds, before a way of 1.6 s there and
    back."""
    return Lab(
        name,
        title,
        (
            *plain("client r1 r2 server"),
            node(
                "fw",
                firewall=default_deny(permit(123, "udp"), PING),
                sysctls=((UDP_TIMEOUT, str(seconds)),),
            ),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", "udp", 123, every=4.0),),
        truth,
        wires=(Wire("fw-r2", Lane(delay=800), Lane(delay=800)),),
        keep=("talk", "noise"),
    )


LABS = (
    lab(
        "outlived-session",
        "The answer by satellite takes longer than the firewall keeps a UDP session",
        1,
        MIDFLOW,
    ),
    lab(
        "outlived-session-harmless",
        "The same path, through a firewall that keeps UDP sessions for five seconds",
        5,
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
