"""Translators side by side: replies that miss the one that knows them.

           +-- nat-a --+
client -- r1           r2 -- server
           +-- nat-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, Firewall, NatRule, RuleLine, default_deny, permit
from workbench.lab.declare.shapes import links, node, noise, plain
from workbench.lab.declare.words import Alias, Lab, Talk, Truth

SIDES = links("client r1 nat-a r2 server", "r1 nat-b r2")
OUT, HOME = "client r1 nat-a r2 server", "server r2 nat-a r1 client"
POOL = (Alias("pool", ("nat-a@lo", "nat-b@lo")),)


def hide(out: str, pool: str | None = "pool") -> Firewall:
    """Clients of r1 go out under another address."""
    return Firewall(
        translations=(NatRule("snat", RuleLine("accept", source="client-r1", goes_to=out), pool),)
    )


def publish(inside: str, to_port: int, out: str | None = None) -> Firewall:
    """A public address and port lead to the server; new connections otherwise are denied."""
    into = NatRule(
        "dnat",
        RuleLine("accept", protocol="tcp", destination="public", dports=(443,)),
        inside,
        to_port,
    )
    hidden = (NatRule("snat", RuleLine("accept", goes_to=out), None),) if out else ()
    rules = default_deny(permit(to_port), PING)
    return Firewall(rules.chains, (into, *hidden))


TRANSLATORS = (
    *plain("client r1 r2 server"),
    node("nat-a", firewall=hide("nat-a-r2")),
    node("nat-b", firewall=hide("nat-b-r2")),
)
STRAY = (OUT, "server r2 nat-b : pool", "r2 nat-a r1 client", "nat-b r1 client")


def strayed(ip: str) -> Truth:
    """Replies to the pool's address come to the translator that did not translate."""
    cure = (("r2", f"{ip} route replace <net pool> via <gw nat-a>"),)
    back = "server r2 nat-b"
    return Truth(
        Cause.NAT_RETURN_BYPASS,
        OUT,
        back,
        "nat-b",
        "r2",
        Direction.REVERSE,
        cure,
        cured_reverse=HOME,
    )


LABS = (
    Lab(
        "nat-pool-bypass",
        "Two translators share a pool; replies to its address are routed to the one that did not"
        " translate",
        TRANSLATORS,
        SIDES,
        STRAY,
        (Talk("client", "server"), *noise()),
        strayed("ip"),
        aliases=POOL,
    ),
    Lab(
        "nat-pool-bypass-v6",
        "IPv6 and UDP: answers to the pool's address are routed to the translator that has no "
        "session for them",
        TRANSLATORS,
        SIDES,
        STRAY,
        (Talk("client", "server", "udp", 3478), *noise()),
        strayed("ip -6"),
        aliases=POOL,
        family=6,
    ),
    Lab(
        "nat-forward-bypass",
        "A port forward comes in at one edge; replies leave by the other, which has no "
        "session for them and drops them",
        (
            *plain("client r1 r2 server"),
            node("nat-a", firewall=publish("server", 8443)),
            node("nat-b", firewall=publish("server", 8443, "r1-nat-b")),
        ),
        SIDES,
        ("client r1 nat-a : public", "r1 nat-a r2 server", "server r2 nat-b r1 client"),
        (Talk("client", "public", served_by="server", listen_port=8443), *noise()),
        Truth(
            Cause.NAT_RETURN_BYPASS,
            OUT,
            "server r2 nat-b r1 client",
            "nat-b",
            "r2",
            Direction.REVERSE,
            (("r2", "ip route replace <net client-r1> via <gw nat-a>"),),
            cured_reverse=HOME,
        ),
        aliases=(Alias("public"),),
    ),
    Lab(
        "nat-healthy",
        "Source translation that works: replies come back to the translator that has their session",
        (
            *plain("client r1 r2 server"),
            node("nat-a", firewall=hide("nat-a-r2")),
            node("nat-b", firewall=hide("nat-b-r2")),
        ),
        SIDES,
        (OUT, "server r2 nat-a : pool", "nat-a r1 client", "nat-b r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(Cause.HEALTHY_SYMMETRIC, OUT, HOME),
        aliases=POOL,
    ),
    Lab(
        "nat-masquerade-deny",
        "Behind a masquerading translator, a firewall denies the flow in its translated form",
        (
            *plain("client r1 r2 server"),
            node("nat-a", firewall=hide("nat-a-fw", None)),
            node("fw", firewall=default_deny(permit(80), PING)),
        ),
        links("client r1 nat-a fw r2 server"),
        ("client r1 nat-a fw r2 server", "server r2 fw nat-a r1 client"),
        (Talk("client", "server", port=3128), *noise()),
        Truth(
            Cause.TRANSIT_POLICY_DENY,
            "client r1 nat-a fw r2 server",
            "server r2 fw nat-a r1 client",
            "fw",
            None,
            Direction.FORWARD,
            (("fw", "flush"),),
        ),
    ),
    Lab(
        "nat-no-route-to-pool",
        "Replies to the translator's pool have no route",
        (*plain("client r1 r2 server"), node("nat-a", firewall=hide("nat-a-r2"))),
        links("client r1 nat-a r2 server"),
        (OUT, "server r2 : nat-a-r2", "nat-a r1 client"),
        (Talk("client", "server"), *noise()),
        Truth(
            Cause.NO_RETURN_ROUTE,
            OUT,
            "server r2",
            "r2",
            "r2",
            Direction.REVERSE,
            (("r2", "ip route add <net pool> via <gw nat-a>"),),
            cured_reverse=HOME,
        ),
        aliases=(Alias("pool", ("nat-a@lo",)),),
    ),
)
