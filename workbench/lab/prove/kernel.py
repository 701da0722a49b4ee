"""What the kernel of each node says about one packet: the lab's own proof, apart from all analysis
code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from collectors.model.flow import Flow
from workbench.lab.build.namespaces import run_inside
from workbench.lab.declare.plan import LabPlan


def next_node(plan: LabPlan, pid: int, here: str, flow: Flow, before: str | None) -> str | None:
    """The declared name of the node that `here` hands this packet to; itself = delivered here; None
    = nowhere."""
    words = f"to {flow.dst} from {flow.src}"
    if before is not None:
        words += f" iif {plan.shared(before, here).device}"
    if flow.dport:
        words += f" ipproto {flow.protocol} dport {flow.dport}" + (
            f" sport {flow.sport}" if flow.sport else ""
        )
    done = run_inside(pid, f"ip -j -{flow.version} route get {words}")
    if done.returncode or not done.stdout.strip().startswith("["):
        return None
    return _owner(plan, here, json.loads(done.stdout)[0], flow)


def _owner(plan: LabPlan, here: str, answer: dict[str, object], flow: Flow) -> str | None:
    if answer.get("type", "unicast") == "local":
        return here
    if answer.get("type", "unicast") != "unicast":
        return None
    via = answer.get("via")
    gateway = str(
        answer.get("gateway") or (via.get("host") if isinstance(via, dict) else "") or flow.dst
    )
    segment = next((p.segment for p in plan.ports_of(here) if p.device == answer.get("dev")), None)
    for port in plan.ports:
        if (
            port.segment == segment
            and port.node != here
            and gateway in (str(port.address.ip), port.link_local)
        ):
            return port.node
    for alias in plan.lab.aliases:
        if str(plan.aliases[alias.name].ip) == gateway and alias.at:
            return alias.at[0].partition("@")[0]
    return gateway


def kernel_path(plan: LabPlan, pids: dict[str, int], start: str, flow: Flow) -> Iterator[str]:
    """The nodes that routing selects for a packet, asked hop by hop of their kernels."""
    here, before = start, None
    for _ in range(32):
        yield here
        if here not in pids:
            return
        there = next_node(plan, pids[here], here, flow, before)
        if there is None or there == here:
            return
        here, before = there, here


def chooses(plan: LabPlan, pids: dict[str, int], path: str, flow: Flow) -> bool:
    """Would every router of this path hand the packet to the next one of the path?"""
    hops = path.split()
    steps = zip([None, *hops], pairwise(hops), strict=False)
    return all(
        before is None or next_node(plan, pids[here], here, flow, before) == there
        for before, (here, there) in steps
    )
