"""Long wires: where a wide-area wire is laid into a lab, and how the interfaces at its ends are
made honest."""

from __future__ import annotations

import array
import ctypes
import fcntl
import json
import os
import socket
import struct
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from workbench.lab.declare.words import Lab, Lane, Segment, Wire

Leg = tuple[str, str]  # a node and the segment that it is on
SIOCETHTOOL, ETHTOOL_STXCSUM, ETHTOOL_SFLAGS = 0x8946, 0x17, 0x26
CLONE_NEWNET = 0x40000000


@dataclass(frozen=True, slots=True)
class Wan:
    """A wide-area way: the round trip in milliseconds; jitter (± milliseconds) and loss (a share)
    of each direction."""

    round_trip: float
    jitter: float = 0.0
    lost: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Wan | None:
        """`MS[,JITTER[,LOSS]]`, the loss in percent; None for 0. Raises ValueError with a
        sentence."""
        figures = _figures(text)
        if not 0 < len(figures) < 4 or not all(0 <= figure < 10000 for figure in figures):
            raise ValueError(f"A wire is MS[,JITTER[,LOSS]], for example 150,5,0.5; not {text!r}.")
        trip, jitter, percent = (*figures, 0.0, 0.0)[:3]
        return cls(trip, jitter, min(1.0, percent / 100)) if any(figures) else None

    def __str__(self) -> str:
        return f"{self.round_trip:g},{self.jitter:g},{100 * self.lost:g}".removesuffix(
            ",0"
        ).removesuffix(",0")

    @property
    def lane(self) -> Lane:
        """One direction of it."""
        return Lane(self.round_trip / 2, self.jitter, self.lost)


def _figures(text: str) -> list[float]:
    try:
        return [float(word.strip().removesuffix("%")) for word in text.split(",")]
    except ValueError:
        return []


def in_words(wan: Wan | None) -> str:
    """A wide-area way in words."""
    if wan is None:
        return "no delay"
    jitter = f", jitter ± {wan.jitter:g} ms" if wan.jitter else ""
    return f"{wan.round_trip:g} ms{jitter}" + (f", {100 * wan.lost:g} % loss" if wan.lost else "")


def stretched(lab: Lab, wan: Wan | None) -> Lab:
    """The same lab with a long wire on the flow's way, so that a round trip takes as long as it
    says."""
    if wan is None:
        return lab
    added = tuple(Wire(segment, wan.lane, at=node) for node, segment in _places(lab))
    return replace(lab, wires=(*lab.wires, *added))


def _places(lab: Lab) -> tuple[Leg, ...]:
    """The leg in the middle of those that both directions cross; without one, a leg of each
    direction."""
    forward, reverse = _legs(lab, lab.truth.forward), _legs(lab, lab.truth.reverse)
    both = [leg for leg in forward if leg in reverse]
    if both:
        return (_middle(both),)
    return tuple(map(_middle, filter(None, (forward, reverse))))


def _middle(legs: list[Leg]) -> Leg:
    return legs[len(legs) // 2]


def _legs(lab: Lab, way: str) -> list[Leg]:
    """The legs that a packet crosses in order; both ends of a link are one leg."""
    found: list[Leg] = []
    for one, other in pairwise(way.split()):
        segment = next((s for s in lab.segments if {one, other} <= set(s.nodes)), None)
        if segment is not None:
            found += (
                [(segment.nodes[0], segment.name)]
                if len(segment.nodes) == 2
                else _ends(segment, one, other)
            )
    return list(dict.fromkeys(found))


def _ends(segment: Segment, *nodes: str) -> list[Leg]:
    return [(node, segment.name) for node in nodes]


def wires_on(lab: Lab, segment: Segment) -> dict[str, Wire]:
    """The wire at each member of a segment that has one; several in a row act as one."""
    found: dict[str, Wire] = {}
    own = (wire for wire in lab.wires if wire.segment == segment.name)
    is_link = len(segment.nodes) == 2
    for wire in own:
        node = wire.at or segment.nodes[0]
        first = segment.nodes[0] if is_link else node
        turned = wire if node == first else _turned(wire)
        found[first] = _joined(found[first], turned) if first in found else turned
    return found


def _turned(wire: Wire) -> Wire:
    """The same wire, seen from its other end."""
    return replace(wire, there=wire.returning, back=wire.there)


def _joined(one: Wire, other: Wire) -> Wire:
    return replace(one, there=one.there.then(other.there), back=one.returning.then(other.returning))


def relay_words(wires: Iterable[tuple[Wire, tuple[str, str]]]) -> str:
    """What the relay is given: the ends of each wire in its namespace, and its two lanes."""
    rows = [
        {"ends": ends, "there": asdict(w.there), "back": asdict(w.returning)} for w, ends in wires
    ]
    return json.dumps(rows)


def make_honest(pid: int, device: str) -> None:
    """Let an interface of a node send real checksums, segments that fit, and tags within the
    frame."""
    problems: list[OSError] = []
    worker = threading.Thread(target=_honest, args=(pid, device, problems))
    worker.start()  # a thread of its own: only it moves to the node's network
    worker.join()
    if problems:
        raise problems[0]


def _honest(pid: int, device: str, problems: list[OSError]) -> None:
    try:
        _move_to(pid)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            _ethtool(sock, device, ETHTOOL_STXCSUM)  # without it the kernel segments by itself, too
            _ethtool(sock, device, ETHTOOL_SFLAGS)
    except OSError as problem:
        problems.append(problem)


def _move_to(pid: int) -> None:
    with open(f"/proc/{pid}/ns/net") as namespace:
        if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _ethtool(sock: socket.socket, device: str, command: int) -> None:
    """Turn off what one `ETHTOOL_S…` command sets (linux/ethtool.h, struct ethtool_value)."""
    value = array.array("I", (command, 0))
    fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP", device.encode(), value.buffer_info()[0]))
