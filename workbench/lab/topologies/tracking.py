"""Connection tracking refuses, though every rule permits: a part passes elsewhere, or a session
expired.

client -- r1 -- fw -- r2 -- server
           \\_________/
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Node, Rule, Talk, Truth

LINKS = links("client r1 fw r2 server", "r1 r2")
THROUGH, AROUND = "client r1 fw r2 server", "client r1 r2 server"
STRICT = default_deny(permit(443), PING)
WINDOWED = (("net.netfilter.nf_conntrack_tcp_be_liberal", "0"),)
SMALL = (("net.ipv4.tcp_rmem", "4096 16384 16384"),)  # a small window: a few packets fill it
SPLIT = """nft -f - <<'END'
table ip split {
  chain pre {
    type filter hook prerouting priority mangle
    iifname "<dev client-r1>" ip protocol tcp meta length < 60 tcp flags & (syn | fin | rst) == 0x0 counter mark set 0x7
  }
}
END
ip route add default via <gw r2@r1-r2> table 77"""
BYPASS = Rule("r1", "fwmark 0x7", "77")


def forgetful(seconds: int) -> Node:
    """A firewall whose sessions expire so many seconds after their last packet."""
    settings = (
        ("net.netfilter.nf_conntrack_tcp_timeout_established", str(seconds)),
        ("net.netfilter.nf_conntrack_tcp_timeout_unacknowledged", str(seconds)),
        ("net.netfilter.nf_conntrack_tcp_loose", "0"),
    )
    return node("fw", firewall=STRICT, sysctls=settings)


ZONES = """nft -f - <<'END'
table inet zoned {
  chain early {
    type filter hook prerouting priority raw; policy accept;
    iifname "<dev r1-fw>" ct zone set 1
    iifname "<dev fw-r2>" ct zone set BEHIND
  }
}
END"""


def zoned(name: str, title: str, behind: int, truth: Truth) -> Lab:
    """A firewall that puts what comes in into a zone of connection tracking, by its interface; IPv6
    and UDP."""
    rules = default_deny(permit(5060, "udp"), PING)
    return Lab(
        name,
        title,
        (
            *plain("client r1 r2 server"),
            node("fw", firewall=rules, commands=(ZONES.replace("BEHIND", str(behind)),)),
        ),
        links(THROUGH),
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", "udp", 5060), *noise()),
        truth,
        family=6,
    )


LABS = (
    zoned(
        "tracking-zones",
        "A firewall tracks each interface in its own zone: the answer finds no session of its "
        "request",
        2,
        Truth(
            Cause.TRANSIT_POLICY_DENY,
            THROUGH,
            back(THROUGH),
            "fw",
            "fw",
            Direction.REVERSE,
            (("fw", "nft flush table inet zoned"),),
        ),
    ),
    zoned(
        "tracking-one-zone",
        "Harmless: the same rules, and both interfaces of the flow share a zone",
        1,
        Truth(Cause.HEALTHY_SYMMETRIC, THROUGH, back(THROUGH)),
    ),
    Lab(
        "tracking-acks-around",
        "The router sends bare acknowledgements around the firewall, which then finds the "
        "data outside its window",
        (
            node("client", sysctls=SMALL),
            node("r1", commands=(SPLIT,)),
            node("fw", firewall=STRICT, sysctls=WINDOWED),
            *plain("r2 server"),
        ),
        LINKS,
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", manner=Manner.DOWNLOAD, source_port=None), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_HALF_PATH,
            THROUGH,
            back(THROUGH),
            "fw",
            "r1",
            Direction.REVERSE,
            (("r1", "nft delete table ip split"),),
        ),
        rules=(BYPASS,),
    ),
    Lab(
        "tracking-acks-around-harmless",
        "The same, through a firewall that does not check windows",
        (
            node("client", sysctls=SMALL),
            node("r1", commands=(SPLIT,)),
            node(
                "fw", firewall=STRICT, sysctls=(("net.netfilter.nf_conntrack_tcp_be_liberal", "1"),)
            ),
            *plain("r2 server"),
        ),
        LINKS,
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", manner=Manner.DOWNLOAD, source_port=None), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, THROUGH, back(THROUGH)),
        rules=(BYPASS,),
    ),
    Lab(
        "tracking-expired",
        "The firewall removes a session after three seconds without a packet; the client "
        "sends one every five",
        (*plain("client r1 r2 server"), forgetful(3)),
        LINKS,
        (THROUGH, back(THROUGH)),
        (
            Talk("client", "server", manner=Manner.STREAM, every=5.0),
            Talk(
                "client", "server", source_port=None, served_by="server", listen="none", every=1.9
            ),
            *noise(),
        ),
        Truth(
            Cause.MIDFLOW_STATE_LOSS,
            THROUGH,
            back(THROUGH),
            "fw",
            "r1",
            Direction.FORWARD,
            (("fw", "sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=600"),),
        ),
        meanwhile=8.0,
    ),
    Lab(
        "tracking-expired-harmless",
        "The same firewall keeps sessions for a minute",
        (*plain("client r1 r2 server"), forgetful(60)),
        LINKS,
        (THROUGH, back(THROUGH)),
        (Talk("client", "server", manner=Manner.STREAM, every=5.0), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, THROUGH, back(THROUGH)),
    ),
)
