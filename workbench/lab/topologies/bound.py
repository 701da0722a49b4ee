"""A service that takes every address, and only what comes in by one interface (SO_BINDTODEVICE).

client -- r1 -- r3 -- server
           +--- r2 ---+
"""

from __future__ import annotations

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.shapes import back, links, node, plain
from workbench.lab.declare.words import Lab, Talk, Truth

WAY = "client r1 r3 server"
SERVE = python("serve.py")
INTERPRETER = SERVE.rpartition(" ")[0]
PROGRAM = """cat > /run/app.py <<'END'
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, 25, b"<dev {0}>")
s.bind(("0.0.0.0", 443)); s.listen(64)
while True:
    c = s.accept()[0]
    try:
        c.recv(99); c.sendall(b"well")
    except OSError:
        pass
    c.close()
END
{1} /run/app.py </dev/null >/dev/null 2>&1 & echo $! > /run/app.pid"""
UNBOUND = (
    f"kill $(cat /run/app.pid); sleep 0.5; {SERVE} tcp 0.0.0.0 443 </dev/null >/dev/null 2>&1 &"
)


def bound(name: str, title: str, link: str, truth: Truth) -> Lab:
    """The service is bound to the server's interface on that link."""
    server = node("server", commands=(PROGRAM.format(link, INTERPRETER),))
    talk = Talk("client", "server@r3-server", listen="none")
    ways = links(WAY, "r1 r2 server")
    return Lab(
        name, title, (*plain("client r1 r2 r3"), server), ways, (WAY, back(WAY)), (talk,), truth
    )


LABS = (
    bound(
        "bound-to-other-interface",
        "The service listens on every address, but is bound to the other interface",
        "r2-server",
        Truth(
            Cause.SERVICE_NOT_LISTENING,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.FORWARD,
            (("server", UNBOUND),),
        ),
    ),
    bound(
        "bound-to-its-interface",
        "The same service, bound to the interface on which the requests arrive: healthy",
        "r3-server",
        Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY)),
    ),
)
