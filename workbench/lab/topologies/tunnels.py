"""A tunnel over a network of its own: what is below it decides.

client -- r1 === (vxlan over u) === r2 -- server
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import Chain, Firewall, RuleLine, stateless
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Lab, Manner, Node, Talk, Truth

LINE = links("client r1 u r2 server")
WAY = "client r1 r2 server"
PORT = 4789


MACS = {"r1": "02:00:00:99:00:01", "r2": "02:00:00:99:00:02"}


# it passes on to the senders what it learns about its tunnel
LEARNS = ("net.ipv4.ip_forward_use_pmtu", "1")


def bridged_end(name: str, other: str, inner: str, far: str, net: str) -> Node:
    """One end whose tunnel is a port of a bridge: the far end is known by hardware address only."""
    links_of = {"r1": "r1-u", "r2": "u-r2"}
    here, there = f"<{name}@{links_of[name]}>", f"<{other}@{links_of[other]}>"
    make = f"ip link add vx0 type vxlan id 42 dstport {PORT} local {here}"
    bridge = (
        f"ip link add br0 address {MACS[name]} type bridge && ip link set vx0 master br0 mtu"
        " 1400 up"
    )
    up = f"ip link set br0 mtu 1400 up && ip addr add {inner}/30 dev br0"
    flood = f"bridge fdb append 00:00:00:00:00:00 dev vx0 dst {there}"
    known = f"ip neigh replace {far} lladdr {MACS[other]} dev br0 nud permanent"
    return node(
        name, commands=(make, bridge, up, flood, known, f"ip route replace <net {net}> via {far}")
    )


BRIDGED = (
    bridged_end("r1", "r2", "10.99.0.1", "10.99.0.2", "r2-server"),
    bridged_end("r2", "r1", "10.99.0.2", "10.99.0.1", "client-r1"),
)


def end(
    name: str,
    other: str,
    inner: str,
    far: str,
    net: str,
    mtu: int,
    whole: bool,
    learns: bool = False,
) -> Node:
    """One end of the tunnel with the route over it; who is at the other end need not be asked
    for."""
    df = "df set " if whole else ""
    links_of = {"r1": "r1-u", "r2": "u-r2"}
    here, there = f"<{name}@{links_of[name]}>", f"<{other}@{links_of[other]}>"
    kind = f"vxlan id 42 dstport {PORT} nolearning {df}local {here} remote {there}"
    make = f"ip link add vx0 address {MACS[name]} type {kind}"
    up = f"ip link set vx0 mtu {mtu} up && ip addr add {inner}/30 dev vx0"
    known = f"ip neigh replace {far} lladdr {MACS[other]} dev vx0 nud permanent"
    commands = (make, up, known, f"ip route replace <net {net}> via {far}")
    return node(name, commands=commands, sysctls=(LEARNS,) if learns else ())


def ends(mtu: int = 1400, whole: bool = False, learns: bool = False) -> tuple[Node, Node]:
    """Both ends; `whole` = nobody may cut the tunnel's packets."""
    return (
        end("r1", "r2", "10.99.0.1", "10.99.0.2", "r2-server", mtu, whole, learns),
        end("r2", "r1", "10.99.0.2", "10.99.0.1", "client-r1", mtu, whole, learns),
    )


def below(rules: Firewall | None = None) -> Node:
    """The router between the tunnel's ends."""
    return node("u", firewall=rules)


ONE_WAY = stateless(RuleLine("drop", protocol="udp", dports=(PORT,), comes_from="u-r2"))
BOTH = stateless(RuleLine("accept", protocol="udp", dports=(PORT,)))
WAYS = ("client r1 u r2 server", "server r2 u r1 client")

MUTE = Firewall(
    (Chain("output", (RuleLine("drop", protocol="icmp", icmp="destination-unreachable"),)),)
)


def narrow(
    name: str, title: str, truth: Truth, mtu: int, *, mute: bool = True, learns: bool = False
) -> Lab:
    """The tunnel's packets, 50 bytes larger than what they carry, meet a link of 1400 below, and
    may not be cut."""
    nodes = (*plain("client server"), *ends(mtu, True, learns), below(MUTE if mute else None))
    lines = links("client r1 u r2 server", mtu={"u-r2": 1400})
    return Lab(
        name,
        title,
        nodes,
        lines,
        WAYS,
        (Talk("client", "server", manner=Manner.UPLOAD), *noise()),
        truth,
    )


HOSTS = {"h1": ("10.99.0.1", 17), "h2": ("10.99.0.2", 18), "h3": ("10.99.0.3", 19)}
BELOW = {"h1": "h1-u", "h2": "u-h2", "h3": "u-h3"}
FLOODS = 8472


def overlay(name: str, behind: dict[str, str], nets: dict[str, str]) -> Node:
    """A host of an overlay: for each other host an entry with its hardware address and one with
    where it is."""
    own, number = HOSTS[name]
    kind = f"vxlan id 42 dstport {FLOODS} nolearning local <{name}@{BELOW[name]}>"
    up = f"ip link set over0 mtu 1400 up && ip addr add {own}/24 dev over0"
    commands = [f"ip link add over0 address 02:00:00:99:00:{number} type {kind}", up]
    for other, where in behind.items():
        inner, mac = HOSTS[other][0], f"02:00:00:99:00:{HOSTS[other][1]}"
        commands.append(f"ip neigh replace {inner} lladdr {mac} dev over0 nud permanent")
        commands.append(f"bridge fdb append {mac} dev over0 dst <{where}@{BELOW[where]}>")
    commands += [
        f"ip route replace <net {net}> via {HOSTS[to][0]} dev over0 onlink"
        for net, to in nets.items()
    ]
    return node(name, role=Role.HOST, forwards=True, commands=tuple(commands))


def overlaid(name: str, title: str, truth: Truth, where: str) -> Lab:
    """[client] - (h1) === overlay === (h2) - [server], and a third host; h1 looks for h2's address
    behind `where`."""
    nodes = (
        *plain("client server u"),
        overlay("h1", {"h2": where, "h3": "h3"}, {"h2-server": "h2"}),
        overlay("h2", {"h1": "h1", "h3": "h3"}, {"client-h1": "h1"}),
        overlay("h3", {"h1": "h1", "h2": "h2"}, {}),
    )
    lines = links("client h1 u h2 server", "u h3")
    ways = ("client h1 u h2 server", "server h2 u h1 client")
    return Lab(name, title, nodes, lines, ways, (Talk("client", "server"), *noise()), truth)


MEND = "bridge fdb replace 02:00:00:99:00:18 dev over0 dst <h2@u-h2>"

LABS = (
    Lab(
        "tunnel-one-way",
        "A filter below the tunnel lets its packets through in one direction only: replies "
        "are lost there",
        (*plain("client server"), *ends(), below(ONE_WAY)),
        LINE,
        WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.ACL_PATH, WAY, back(WAY), "u", None, Direction.REVERSE, (("u", "flush"),)),
    ),
    Lab(
        "tunnel-healthy",
        "The same tunnel over a filter that lets its packets through in both directions",
        (*plain("client server"), *ends(), below(BOTH)),
        LINE,
        WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
    Lab(
        "tunnel-learned-one-way",
        "A tunnel that is a port of a bridge learns its far end by MAC address; a filter "
        "below drops one direction",
        (*plain("client server"), *BRIDGED, below(ONE_WAY)),
        LINE,
        WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.ACL_PATH, WAY, back(WAY), "u", None, Direction.REVERSE, (("u", "flush"),)),
    ),
    Lab(
        "tunnel-learned",
        "The same tunnel over a filter that lets its packets through in both directions",
        (*plain("client server"), *BRIDGED, below(BOTH)),
        LINE,
        WAYS,
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
    narrow(
        "tunnel-too-large",
        "A link below the tunnel has too small an MTU, and the router there sends no ICMP message",
        Truth(
            Cause.PMTUD_BLACKHOLE,
            WAY,
            back(WAY),
            "u",
            None,
            Direction.FORWARD,
            (("r1", "ip link set vx0 mtu 1350"),),
        ),
        1450,
    ),
    narrow(
        "tunnel-just-fits",
        "The same link without ICMP messages, but the tunnel sends no more than fits: the "
        "flow works",
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
        1350,
    ),
    narrow(
        "tunnel-told",
        "The router at the small link informs the tunnel's end, which informs the client: the "
        "flow works",
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
        1450,
        mute=False,
        learns=True,
    ),
    narrow(
        "tunnel-not-told",
        "The router at the small link informs the tunnel's end, which uses that for its own "
        "packets only",
        Truth(
            Cause.PMTUD_BLACKHOLE,
            WAY,
            back(WAY),
            "r1",
            None,
            Direction.FORWARD,
            (("r1", "sysctl -w net.ipv4.ip_forward_use_pmtu=1"),),
        ),
        1450,
        mute=False,
    ),
    overlaid(
        "overlay-entry-elsewhere",
        "An overlay's forwarding entry for the server's host still names another host, which "
        "drops the frames",
        Truth(
            Cause.STALE_NEIGHBOUR,
            "client h1 h3",
            "server h2 h1 client",
            "h3",
            "h1",
            Direction.FORWARD,
            (("h1", MEND),),
            cured_forward="client h1 h2 server",
        ),
        "h3",
    ),
    overlaid(
        "overlay-entries",
        "Harmless: the same overlay, and each entry names the host that has the address",
        Truth(Cause.HEALTHY_SYMMETRIC, "client h1 h2 server", "server h2 h1 client"),
        "h2",
    ),
)
