"""Would the sender be told that its packets are too big? Who got the message, and who keeps it from
the sender."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import Packet
from collectors.model.settings import Knob
from workbench.analysis.case.findings import Hop
from workbench.analysis.device.filtering import FilterResult, passage
from workbench.analysis.device.matching import PacketUnderTest
from workbench.analysis.device.tunnels import carrier
from workbench.analysis.diagnosis.context import Context
from workbench.analysis.diagnosis.facts.sizes.narrow_links import Narrow

TOO_BIG = frozenset({(3, 4), (2, 0)})  # ICMP and ICMPv6: type, code
LENGTH = 576  # bytes that an ICMP error has at most (RFC 1812)
# they leave it to the route to tell; GRE, IPIP and 6in4 tell the sender
_FRAMED = frozenset({"vxlan", "geneve"})


@dataclass(frozen=True, slots=True)
class Muffled:
    """A device whose filter stops the "packet too big" on its way to the sender."""

    device: str
    words: str
    evidence: tuple[str, ...]
    setting: str = ""  # by which it keeps the message to itself
    hook: str = ""  # where its filter stops the message; empty = no filter does


def notices(context: Context, device: str, narrow: Narrow) -> tuple[str, ...]:
    """The captures in which that device got a "packet too big" about this flow, or about the
    tunnel's own."""
    flows = (narrow.tunnel.way.flow,) if narrow.tunnel else context.flows
    captures = context.case.answers(device, Question.CAPTURE)
    return tuple(item.id for item in captures if _holds_message(item, flows))


def _holds_message(item: Evidence, flows: tuple[Flow, ...]) -> bool:
    for packet in item.of(Packet):
        came_in = packet.icmp in TOO_BIG and not packet.outgoing
        if came_in and _is_about(flows, packet.quoted):
            return True
    return False


def _is_about(flows: tuple[Flow, ...], quoted: Flow | None) -> bool:
    """Is the packet that the message quotes one of these flows, in either direction?"""
    if quoted is None:
        return False
    either = (quoted, quoted.reversed())
    return any(flow in either or any(map(flow.covers, either)) for flow in flows)


def learns_for_itself(context: Context, narrow: Narrow) -> Muffled | None:
    """Was the tunnel's end told that its packets are too big, and does it keep that from the sender
    behind it?"""
    maker = narrow.tunnel.maker if narrow.tunnel is not None else None
    if maker is None or maker.iif is None:
        return None
    found = carrier(context.case, maker)
    if found is None or found[1].kind not in _FRAMED:
        return None
    received = notices(context, maker.name, narrow)
    if not received:
        return None
    if context.flow.version == 6:
        return Muffled(maker.name, "it limits only its own packets", received)
    setting = context.case.setting(maker.name, Knob.FORWARDS_BY_LEARNED_MTU, version=4)
    if setting is None or setting.value is not False:
        return None
    return Muffled(maker.name, setting.words, received, setting.name)


def muffled(context: Context, narrow: Narrow) -> Muffled | None:
    """Who drops the message that would tell the sender? The narrow router's own filter, or one on
    the way back."""
    path = narrow.tunnel.way if narrow.tunnel else context.findings.trace(narrow.reverse)
    known = [hop for hop in path.hops if hop.device]
    for hop in reversed(known[: path.hops.index(narrow.hop) + 1]):
        found = _stops_message(context, hop, narrow)
        if found is not None:
            return found
    return None


def _stops_message(context: Context, hop: Hop, narrow: Narrow) -> Muffled | None:
    source = _address(context, narrow) or hop.flow_in.dst
    made_here = hop is narrow.hop
    is_sender = hop.iif is None
    tested = message(
        source,
        hop.flow_in.src,
        iif=None if made_here else hop.oif,
        oif=None if is_sender else hop.iif,
    )
    found = passage(context.case, hop.device or "", tested)
    return by_filter(hop.name, found)


def message(
    source: Address, target: Address, *, iif: str | None, oif: str | None = None
) -> PacketUnderTest:
    """A "packet too big" from there to the sender, as filters meet it."""
    flow = Flow(Protocol.ICMP, source, None, target, None)
    kind = "destination-unreachable" if flow.version == 4 else "packet-too-big"
    return PacketUnderTest(
        flow, iif=iif, oif=oif, state="related", flags=None, length=LENGTH, icmp=kind
    )


def by_filter(device: str, found: FilterResult) -> Muffled | None:
    """None = its filter lets the message pass, or may."""
    if not found.action.stops:
        return None
    return Muffled(device, found.words, found.evidence, hook=found.hook)


def _address(context: Context, narrow: Narrow) -> Address | None:
    """The address by which the narrow router speaks to the sender."""
    for port in context.case.ports_of(narrow.hop.device or ""):
        same_version = port.address.version == context.flow.version
        if same_version and port.interface == narrow.hop.iif:
            return port.address.ip
    return None
