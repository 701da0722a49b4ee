"""What a parser read in an output, as lines for the evidence drawer."""

from __future__ import annotations

from dataclasses import MISSING, fields, is_dataclass
from typing import Any

from collectors.model.flow import Flow
from collectors.model.records import Packet

MOST = 200


def lines(records: tuple[Any, ...]) -> list[str]:
    """One line per record, the first MOST of them."""
    times = (record.time for record in records if isinstance(record, Packet))
    start = next(times, 0.0)
    return [_in_words(record, start) for record in records[:MOST]]


def _in_words(record: Any, start: float) -> str:
    return _packet(record, start) if isinstance(record, Packet) else _line(record)


def _packet(packet: Packet, start: float) -> str:
    direction = {True: "out", False: "in ", None: "   "}[packet.outgoing]
    parts = [
        f"+{packet.time - start:9.6f} s",
        f"{direction} {packet.interface or ''}",
        _called(packet),
    ]
    if packet.flags:
        parts.append(f"[{packet.flags}]")
    if packet.seq is not None:
        parts.append(f"seq {packet.seq}")
    if packet.ack is not None:
        parts.append(f"ack {packet.ack}")
    parts.append(f"{packet.length} B")
    if packet.icmp:
        parts.append(f"ICMP {packet.icmp[0]}/{packet.icmp[1]} about {packet.quoted}")
    return "  ".join(parts)


def _called(packet: Packet) -> str:
    """Its flow, and what it carries where it is a tunnel's."""
    own = str(packet.flow or packet.arp or "")
    if packet.inside is None:
        return own
    return f"{own} {packet.tunnel} carrying {_called(packet.inside)}".strip()


def _line(record: Any) -> str:
    shown = list[str]()
    for field in fields(record):
        value = getattr(record, field.name)
        if _worth_showing(field, value):
            shown.append(f"{field.name}={_value(value)}")
    return f"{type(record).__name__}  " + "  ".join(shown)


def _worth_showing(field: Any, value: Any) -> bool:
    if value in (None, (), ""):
        return False
    return field.default is MISSING or value != field.default


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_value, value))}]"
    if is_dataclass(value) and not isinstance(value, Flow):
        shown = filter(None, (getattr(value, field.name) for field in fields(value)))
        return f"({' '.join(map(_value, shown))})"
    return str(value)
