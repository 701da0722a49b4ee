"""Does a daemon that shares sessions run on a device, and what keeps this session from being
shared?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from itertools import chain

from collectors.model.counters import CounterMeaning
from collectors.model.evidence import Evidence, Question
from collectors.model.flow import Flow, Protocol
from collectors.model.records import Counter
from collectors.model.settings import DeviceSetting, Knob, Value
from workbench.analysis.case.wording import listed
from workbench.analysis.diagnosis.context import Context

_PROTOCOLS = {Protocol.ICMP: ("ICMP", "IPv6-ICMP")}


@dataclass(frozen=True, slots=True)
class Entry:
    """What of the configuration leaves the session out: in words, the setting, and what of it."""

    words: str
    knob: Knob
    item: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """One entry of a daemon's configuration that keeps a session from being shared."""

    device: str
    daemon: str
    entry: Entry
    path: str | None
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """For a reason and a headline."""
        return f"{self.daemon} of {self.device} {self.entry.words}"


@dataclass(frozen=True, slots=True)
class Syncing:
    """What the daemon of one device has exchanged: packets since it started."""

    device: str
    daemon: str
    sent: int
    received: int
    evidence: tuple[str, ...]

    @property
    def words(self) -> str:
        """For a reason: what it does, and where to look for what it leaves out."""
        runs = (
            f"{self.daemon} runs on {self.device} and exchanges messages ({self.sent} sent,"
            f" {self.received} received)"
        )
        return (
            f"{runs}, and this session is not shared: its configuration's Filter may leave it out,"
            " or it comes late"
        )


def syncing(context: Context, device: str) -> Syncing | None:
    """The daemon of that device, where it runs and messages go there and back; None = it does not,
    or did not tell."""
    item = _running(context, device)
    if item is None:
        return None
    numbers = {one.meaning: one.value for one in item.of(Counter)}
    sent = numbers.get(CounterMeaning.SYNC_SENT, 0)
    received = numbers.get(CounterMeaning.SYNC_RECEIVED, 0)
    if not sent or not received:
        return None
    return Syncing(device, _daemon(item), sent, received, (item.id,))


def left_out(context: Context, holder: str | None, listener: str) -> LeftOut | None:
    """Why `listener` does not learn of this session from `holder`; both must run the daemon."""
    if holder is None or _running(context, holder) is None:
        return None
    if _running(context, listener) is None:
        return None
    return _unshared(context, holder) or _unused(context, listener)


def _running(context: Context, device: str) -> Evidence | None:
    item = context.case.answer(device, Question.STATE_SYNC)
    runs = item is not None and True in _values(item, Knob.SYNC_RUNS)
    return item if runs else None


def _daemon(item: Evidence) -> str:
    """What the device calls the program that shares sessions."""
    runs = (one.label for one in item.of(DeviceSetting) if one.knob is Knob.SYNC_RUNS)
    return next(runs)


def _values(item: Evidence, knob: Knob) -> tuple[Value | None, ...]:
    return tuple(one.value for one in item.of(DeviceSetting) if one.knob is knob)


def _texts(item: Evidence, knob: Knob) -> tuple[str, ...]:
    """The entries of a list, as the device writes them."""
    return tuple(one.text for one in item.of(DeviceSetting) if one.knob is knob)


def _unshared(context: Context, device: str) -> LeftOut | None:
    """What of its Filter leaves the session out?"""
    item = _running(context, device)
    if item is None or not item.whole:
        return None
    flow = _original(context, device)
    every = chain(
        _by_address(item, flow), _by_protocol(item, flow), _by_state(context, device, item, flow)
    )
    found = next(every, None)
    return LeftOut(device, _daemon(item), found, _path(item), (item.id,)) if found else None


def _original(context: Context, device: str) -> Flow:
    """The flow as the session on that device has it: as its first packet came in."""
    hop = context.hop(device, reverse=False)
    return hop.flow_in if hop is not None else context.flow


def _path(item: Evidence) -> str | None:
    return next(iter(_texts(item, Knob.SYNC_CONFIGURATION)), None)


def _by_address(item: Evidence, flow: Flow) -> Iterator[Entry]:
    ends = (str(flow.src), str(flow.dst))
    for text in _texts(item, Knob.SYNC_ADDRESS_IGNORED):
        held = [end for end in ends if _within(end, text)]
        if held:
            whose = text if text == held[0] else f"{text}, which {held[0]} is of"
            what = f"leaves this session out: its Filter ignores the address {whose}"
            yield Entry(what, Knob.SYNC_ADDRESS_IGNORED, text)
    accepted = _texts(item, Knob.SYNC_ADDRESS_ACCEPTED)
    among_them = any(_within(end, text) for end in ends for text in accepted)
    if accepted and not among_them:
        what = (
            f"leaves this session out: its Filter accepts {listed(accepted)} only, and neither end"
            " is among them"
        )
        yield Entry(what, Knob.SYNC_ADDRESS_ACCEPTED, str(flow.dst))


def _within(address: str, network: str) -> bool:
    """An entry that is no network holds nothing."""
    try:
        return ip_network(address).subnet_of(ip_network(network, strict=False))  # type: ignore[arg-type]
    except (ValueError, TypeError):
        return False


def _by_protocol(item: Evidence, flow: Flow) -> Iterator[Entry]:
    names = _PROTOCOLS.get(flow.protocol, (str(flow.protocol).upper(),))
    accepted = _texts(item, Knob.SYNC_PROTOCOL_ACCEPTED)
    ignored = _texts(item, Knob.SYNC_PROTOCOL_IGNORED)
    if accepted and set(names).isdisjoint(accepted):
        what = f"leaves this session out: its Filter accepts {listed(accepted)} only"
        yield Entry(what, Knob.SYNC_PROTOCOL_ACCEPTED, names[0])
    elif not set(names).isdisjoint(ignored):
        what = f"leaves this session out: its Filter ignores {names[0]}"
        yield Entry(what, Knob.SYNC_PROTOCOL_IGNORED, names[0])


def _by_state(context: Context, device: str, item: Evidence, flow: Flow) -> Iterator[Entry]:
    """A session that waits for its first answer is SYN_SENT, and the answer goes to the other
    device."""
    if flow.protocol is not Protocol.TCP or not context.held(device).half_open:
        return
    accepted = _texts(item, Knob.SYNC_STATE_ACCEPTED)
    ignored = _texts(item, Knob.SYNC_STATE_IGNORED)
    what = "shares a session only once it is answered: its Filter leaves SYN_SENT out"
    if accepted and "SYN_SENT" not in accepted:
        yield Entry(what, Knob.SYNC_STATE_ACCEPTED)
    elif "SYN_SENT" in ignored:
        yield Entry(what, Knob.SYNC_STATE_IGNORED)


def _unused(context: Context, device: str) -> LeftOut | None:
    """Does it keep what it receives in a cache of its own, until somebody commits it to the
    kernel?"""
    item = _running(context, device)
    if item is None or not item.whole or context.held(device).sessions:
        return None
    if _values(item, Knob.SYNC_KEEPS_APART) != (True,):
        return None
    what = "keeps what its partner sends in its external cache, which is not used for packets"
    entry = Entry(what, Knob.SYNC_KEEPS_APART)
    return LeftOut(device, _daemon(item), entry, _path(item), (item.id,))
