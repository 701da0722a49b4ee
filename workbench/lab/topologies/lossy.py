"""Links and devices that lose some packets, and ways that are only long, uneven or a little lossy.

client -- r1 -- r2 -- r3 -- server        the wire r1 == r2 or the device r2 loses, doubles or
delays packets
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import Firewall, RuleLine, stateless
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Lane, Manner, Node, Talk, Truth, Wire

WAY = "client r1 r2 r3 server"
HOME = back(WAY)
LINE = links(WAY)
STEADY = ("talk",)  # a slower client shows fewer packets than tell chance from a filter
QUICK = Talk("client", "server", manner=Manner.DOWNLOAD, every=0.5)
SHAPED = """tc qdisc replace dev <dev r2-r3> root tbf rate 300kbit burst 3000 limit 6000"""


def wired(
    name: str,
    title: str,
    truth: Truth,
    there: Lane,
    returning: Lane | None = None,
    talk: Talk = QUICK,
) -> Lab:
    """The line of routers with such a wire between r1 and r2."""
    wires = (Wire("r1-r2", there, returning),)
    return Lab(name, title, plain(WAY), LINE, (WAY, HOME), (talk,), truth, wires=wires, keep=STEADY)


def ruled(
    name: str, title: str, truth: Truth, firewall: Firewall, talk: Talk = QUICK, family: int = 4
) -> Lab:
    """The line of routers with these rules on r2."""
    nodes = (*plain("client r1 r3 server"), node("r2", firewall=firewall))
    return Lab(name, title, nodes, LINE, (WAY, HOME), (talk,), truth, family=family, keep=STEADY)


def loses(guilty: str, direction: Direction, *cure: tuple[str, str]) -> Truth:
    """The truth where packets are lost."""
    return Truth(Cause.PACKET_LOSS, WAY, HOME, guilty, None, direction, cure)


def fixed(name: str, other: str, at: str, own: int, far: int) -> Node:
    """An end of a leased line whose neighbour entry is fixed, as no device answers when one fibre
    is dead."""
    mine = f"ip link set <dev {at}> address 02:00:00:77:00:{own:02x}"
    entry = (
        f"ip neigh replace <gw {other}> lladdr 02:00:00:77:00:{far:02x} dev <dev {at}> nud"
        " permanent"
    )
    return node(name, commands=(mine, entry))


def leased(name: str, title: str, truth: Truth, returning: Lane, keep: tuple[str, ...] = ()) -> Lab:
    """The line of routers, where r1 and r2 have fixed entries for each other."""
    ends = (fixed("r1", "r2", "r1-r2", 1, 2), fixed("r2", "r1", "r1-r2", 2, 1))
    wires = (Wire("r1-r2", Lane(delay=2), returning),)
    talks = (Talk("client", "server"), *noise())
    nodes = (*plain("client r3 server"), *ends)
    return Lab(name, title, nodes, LINE, (WAY, HOME), talks, truth, wires=wires, keep=keep)


WELL = Truth(Cause.HEALTHY_SYMMETRIC, WAY, HOME)
ASKING = Talk("client", "server", "udp", 5060, every=0.15)

LABS = (
    wired(
        "loss-on-link",
        "A link loses every eighth packet, in both directions",
        loses("r1", Direction.BOTH),
        Lane(delay=5, lost=0.12),
    ),
    wired(
        "loss-one-way",
        "A long link loses replies, and no requests",
        loses("r2", Direction.REVERSE),
        Lane(delay=20),
        Lane(delay=20, lost=0.1),
    ),
    ruled(
        "loss-in-router",
        "A router drops every twelfth packet that it forwards, at random",
        loses("r2", Direction.BOTH, ("r2", "flush")),
        stateless(RuleLine("drop", percent=8)),
    ),
    ruled(
        "loss-udp",
        "A router drops every sixth request, at random; UDP",
        loses("r2", Direction.FORWARD, ("r2", "flush")),
        stateless(RuleLine("drop", protocol="udp", dports=(5060,), percent=16)),
        ASKING,
    ),
    ruled(
        "loss-udp-v6",
        "A router drops every sixth reply, at random; UDP over IPv6",
        loses("r2", Direction.REVERSE, ("r2", "flush")),
        stateless(RuleLine("drop", protocol="udp", sports=(5060,), percent=16)),
        ASKING,
        6,
    ),
    ruled(
        "policer",
        "A router drops what exceeds 30 packets a second of one service's replies",
        loses("r2", Direction.REVERSE, ("r2", "flush")),
        stateless(RuleLine("drop", protocol="tcp", sports=(443,), over=30)),
    ),
    Lab(
        "queue-full",
        "A router's queue towards the server sends more slowly than packets come in, and overflows",
        (*plain("client r1 r3 server"), node("r2", commands=(SHAPED,))),
        LINE,
        (WAY, HOME),
        (Talk("client", "server", manner=Manner.UPLOAD, every=0.5),),
        loses("r2", Direction.FORWARD, ("r2", "tc qdisc del dev <dev r2-r3> root")),
        keep=STEADY,
    ),
    wired(
        "long-and-uneven",
        "Harmless: a long path on which some packets take longer than others",
        WELL,
        Lane(delay=90, jitter=25),
        talk=Talk("client", "server", manner=Manner.UPLOAD),
    ),
    wired(
        "double-and-out-of-order",
        "Harmless: a link delivers some packets twice, and some out of order",
        WELL,
        Lane(delay=15, twice=0.08, late=0.1),
    ),
    wired(
        "lossy-but-well",
        "Harmless: a path across an ocean loses one packet in two hundred, and TCP sends it again",
        WELL,
        Lane(delay=75, jitter=3, lost=0.005),
        talk=Talk("client", "server", manner=Manner.UPLOAD),
    ),
    leased(
        "dead-fibre",
        "One fibre of a leased line is dead: nothing arrives from r2 at r1; the neighbour "
        "entries are permanent",
        loses("r2", Direction.REVERSE),
        Lane(delay=2, lost=1.0),
        STEADY,
    ),
    leased(
        "leased-line",
        "Harmless: the same line with the same permanent entries, and both fibres work",
        WELL,
        Lane(delay=9),
    ),
)
