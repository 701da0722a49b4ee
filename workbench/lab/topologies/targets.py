"""A translation with several targets: chance, a turn or a hash decides anew for each connection.

                   +-- web-a
client -- r1 -- lb +-- web-b
                   +-- web-c
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Alias, Lab, Node, Segment, Talk, Truth

PORT = 8443
VIP = (Alias("vip", ("lb@lo",)),)
NFT = (
    "nft 'table ip share {{ chain to {{ type nat hook prerouting priority dstnat; {match} dnat to"
    " {choice}; }}; }}'"
)
NFT_FLUSH = "nft flush ruleset"


def among(choice: str, *servers: str) -> str:
    """A map from numbers to these servers, by nft's `choice`."""
    numbered = ", ".join(f"{number} : <{server}>" for number, server in enumerate(servers))
    return f"{choice} mod {len(servers)} map {{ {numbered} }}"


def balancer(match: str, choice: str) -> Node:
    """One that translates the target only; replies come back through it."""
    return node("lb", commands=(NFT.format(match=match, choice=choice),))


def farm(*servers: str) -> tuple[Segment, ...]:
    """The links, and a LAN of these servers behind the balancer."""
    return (*links("client r1 lb"), Segment("farm", " ".join(("lb", *servers)), host_size=True))


def ways(*servers: str) -> tuple[str, ...]:
    """Clients reach the shared address, and these servers know the way back."""
    return ("client r1 lb : vip", *(f"{server} lb r1 client" for server in servers))


def checks(*servers: str, protocol: str = "tcp") -> tuple[Talk, ...]:
    """The balancer looks after its servers from time to time."""
    return tuple(Talk("lb", server, protocol, PORT, None, every=2.0) for server in servers)


def asked(served_by: str, protocol: str = "tcp", listen: str = "any") -> Talk:
    """The client asks for the shared address, from another port each time."""
    return Talk(
        "client", "vip", protocol, PORT, None, served_by=served_by, listen=listen, every=0.5
    )


THREE, TWO = ("web-a", "web-b", "web-c"), ("web-a", "web-b")
TCP, UDP = f"tcp dport {PORT}", f"udp dport {PORT}"
HASH = "jhash ip saddr . udp sport"
NTH = (
    (
        f"iptables-nft -t nat -A PREROUTING -p tcp --dport {PORT} -d <vip> -m statistic --mode nth"
        " --every 2 --packet 0 -j DNAT --to-destination <web-a>"
    ),
    (
        f"iptables-nft -t nat -A PREROUTING -p tcp --dport {PORT} -d <vip> -j DNAT --to-destination"
        " <web-b>"
    ),
)


def to(server: str) -> str:
    """The way of those that are sent to this server."""
    return f"client r1 lb {server}"


def fro(server: str) -> str:
    """And the way back."""
    return f"{server} lb r1 client"


LABS = (
    Lab(
        "targets-one-down",
        "Three servers take turns behind one address, and one of them is powered off",
        (*plain("client r1 web-a web-b"), balancer(TCP, among("numgen inc", *THREE)), node("web-c", down=True)),
        farm(*THREE),
        ways(*THREE),
        (asked("web-c", listen="none"), *checks(*TWO), *noise("client", "web-a")),
        Truth(
            Cause.HOST_DOWN,
            to("web-c"),
            fro("web-c"),
            "web-c",
            "lb",
            Direction.FORWARD,
            (("lb", f"{NFT_FLUSH}; {NFT.format(match=TCP, choice=among('numgen inc', *TWO))}"),),
            sometimes=True,
            cured_forward=to("web-a"),
            cured_reverse=fro("web-a"),
        ),
        aliases=VIP,
    ),
    Lab(
        "targets-one-mute",
        "A hash of sources and ports picks one of two servers, and one of them has no route "
        "back; UDP",
        (*plain("client r1 web-a web-b"), balancer(UDP, among(HASH, *TWO))),
        farm(*TWO),
        ways("web-a"),
        (asked("web-b", "udp"), *checks("web-a", protocol="udp"), *noise("client", "web-a")),
        Truth(
            Cause.NO_RETURN_ROUTE,
            to("web-b"),
            "web-b",
            "web-b",
            "web-b",
            Direction.REVERSE,
            (("web-b", "ip route replace <net client-r1> via <gw lb>"),),
            sometimes=True,
            cured_reverse=fro("web-b"),
        ),
        aliases=VIP,
    ),
    Lab(
        "targets-one-idle",
        "Every second connection is sent to a server on which nothing listens",
        (*plain("client r1 web-a web-b"), node("lb", commands=NTH)),
        farm(*TWO),
        ways(*TWO),
        (asked("web-b", listen="none"), *checks("web-a"), *noise("client", "web-a")),
        Truth(
            Cause.SERVICE_NOT_LISTENING,
            to("web-b"),
            fro("web-b"),
            "web-b",
            "web-b",
            Direction.FORWARD,
            (("lb", "iptables-nft -t nat -D PREROUTING 2"), ("lb", "iptables-nft -t nat -D PREROUTING 1"),
             ("lb", NTH[1].replace("web-b", "web-a"))),
            sometimes=True,
            cured_forward=to("web-a"),
            cured_reverse=fro("web-a"),
        ),
        aliases=VIP,
    ),
    Lab(
        "targets-healthy",
        "One of two servers is picked at random, and both work",
        (*plain("client r1 web-a web-b"), balancer(TCP, among("numgen random", *TWO))),
        farm(*TWO),
        ways(*TWO),
        (asked("web-a"), *checks("web-b"), *noise("client", "web-a")),
        Truth(Cause.HEALTHY_SYMMETRIC, to("web-a"), fro("web-a"), swap=TWO),
        aliases=VIP,
    ),
)  # fmt: skip
