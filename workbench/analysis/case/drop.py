"""Where was a packet of the flow last seen, and what did it do there?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collectors.model.flow import Flow
from workbench.analysis.case.packet_kinds import PacketKind


class LastSeen(StrEnum):
    """What was the packet last seen to do at a place?"""

    COMING_IN = "coming-in"  # it came in and did not go out, or is known to have been there last
    LEAVING = "leaving"  # it left, and never came to the next place that watched
    ARRIVED = "arrived"  # it came to the device that it was for, and was not answered


@dataclass(frozen=True, slots=True)
class Drop:
    """The place where a packet of the flow was last seen; `last_seen` says what it did there."""

    node: str
    interface: str | None
    packet: PacketKind
    where: str  # in words, for people: nothing is concluded from them
    reverse: bool = False
    evidence: tuple[str, ...] = ()
    after: str | None = None  # the next place that watched, and never got it; None = lost inside
    flows: tuple[Flow, ...] = ()  # of the packets that were seen to be lost, as the node saw them
    # of all that were lost there, in tcpdump's letters; None = they differ, or nobody saw
    tcp_flags: str | None = None
    undated: bool = False  # lines of a log tell it, and nothing says when they were written
    last_seen: LastSeen = LastSeen.COMING_IN
    brief: str = ""  # `where` for a box that has little room; empty = as it is
    names_packet: bool = True  # do these words say which packet it is?

    @property
    def box_words(self) -> str:
        """The words for a box of the picture: what could not be watched is drawn beside it."""
        words = self.brief or self.where
        return words if self.names_packet else f"{self.packet}: {words}"

    def as_dict(self) -> dict[str, Any]:
        """The drop in the verdict object; docs/diagnose.md lists its fields."""
        return {
            "node": self.node,
            "interface": self.interface,
            "packet": str(self.packet),
            "where": self.where,
            "last_seen": self.last_seen.value,
            "evidence": list(self.evidence),
        }
