"""What a parser read in an output, as lines for the evidence drawer."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from collectors.model.records import Packet

MOST = 200


def lines(records: tuple[Any, ...]) -> list[str]:
    """One line per record, the first MOST of them."""
    start = next((record.time for record in records if isinstance(record, Packet)), 0.0)
    return [_packet(r, start) if isinstance(r, Packet) else _line(r) for r in records[:MOST]]


def _packet(packet: Packet, start: float) -> str:
    way = {True: "out", False: "in ", None: "   "}[packet.outgoing]
    parts = [f"+{packet.time - start:9.6f} s", f"{way} {packet.interface or ''}", _called(packet)]
    parts += [f"[{packet.flags}]"] if packet.flags else []
    parts += [
        f"{name} {value}"
        for name, value in (("seq", packet.seq), ("ack", packet.ack))
        if value is not None
    ]
    parts.append(f"{packet.length} B")
    if packet.icmp:
        parts.append(f"ICMP {packet.icmp[0]}/{packet.icmp[1]} about {packet.quoted}")
    return "  ".join(parts)


def _called(packet: Packet) -> str:
    """Its flow, and what it carries where it is a tunnel's."""
    own = str(packet.flow or packet.arp or "")
    return (
        f"{own} {packet.tunnel} carrying {_called(packet.inside)}".strip()
        if packet.inside is not None
        else own
    )


def _line(record: Any) -> str:
    shown = [(f, getattr(record, f.name)) for f in fields(record)]
    told = [f"{f.name}={_value(value)}" for f, value in shown if _telling(f, value)]
    return f"{type(record).__name__}  " + "  ".join(told)


def _telling(field: Any, value: Any) -> bool:
    return value not in (None, (), "") and (field.default is MISSING or value != field.default)


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    if hasattr(value, "__dataclass_fields__"):
        return "(" + " ".join(_value(getattr(value, f.name)) for f in fields(value) if getattr(value, f.name)) + ")" \
            if type(value).__name__ != "Flow" else str(value)  # fmt: skip
    return str(value)
