"""The connection opens, and a router on its way stops or resets what is said in it.

client -- r1 -- r2 -- r3 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Talk, Truth

WAY = "client r1 r2 r3 server"
LINE = links(WAY)


def nft(*rules: str) -> str:
    """A table of nft with these rules for what is forwarded."""
    lines = "\n".join(("type filter hook forward priority 0", *rules))
    return f"nft -f - <<'END'\ntable inet said {{\n chain forward {{\n{lines}\n}}\n}}\nEND"


def stopped(direction: Direction, cure: str = "flush") -> Truth:
    """r2 stops data, whatever the state of the connection."""
    return Truth(Cause.ACL_PATH, WAY, back(WAY), "r2", None, direction, (("r2", cure),))


def lab(
    name: str, title: str, command: str, manner: Manner, truth: Truth, port: int | None = 40000
) -> Lab:
    """The line, with one command on r2."""
    return Lab(
        name,
        title,
        (*plain("client r1 r3 server"), node("r2", commands=(command,))),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", manner=manner, source_port=port), *noise()),
        truth,
    )


def behind_state(name: str, title: str, command: str, manner: Manner, direction: Direction) -> Lab:
    """The same on a firewall that knows the session of the connection all the time."""
    way = WAY.replace("r2", "fw")
    truth = Truth(
        Cause.TRANSIT_POLICY_DENY,
        way,
        back(way),
        "fw",
        None,
        direction,
        (("fw", "nft delete table inet said"),),
    )
    return Lab(
        name,
        title,
        (
            *plain("client r1 r3 server"),
            node("fw", firewall=default_deny(permit(443), PING), commands=(command,)),
        ),
        links(way),
        (way, back(way)),
        (Talk("client", "server", manner=manner, source_port=None), *noise()),
        truth,
    )


LABS = (
    lab(
        "data-long",
        "A router drops packets of more than 200 bytes that go to the service",
        nft("tcp dport 443 meta length > 200 counter drop"),
        Manner.UPLOAD,
        stopped(Direction.FORWARD),
    ),
    lab(
        "data-long-reset",
        "A router resets connections at their first packet of more than 200 bytes",
        "iptables-nft -A FORWARD -p tcp --dport 443 -m length --length 201:65535 -j REJECT"
        " --reject-with tcp-reset",
        Manner.UPLOAD,
        stopped(Direction.FORWARD),
    ),
    lab(
        "data-bytes",
        "A router drops what a connection sends after its first 2000 bytes",
        "iptables-legacy -A FORWARD -p tcp --dport 443 -m connbytes --connbytes 2000"
        " --connbytes-mode bytes --connbytes-dir original -j DROP",
        Manner.UPLOAD,
        stopped(Direction.FORWARD, "iptables-legacy -F FORWARD"),
        port=None,
    ),
    lab(
        "data-bytes-back",
        "A router drops what the server sends after its first 2000 bytes",
        nft("tcp sport 443 ct reply bytes > 2000 counter drop"),
        Manner.DOWNLOAD,
        stopped(Direction.REVERSE),
        port=None,
    ),
    lab(
        "data-reset-both",
        "A middlebox resets both ends as soon as the server sends data",
        nft(
            "ct mark 0x1 counter reject with tcp reset",
            "tcp sport 443 tcp flags & psh == psh ct mark set 0x1 counter reject with tcp reset",
        ),
        Manner.REQUEST,
        stopped(Direction.REVERSE),
    ),
    behind_state(
        "data-long-firewall",
        "A firewall permits the service, and a later table in it drops packets of more than "
        "200 bytes",
        nft("tcp dport 443 meta length > 200 counter drop"),
        Manner.UPLOAD,
        Direction.FORWARD,
    ),
    behind_state(
        "data-reset-firewall",
        "A firewall resets connections that have sent more than 2000 bytes",
        nft("tcp dport 443 ct original bytes > 2000 counter reject with tcp reset"),
        Manner.UPLOAD,
        Direction.FORWARD,
    ),
    lab(
        "data-long-harmless",
        "The same router drops packets of more than 20000 bytes, which nobody sends",
        nft("tcp dport 443 meta length > 20000 counter drop"),
        Manner.UPLOAD,
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
