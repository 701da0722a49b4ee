"""Times as they were, where tcpdump -ttt prints the time since the packet before."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise

from collectors.model.records import Packet

_DELTA = re.compile(r"^ ?00:00:00[.,]\d{6,9} ", re.M)


def with_times(packets: Iterable[Packet], text: str) -> list[Packet]:
    """The time since the first packet: added up where the times run backwards from zero."""
    items = list(packets)
    times = [packet.time for packet in items if packet.arp is None or packet.time]
    backwards = any(after < before for before, after in pairwise(times))
    if not (_DELTA.search(text) and backwards and max(times, default=0) < 3600):
        return items
    now, found = 0.0, list[Packet]()
    for packet in items:
        now += packet.time
        found.append(replace(packet, time=now))
    return found
