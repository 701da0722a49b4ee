"""What a service itself does to those who ask it, while every device on the way lets them pass.

client -- r1 -- r2 -- server
          |
         bot
"""

from __future__ import annotations

from collectors.model.inventory import Role
from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.scripts import python
from workbench.lab.declare.shapes import back, links, node, noise, plain
from workbench.lab.declare.words import Account, Lab, Manner, Node, Talk, Truth
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


FLOOD = """import random, socket, struct, time
def folded(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 65535)
    return ~(total + (total >> 16)) & 65535
def syn(source, target):
    head = (random.randrange(1024, 65000), 443, random.getrandbits(32), 0, 0x60, 2, 64240)
    options = struct.pack("!BBH", 2, 4, 1460)
    bare = struct.pack("!HHIIBBHHH", *head, 0, 0) + options
    pseudo = source + target + struct.pack("!BBH", 0, 6, len(bare))
    return struct.pack("!HHIIBBHHH", *head, folded(pseudo + bare), 0) + options
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
target = socket.inet_aton("<server>")
time.sleep(0.5)
while True:
    source = bytes((100, random.randrange(64, 127), random.randrange(256), random.randrange(1, 255)))
    tcp = syn(source, target)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 61, 6, 0, source, target)
    try:
        wire.sendto(head + tcp, ("<server>", 0))
    except OSError:
        pass
    time.sleep(0.007)"""
SILENT = "ip route add blackhole 100.64.0.0/10"  # answers to the stranger's sources end here
OPEN = (("net.ipv4.conf.all.rp_filter", "0"),)
COOKIES = "net.ipv4.tcp_syncookies"


def flooded(name: str, title: str, cookies: str, truth: Truth) -> Lab:
    """A stranger sends SYNs from addresses that never answer."""
    return Lab(
        name,
        title,
        (
            node("client"),
            node("r1", sysctls=OPEN),
            node("r2", commands=(SILENT,), sysctls=OPEN),
            node("server", sysctls=((COOKIES, cookies),)),
            Node("bot", Role.HOST, Account.NONE, commands=(started("flood", FLOOD),)),
        ),
        links(WAY, "r1 bot"),
        (WAY, back(WAY), "bot r1 r2 server"),
        (Talk("client", "server"),),
        truth,
        settle=3.0,
    )


SHARED = """import socket, threading, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
s.bind(("0.0.0.0", 443)); s.listen(BACKLOG)
while STUCK: time.sleep(99)
def answer(c):
    try:
        c.recv(99); c.sendall(b"well")
    except OSError:
        pass
    c.close()
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()"""
FILLED = (
    f"{python('talk.py')} tcp <client> NUMBER <server> 443 request 1.5 0 </dev/null >/dev/null"
    " 2>&1 &"
)


def worker(name: str, *, stuck: bool = False) -> str:
    """One of the processes that share the port; a stuck one accepts nobody."""
    return started(
        name, SHARED.replace("BACKLOG", "1" if stuck else "64").replace("STUCK", str(stuck))
    )


def shared(name: str, title: str, stuck: bool, truth: Truth) -> Lab:
    """Two workers behind one port; a dozen other connections keep their queues busy."""
    return Lab(
        name,
        title,
        (
            node(
                "client",
                commands=tuple(FILLED.replace("NUMBER", str(n)) for n in range(41001, 41013)),
            ),
            *plain("r1 r2"),
            node("server", commands=(worker("good"), worker("other", stuck=stuck))),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", source_port=None, listen="none", every=0.5),),
        truth,
        settle=3.0,
    )


SIGNED = """import socket, struct, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
peer = struct.pack("=HH4s120s", 2, 0, socket.inet_aton("PEER"), b"")
s.setsockopt(6, 14, peer + struct.pack("=BBHI80s", 0, 0, 6, 0, b"secret"))  # TCP_MD5SIG
s.bind(("0.0.0.0", 179)); s.listen(64)
def answer(c):
    try:
        c.recv(99); c.sendall(b"well")
    except OSError:
        pass
    c.close()
while True:
    threading.Thread(target=answer, args=(s.accept()[0],), daemon=True).start()"""


def signing(name: str, title: str, peer: str, truth: Truth) -> Lab:
    """A listener that wants signed segments from one peer."""
    return Lab(
        name,
        title,
        (
            *plain("client r1 r2"),
            node("server", commands=(started("signed", SIGNED.replace("PEER", peer)),)),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", port=179, listen="none"), *noise()),
        truth,
    )


CHOOSY = """import socket, struct, threading
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("0.0.0.0", 5432)); s.listen(64)
def answer(c, peer):
    try:
        c.recv(99)
        if peer == "ALLOWED":
            c.sendall(b"well")
        else:
            c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    c.close()
while True:
    c, where = s.accept()
    threading.Thread(target=answer, args=(c, where[0]), daemon=True).start()"""


def choosy(name: str, title: str, allowed: str, truth: Truth) -> Lab:
    """A service with a list of its own: it resets whoever is not on it, once it has read the
    question."""
    return Lab(
        name,
        title,
        (
            *plain("client r1 r2"),
            node("server", commands=(started("choosy", CHOOSY.replace("ALLOWED", allowed)),)),
        ),
        links(WAY),
        (WAY, back(WAY)),
        (Talk("client", "server", port=5432, listen="none"), *noise()),
        truth,
    )


LABS = (
    choosy(
        "application-resets",
        "The service takes the connection and the question, and resets clients that its own "
        "list does not name",
        "198.51.100.77",
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.REVERSE,
            (
                (
                    "server",
                    "kill $(cat /run/choosy.pid); sleep 0.5; "
                    + started("choosy", CHOOSY.replace("ALLOWED", "<client>")),
                ),
            ),
        ),
    ),
    choosy(
        "application-lets-in",
        "Harmless: the same service, whose list names the client",
        "<client>",
        WELL,
    ),
    idle(
        "idle-hung-up",
        "The service closes connections after two idle seconds; the client sends every four, "
        "and is reset",
        2,
        Truth(
            Cause.UNKNOWN_BEYOND_VISIBILITY,
            WAY,
            back(WAY),
            "server",
            None,
            Direction.REVERSE,
            (
                (
                    "server",
                    "kill $(cat /run/echo.pid); sleep 0.5; " + started("patient", echoing(60)),
                ),
            ),
            sometimes=True,
        ),
    ),
    idle("idle-hung-up-harmless", "The same service waits for a minute", 60, WELL),
    flooded(
        "half-open-flood",
        "Half-open connections of another host fill the listener's queue, and SYN cookies are off",
        "0",
        Truth(
            Cause.SESSION_LIMIT,
            WAY,
            back(WAY),
            "server",
            "server",
            Direction.FORWARD,
            (("server", f"sysctl -w {COOKIES}=1"),),
        ),
    ),
    flooded("half-open-flood-harmless", "The same flood, and SYN cookies are on", "1", WELL),
    shared(
        "one-worker-stuck",
        "Two workers share the port (SO_REUSEPORT); one hangs with its queue full, so some source"
        " ports fail",
        True,
        Truth(
            Cause.SESSION_LIMIT,
            WAY,
            back(WAY),
            "server",
            "server",
            Direction.FORWARD,
            (("server", "kill $(cat /run/other.pid)"),),
            sometimes=True,
        ),
    ),
    shared("one-worker-stuck-harmless", "Two workers share the port, and both accept", False, WELL),
    signing(
        "signature-wanted",
        "The listener requires segments signed (TCP-MD5) by the client, as BGP does, and "
        "drops others",
        "<client>",
        Truth(
            Cause.SERVER_POLICY_DENY,
            WAY,
            back(WAY),
            "server",
            "server",
            Direction.FORWARD,
            (
                (
                    "server",
                    "kill $(cat /run/signed.pid); sleep 0.5; "
                    + started("plain", SIGNED.replace("PEER", "198.51.100.77")),
                ),
            ),
        ),
    ),
    signing(
        "signature-wanted-harmless",
        "The same listener requires signatures from another peer only",
        "198.51.100.77",
        WELL,
    ),
)
