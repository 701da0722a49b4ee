"""Where do the tunnels on the way lead?"""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Evidence, Query, QueryParams, Question
from collectors.model.records import Interface
from collectors.model.step import Options, Phase, RunPhase, Step, View
from collectors.model.tunnels import Peer
from collectors.playbook.audience import ask, involved, unusable


def queries(view: View, options: Options, run_phase: RunPhase) -> Iterator[Query]:
    """Devices on the way with a tunnel whose interface does not tell where it leads: WireGuard,
    some VXLAN."""
    shown = (item for item in view.evidence if item.question is Question.INTERFACES)
    having = {item.device for item in shown if any(map(_keeps_peers, item.of(Interface)))}
    devices = [device for device in involved(view) if device.name in having]
    return ask(devices, Question.TUNNELS, QueryParams(), STEP.id)


def _keeps_peers(link: Interface) -> bool:
    tunnel = link.tunnel
    if tunnel is None or tunnel.remote is not None:
        return False
    return tunnel.kind in ("wireguard", "vxlan")


def meaning(evidence: Evidence) -> str:
    """Which peers there are, and which of them was never heard."""
    peers = evidence.of(Peer)
    if not peers:
        return unusable(evidence) or "It shows no peers."
    words = f"{len(peers)} peers"
    silent = [f"{one.name} on {one.interface}" for one in peers if _never_heard(one)]
    return f"{words}; no handshake yet with {', '.join(silent[:8])}." if silent else f"{words}."


def _never_heard(peer: Peer) -> bool:
    return peer.heard is None and bool(peer.allowed)


STEP = Step(
    id="tunnels",
    title="Peers of tunnels",
    question="Which far end does a tunnel choose for this destination, and where is that?",
    phase=Phase.PROVE,
    run_phases=(RunPhase.TRACK,),
    queries=queries,
    answers=(Question.TUNNELS,),
    meaning=meaning,
    decision="The tunnel's own packets are a flow of their own: what happens below the tunnel"
    " matters too.",
)
