"""Devices that tell little or nothing: no sudo, or no login at all.

           +-- fw-a --+
client -- r1          r2 -- server
           +-- fw-b --+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.declare.rules import PING, default_deny, permit
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Node, Talk, Truth
from workbench.lab.topologies.firewall_pair_more import BACK_B, OUT_A, SIDES, unsynced

STRICT = default_deny(permit(443), PING)
WAY = "client r1 r2 r3 server"
LINE = links(WAY)


def pair(
    other: Account = Account.ROOT, client: Account = Account.ROOT, routers: Account = Account.ROOT
) -> tuple[Node, ...]:
    """The pair, with these logins."""
    return (
        node("client", account=client),
        node("r1", account=routers),
        node("r2", account=routers),
        node("server"),
        node("fw-a", firewall=STRICT),
        node("fw-b", firewall=STRICT, account=other),
    )


def crossed(name: str, title: str, nodes: tuple[Node, ...]) -> Lab:
    """Out by fw-a, back by fw-b."""
    return Lab(
        name,
        title,
        nodes,
        SIDES,
        (OUT_A, BACK_B),
        (Talk("client", "server"), *noise()),
        unsynced(OUT_A, BACK_B, "fw-b", "r2"),
        keep=("accounts",),
    )


LABS = (
    crossed(
        "no-sudo-on-firewall",
        "The firewall that drops shows its routes only: its login has no sudo",
        pair(Account.PLAIN),
    ),
    crossed(
        "no-sudo-on-routers", "Logins without sudo on both routers", pair(routers=Account.PLAIN)
    ),
    crossed(
        "no-login-on-client",
        "Nobody can log in to the client: it belongs to somebody else",
        pair(client=Account.NONE),
    ),
    Lab(
        "no-login-on-server",
        "Nothing listens on a server that nobody can log in to",
        (*plain("client r1 r2 r3"), node("server", account=Account.NONE)),
        LINE,
        (WAY, back(WAY)),
        (Talk("client", "server", port=8080, listen="none"), *noise()),
        Truth(Cause.SERVICE_NOT_LISTENING, WAY, back(WAY), "server", None, Direction.FORWARD),
        keep=("accounts",),
    ),
)
