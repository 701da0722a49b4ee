"""A firewall that answers the client's handshakes itself (a SYN proxy) before it asks the server.

client -- r1 -- fw -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.shapes import back, links, node, plain
from workbench.lab.declare.words import Lab, Talk, Truth

WAY = "client r1 fw server"
SHIELD = """nft -f - <<'END'
table ip shield {
  chain pre {
    type filter hook prerouting priority raw; policy accept;
    iifname "<dev r1-fw>" tcp dport 443 tcp flags syn / fin,syn,rst,ack counter notrack
  }
  chain through {
    type filter hook forward priority filter; policy drop;
    tcp dport 443 ct state invalid,untracked counter synproxy mss 1460 wscale 7 timestamp sack-perm
    ct state invalid counter drop
    ct state established,related counter accept
    ip protocol icmp accept
    tcp dport { 80, 443 } ct state new counter accept
  }
}
END"""
PROXY = node(
    "fw",
    sysctls=(("net.netfilter.nf_conntrack_tcp_loose", "0"), ("net.ipv4.tcp_syncookies", "1")),
    commands=(SHIELD,),
)
BEGIN = f"{python('serve.py')} tcp 0.0.0.0 443 </dev/null >/dev/null 2>&1 &"


def shielded(name: str, title: str, truth: Truth, listen: str = "any") -> Lab:
    """The server behind a firewall that takes every handshake itself first."""
    talk = Talk("client", "server", source_port=None, listen=listen)
    return Lab(
        name,
        title,
        (*plain("client r1 server"), PROXY),
        links(WAY),
        (WAY, back(WAY)),
        (talk,),
        truth,
    )


LABS = (
    shielded(
        "proxied-nobody-listens",
        "A SYN proxy answers each handshake, and behind it nothing listens",
        Truth(
            Cause.SERVICE_NOT_LISTENING,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.FORWARD,
            (("server", BEGIN),),
        ),
        "none",
    ),
    shielded(
        "proxied-handshakes",
        "A SYN proxy on the firewall answers for the server and passes the rest on: healthy",
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
