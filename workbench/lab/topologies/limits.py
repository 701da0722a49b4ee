"""Something is used up: connections that a rule counts, ports of a translator, the queue of a
service.

client -- r1 -- fw -- r2 -- server          client -- r1 -- nat -- r2 -- server
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Node, Talk, Truth
from workbench.lab.topologies.odd_ends import START, application

THROUGH = "client r1 fw r2 server"
LINE = links(THROUGH)
NAT = "client r1 nat r2 server"
PLAIN = "client r1 r2 r3 server"
STRICT = default_deny(permit(443), PING)


def nft(text: str) -> str:
    """A table of nft beside what the dialect of the lab writes."""
    return f"nft -f - <<'END'\n{text}\nEND"


def holder(count: int, port: int = 443, name: str = "client") -> Node:
    """A machine that keeps so many connections to the server open, before anybody else asks."""
    talk = (
        f"{python('talk.py')} tcp <{name}> NUMBER <server> {port} stream 1.5 0 </dev/null"
        " >/dev/null 2>&1 &"
    )
    return node(name, commands=tuple(talk.replace("NUMBER", str(41001 + n)) for n in range(count)))


def exhausted(guilty: str, way: str, cure: str) -> Truth:
    """No room: new sessions are refused."""
    return Truth(
        Cause.SESSION_LIMIT, way, back(way), guilty, None, Direction.FORWARD, ((guilty, cure),)
    )


COUNTED = """table inet counted {
  chain forward {
    type filter hook forward priority -5
    tcp dport 443 ct state new ct count over MOST counter drop
  }
}"""
NARROW = """table ip narrow {
  chain post {
    type nat hook postrouting priority srcnat
    oifname "<dev nat-r2>" ip protocol tcp counter masquerade to :2000-LAST
  }
}"""
CONNLIMIT = (
    "iptables-nft -I INPUT -p tcp --dport 443 --syn -m connlimit --connlimit-above MOST"
    " --connlimit-mask 32 -j REJECT --reject-with tcp-reset"
)


def firewall_that_counts(most: int) -> Node:
    """A firewall whose rule lets so many connections stand at once."""
    return node("fw", firewall=STRICT, commands=(nft(COUNTED.replace("MOST", str(most))),))


def narrow_translator(last: int) -> Node:
    """A translator with a small range of ports."""
    return node("nat", commands=(nft(NARROW.replace("LAST", str(last))),))


STUCK = "while True:\n    time.sleep(9)"
ANSWERS = """while True:
    c = s.accept()[0]
    try:
        c.recv(99); c.sendall(b"well")
    except OSError:
        pass
    c.close()"""

LABS = (
    Lab(
        "limit-connections",
        "The firewall allows three connections to the service at once, and three are open",
        (*plain("r1 r2 server"), holder(3), firewall_that_counts(3)),
        LINE,
        (THROUGH, back(THROUGH)),
        (Talk("client", "server"), *noise()),
        exhausted("fw", THROUGH, "nft delete table inet counted"),
        settle=2.0,
    ),
    Lab(
        "limit-connections-harmless",
        "The same firewall with a limit of forty connections",
        (*plain("r1 r2 server"), holder(3), firewall_that_counts(40)),
        LINE,
        (THROUGH, back(THROUGH)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, THROUGH, back(THROUGH)),
        settle=2.0,
    ),
    Lab(
        "limit-on-the-server",
        "The server's own filter resets more than two connections of one address",
        (*plain("r1 r2 r3"), holder(2), node("server", commands=(CONNLIMIT.replace("MOST", "2"),))),
        links(PLAIN),
        (PLAIN, back(PLAIN)),
        (Talk("client", "server"), *noise()),
        exhausted("server", PLAIN, "iptables-nft -F INPUT"),
        settle=2.0,
    ),
    Lab(
        "limit-ports",
        "The translator has three ports only, and three sessions use them",
        (*plain("r1 r2 server"), holder(3), narrow_translator(2002)),
        links(NAT),
        (NAT, back(NAT)),
        (Talk("client", "server"),),
        exhausted("nat", NAT, "nft delete table ip narrow"),
        settle=2.0,
    ),
    Lab(
        "limit-ports-harmless",
        "The same translator with a thousand ports",
        (*plain("r1 r2 server"), holder(3), narrow_translator(2999)),
        links(NAT),
        (NAT, back(NAT)),
        (Talk("client", "server"),),
        Truth(Cause.HEALTHY_SYMMETRIC, NAT, back(NAT)),
        settle=2.0,
    ),
    Lab(
        "limit-backlog",
        "The service listens, does not accept, and its queue for one connection is full",
        (*plain("r1 r2 r3"), holder(3), application(STUCK, room=1)),
        links(PLAIN),
        (PLAIN, back(PLAIN)),
        (Talk("client", "server", listen="none"), *noise()),
        exhausted("server", PLAIN, START),
        settle=2.0,
    ),
    Lab(
        "limit-backlog-harmless",
        "A service with the same short queue, which accepts and answers",
        (*plain("client r1 r2 r3"), application(ANSWERS, room=1)),
        links(PLAIN),
        (PLAIN, back(PLAIN)),
        (Talk("client", "server", listen="none"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, PLAIN, back(PLAIN)),
    ),
)
