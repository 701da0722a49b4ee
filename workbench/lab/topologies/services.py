"""What a service itself does to those who ask it, while every device on the way lets them pass.

client -- r1 -- r2 -- server
"""

from __future__ import annotations

from workbench.analysis.verdict import Cause, Direction
from workbench.lab.declare import Lab, Manner, Talk, Truth
from workbench.lab.shapes import back, links, node, noise, plain
from workbench.lab.topologies.odd_ends import STARTED

PYTHON = STARTED[0]
WAY = "client r1 r2 server"
WELL = Truth(Cause.HEALTHY_SYMMETRIC, WAY, back(WAY))


def started(name: str, text: str) -> str:
    """Write a script and leave it running."""
    run = f"{PYTHON} /run/{name}.py </dev/null >/run/{name}.log 2>&1 & echo $! > /run/{name}.pid"
    return f"cat > /run/{name}.py <<'END'\n{text}\nEND\n{run}"


def echoing(patience: int) -> str:
    """A service that says again what it hears, and closes after so many seconds without a word."""
    return f"""import socket, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 443)); s.listen(64)
def answer(c):
    c.settimeout({patience})
    try:
        while data := c.recv(99):
            c.sendall(data)
    except OSError:
        pass
    c.close()
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()"""


def idle(name: str, title: str, patience: int, truth: Truth) -> Lab:
    """The client says something every four seconds."""
    return Lab(
        name,
        title,
        (*plain("client r1 r2"), node("server", commands=(started("echo", echoing(patience)),))),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", listen="none", manner=Manner.STREAM, every=4.0), *noise()),
        truth,
        keep=("talk",),
    )


LABS = (
    idle(
        "idle-hung-up",
        "The service closes connections after two seconds of silence; the client speaks every four, and is reset",
        2,
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.REVERSE,
            (("server", "kill $(cat /run/echo.pid); sleep 0.5; " + started("patient", echoing(60))),),
            sometimes=True,
        ),
    ),
    idle("idle-hung-up-harmless", "The same service waits for a minute", 60, WELL),
)
