"""Would a tunnel's far end take what it carries? Its key must be the same, and the sender one that
it lets in."""

from __future__ import annotations

from collections.abc import Iterator

from collectors.model.evidence import Question
from collectors.model.flow import Address
from collectors.model.remedy import Advice, Remedy
from collectors.model.remedy.routes import LetPeerIn
from collectors.model.tunnels import Peer, Tunnel
from workbench.analysis.case.findings import Hop, Trace
from workbench.analysis.device.tunnels import WIREGUARD, carrier, outer_flow, peers, tunnel_at
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.stops.drop_reasons import DropExplanation, DropReason

_KEYED = {"gre": "key", "gretap": "key", "vxlan": "id", "geneve": "id"}


def refused_at_far_end(context: Context, way: Trace) -> Iterator[DropExplanation]:
    """Why the device at which the tunnel's packets arrive would not take what they carry."""
    maker, end = _maker(context, way), way.hops[-1].device if way.hops else None
    found = carrier(context.case, maker) if maker is not None else None
    if maker is None or found is None or end is None or end == maker.device:
        return
    if found[1].kind == WIREGUARD:
        yield from _not_let_in(context, end, way, maker.flow_out.src)
    elif found[1].kind in _KEYED:
        yield from _other_key(context, end, maker, found[1])


def _maker(context: Context, way: Trace) -> Hop | None:
    ways = (context.findings.trace(way.reverse), *context.findings.below)
    return next(
        (hop for one in ways for hop in one.hops if outer_flow(context.case, hop) == way.flow), None
    )


def _not_let_in(context: Context, end: str, way: Trace, src: Address) -> Iterator[DropExplanation]:
    """WireGuard takes from a peer only what it would also send to it."""
    if not context.case.asked(end, Question.TUNNELS):
        return
    sender = way.hops[-1].flow_in.src
    links = sorted(
        {one.interface for one in context.case.records(end, Question.TUNNELS, Peer) if one.allowed}
    )
    for link in links:
        known = [one for one in peers(context.case, end, link) if one.endpoint == sender]
        if len(known) == 1 and not _lets_in(known[0], src):
            text = f"{link} takes nothing from {src} by this peer ({_listed(known[0])})"
            yield _explanation(context, end, text, LetPeerIn(end, known[0], src))


def _lets_in(peer: Peer, src: Address) -> bool:
    return any(net.version == src.version and src in net for net in peer.allowed)


def _listed(peer: Peer) -> str:
    return f"allowed ips: {', '.join(map(str, peer.allowed[:4])) or 'none'}"


def _other_key(context: Context, end: str, maker: Hop, sent: Tunnel) -> Iterator[DropExplanation]:
    """Each key, or network identifier, is a tunnel of its own."""
    own = {port.address.ip for port in context.case.ports_of(maker.device or "")}
    tunnels = (
        (link.name, tunnel_at(context.case, end, link.name))
        for link in context.case.interfaces(end)
    )
    alike = [(name, one) for name, one in tunnels if one is not None and one.kind == sent.kind]
    meant = [(name, one) for name, one in alike if one.remote is None or one.remote in own]
    if not meant or any(one.key == sent.key for _, one in meant):
        return
    name, one = meant[0]
    word = _KEYED[sent.kind]
    text = (
        f"{name} has {word} {_or_none(one.key)}, and {maker.name} sends {word} {_or_none(sent.key)}"
    )
    change = Advice(end, f"give both ends the same {word}", f"the {word} as it was")
    yield _explanation(context, end, text, change)


def _or_none(key: int | None) -> str:
    return "none" if key is None else str(key)


def _explanation(context: Context, device: str, text: str, cure: Remedy) -> DropExplanation:
    evidence = context.evidence(device, Question.TUNNELS, Question.INTERFACES)
    sentence = f"{device} would drop it: {text}"
    return DropExplanation(DropReason.STATELESS, sentence, evidence=evidence, cure=cure, why=text)
