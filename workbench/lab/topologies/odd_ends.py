"""State that is kept in part, ends that do not answer, and look-alikes that are well.

           +-- fw-a --+
client -- r1          r2 -- server        client -- r1 -- r2 -- r3 -- server      client -- r1 --
cache -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.rules import (
    PING,
    Chain,
    Firewall,
    MarkRule,
    RuleLine,
    default_deny,
    permit,
)
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Alias, ExtraRoute, Lab, Manner, Node, Segment, Talk, Truth
from workbench.lab.topologies.firewall_pair_more import SYNC

SIDES = links("client r1 fw-a r2 server", "r1 fw-b r2")
OUT_A, OUT_B = "client r1 fw-a r2 server", "client r1 fw-b r2 server"
WAY = "client r1 r2 r3 server"
LINE = links(WAY)
STRICT = default_deny(permit(443), PING)


def partly_synced(here: str, there: str) -> Node:
    """A firewall that tells the other one about sessions of TCP only."""
    config = SYNC.replace("THERE", there).replace("HERE", here).replace("TCP UDP ICMP", "TCP")
    return node(
        here,
        firewall=default_deny(permit(5060, "udp"), permit(443), PING),
        state_group="edge",
        files=(("/run/conntrackd.conf", config),),
        commands=("conntrackd -d -C /run/conntrackd.conf",),
    )


BRIDGE = """ip link add br0 type bridge
for one in <dev r1-fw> <dev fw-r2>; do ip addr flush dev $one; ip link set $one master br0; done
ip addr add <fw@r1-fw>/<len r1-fw> dev br0; ip link set br0 up
sysctl -qw net.bridge.bridge-nf-call-iptables=1"""
SECOND_LEG = "ip addr add <leg>/<len r1-fw> dev <dev fw-r2>"

APPLICATION = """cat > /run/app.py <<'END'
import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 443)); s.listen(64)
WHAT
END
PYTHON /run/app.py </dev/null >/dev/null 2>&1 & echo $! > /run/app.pid"""
STARTED = python("serve.py").rsplit(" ", 1)
HANGS = "kept = []\nwhile True:\n    kept.append(s.accept())"
SLOW = """import threading
def answer(c):
    c.recv(99); time.sleep(1.2); c.sendall(b"at last"); c.close()
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()"""
START = (
    f"kill $(cat /run/app.pid); sleep 0.5; {python('serve.py')} tcp 0.0.0.0 443 </dev/null"
    " >/dev/null 2>&1 &"
)


def application(what: str, room: int = 64) -> Node:
    """A server whose process lets so many connections wait, and then does this."""
    text = (
        APPLICATION.replace("WHAT", what)
        .replace("PYTHON", STARTED[0])
        .replace("listen(64)", f"listen({room})")
    )
    return node("server", commands=(text,))


REDIRECT = """nft -f - <<'END'
table ip proxy {
  chain pre {
    type nat hook prerouting priority dstnat
    iifname "<dev r1-cache>" tcp dport 80 counter redirect to :3128
  }
}
END"""
LIMITED = "udp dport 5060 limit rate over 20/minute burst 2 packets counter drop"
PROXY = f"{python('serve.py')} tcp 0.0.0.0 3128 </dev/null >/dev/null 2>&1 &"


def router_with(*rules: str) -> Node:
    """r2 with an nft table for what it forwards."""
    lines = "\n".join(("type filter hook forward priority 0", *rules))
    return node(
        "r2",
        commands=(f"nft -f - <<'END'\ntable inet odd {{\n chain forward {{\n{lines}\n}}\n}}\nEND",),
    )


UNTRACKED = Firewall(
    (
        Chain(
            "forward",
            (
                RuleLine("accept", states=("established", "related")),
                RuleLine("drop", states=("invalid",)),
                RuleLine("accept", protocol="tcp", dports=(443,)),
                RuleLine("accept", protocol="tcp", sports=(443,)),
                PING,
            ),
            "drop",
        ),
    ),
    marks=(
        MarkRule(RuleLine("", protocol="tcp", dports=(443,))),
        MarkRule(RuleLine("", protocol="tcp", sports=(443,))),
    ),
)
OLD_ENTRY = (
    "conntrack -I -s <client> -d <server> -p tcp --sport 40000 --dport 443 --state SYN_SENT -t 900;"
    " for n in 40001 40002 40003; do conntrack -I -s <client> -d <server> -p tcp --sport $n --dport"
    " 443 --state SYN_SENT -t 900; done; true"
)

LABS = (
    Lab(
        "sync-without-udp",
        "A pair synchronises its TCP sessions only, and the flow is UDP: the answer reaches "
        "the other firewall",
        (
            *plain("client r1 r2 server"),
            partly_synced("fw-a", "fw-b"),
            partly_synced("fw-b", "fw-a"),
        ),
        (*SIDES, *links("fw-a fw-b")),
        (OUT_A, back(OUT_B)),
        (Talk("client", "server", "udp", 5060), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_FW,
            OUT_A,
            back(OUT_B),
            "fw-b",
            "r2",
            Direction.REVERSE,
            (("fw-a", "flush"), ("fw-b", "flush")),
        ),
        needs=("conntrackd",),
        settle=1.0,
    ),
    Lab(
        "bridge-half-path",
        "A bridge that filters sees the requests only: the replies take a link beside it",
        (
            *plain("client r1 server"),
            node("fw", firewall=STRICT, commands=(BRIDGE,), forwards=False),
            node("r2", commands=(SECOND_LEG,)),
        ),
        (
            *links("client r1"),
            Segment("r1-fw", "r1 fw", host_size=True),
            *links("fw r2 server", "r1 r2"),
        ),
        ("client r1 r2 server", "server r2 r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.ASYM_STATEFUL_HALF_PATH,
            "client r1 fw r2 server",
            "server r2 r1 client",
            "fw",
            "r1",
            Direction.FORWARD,
            (("fw", "flush"),),
        ),
        routes=(ExtraRoute("r1", "r2-server", ("leg",)),),
        aliases=(Alias("leg", (), "r1-fw"),),
    ),
    Lab(
        "application-hangs",
        "The server takes the connection and the question, and its application never answers",
        (*plain("client r1 r2 r3"), application(HANGS)),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", listen="none"), *noise()),
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.REVERSE,
            (("server", START),),
        ),
    ),
    Lab(
        "application-slow",
        "Harmless: the same server, whose application answers after a while",
        (*plain("client r1 r2 r3"), application(SLOW)),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", listen="none", every=2.0), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
    Lab(
        "proxy-down",
        "A router redirects web traffic to its own proxy, which does not run: it resets in "
        "the server's name",
        (*plain("client r1 server"), node("cache", commands=(REDIRECT,))),
        links("client r1 cache server"),
        ("client r1 cache server", "server cache r1 client"),
        (
            Talk("client", "server", port=80, served_by="cache", listen="none"),
            Talk("cache", "server", port=80),
            *noise(),
        ),
        Truth(
            Cause.SERVICE_NOT_LISTENING,
            "client r1 cache",
            "cache r1 client",
            "cache",
            None,
            Direction.FORWARD,
            (("cache", PROXY),),
        ),
    ),
    Lab(
        "policer-udp",
        "A router lets twenty datagrams a minute through to the service, and drops the rest",
        (
            *plain("client r1 r3 server"),
            router_with(LIMITED),
        ),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", "udp", 5060, every=0.5), *noise()),
        Truth(
            Cause.PACKET_LOSS,
            WAY,
            back(WAY),
            "r2",
            None,
            Direction.FORWARD,
            (("r2", "flush"),),
            sometimes=True,
        ),
        keep=("talk",),
    ),
    Lab(
        "policer-udp-harmless",
        "The same rule with a limit of a thousand datagrams a minute",
        (*plain("client r1 r3 server"), router_with(LIMITED.replace("20/", "1000/"))),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", "udp", 5060, every=0.5), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
        keep=("talk",),
    ),
    Lab(
        "pair-untracked-harmless",
        "Two default-deny firewalls without sync, and rules that exclude this service from "
        "tracking: harmless",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=UNTRACKED),
            node("fw-b", firewall=UNTRACKED),
        ),
        SIDES,
        (OUT_A, back(OUT_B)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_ASYMMETRIC, OUT_A, back(OUT_B)),
    ),
    Lab(
        "impatient-client",
        "The client ends each connection with a reset once it has its answer: the flow works",
        (*plain("client r1 r2 server"), node("fw", firewall=STRICT)),
        links("client r1 fw r2 server"),
        ("client r1 fw r2 server", "server r2 fw r1 client"),
        (Talk("client", "server", manner=Manner.ABRUPT), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, "client r1 fw r2 server", "server r2 fw r1 client"),
    ),
    Lab(
        "old-unreplied",
        "The second firewall still has unanswered entries of the flow, which uses the first "
        "one by now: it works",
        (
            *plain("client r1 r2 server"),
            node("fw-a", firewall=STRICT),
            node("fw-b", firewall=STRICT, commands=(OLD_ENTRY,)),
        ),
        SIDES,
        (OUT_A, back(OUT_A)),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, OUT_A, back(OUT_A)),
        needs=("conntrack",),
    ),
)
