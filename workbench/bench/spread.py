"""How long does it take to ask four hashing devices for every ephemeral port, and to put the
answers together?"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from collectors.answering import reading_of
from collectors.model.answer import Output
from collectors.model.evidence import QueryParams, Question
from collectors.model.flow import Flow
from collectors.model.records import RouteChoice
from collectors.platforms.linux import LINUX
from workbench.analysis.ecmp.spread import ports
from workbench.bench.figures import Figure

Tell = Callable[[str], None]
DEVICES = 4
FLOW = Flow.parse("tcp 192.0.2.20:* > 203.0.113.10:443")


def measure(tell: Tell) -> Iterator[Figure]:
    """Ask kernels that hash between two next hops, all at once, and read what they answer."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        tell("left out: network namespaces need root")
        return
    with hashing_devices() as names:
        tell(f"asking {len(names)} devices about {len(ports()):,} source ports")
        began = time.perf_counter()
        tables = list(ThreadPoolExecutor(DEVICES).map(table, names))
        shares = [
            sum(gateway == "10.0.0.2" for gateway in one.values()) / len(one) for one in tables
        ]
        took = time.perf_counter() - began
    note = "share of the first branch " + ", ".join(f"{share:.2f}" for share in shares)
    yield Figure("spread of every port", took, "s", bar=5.0, note=note)


def table(name: str) -> dict[int, str]:
    """The branch of each port on one device."""
    params = QueryParams(flow=FLOW, iif="in0", ports=ports())
    command = LINUX.answers[Question.ROUTE_SPREAD].command(params) or ""
    ran = subprocess.run(
        ["ip", "netns", "exec", name, "sh", "-c", command], capture_output=True, check=True
    )
    output = Output(ran.stdout, ran.stderr, ran.returncode)
    records = reading_of(LINUX, Question.ROUTE_SPREAD, output, params).records
    return {
        r.sport or 0: str(r.next_hop and r.next_hop.gateway)
        for r in records
        if isinstance(r, RouteChoice)
    }


@contextmanager
def hashing_devices() -> Iterator[list[str]]:
    """Routers with two equal next hops each, in namespaces of their own."""
    names = [f"bwspread{os.getpid()}-{number}" for number in range(DEVICES)]
    try:
        for name in names:
            _ip("netns", "add", name)
            for command in _SET_UP:
                _ip("-n", name, *command.split())
            for key in ("ip_forward=1", "fib_multipath_hash_policy=1"):
                _ip("netns", "exec", name, "sysctl", "-qw", f"net.ipv4.{key}")
        yield names
    finally:
        for name in names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)


_SET_UP = (
    "link set lo up",
    "link add in0 type veth peer name in1",
    "link add out0 type veth peer name out1",
    "link set in0 up",
    "link set in1 up",
    "link set out0 up",
    "link set out1 up",
    "addr add 192.0.2.1/24 dev in0",
    "addr add 10.0.0.1/24 dev out0",
    "route add 203.0.113.0/24 nexthop via 10.0.0.2 nexthop via 10.0.0.3",
)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
