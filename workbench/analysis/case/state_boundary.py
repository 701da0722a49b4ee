"""One device that keeps state about the flow: what it keeps, which directions it sees, and whether
others know of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class StateKept(StrEnum):
    """What a device remembers, or checks, of a flow."""

    SESSIONS = "sessions"  # connection tracking, and rules that stop what fits no session
    TRACKING = "tracking"  # connection tracking, and no rule that depends on it
    NAT = "nat"
    LOAD_BALANCER = "load_balancer"
    IDS = "ids"
    REVERSE_PATH = "reverse_path_check"  # a strict one: it depends on the interface, not on state
    SOCKET = "socket"


class Sight(StrEnum):
    """Does a direction of the flow pass a device?"""

    SEEN = "seen"  # by its capture, or its own table says so
    ROUTED = "routed"  # it is on the path, as routing selects; no capture shows it
    MISSED = "missed"  # it is on the path, and its capture saw none while others saw the flow
    BYPASSED = "bypassed"  # the path is known from end to end, and does not cross it
    UNKNOWN = "unknown"


class Holds(StrEnum):
    """What does the device's own table hold of the session?"""

    BOTH = "both"  # it saw the request and the reply
    REQUEST = "request"  # it still waits for the reply
    NONE = "none"
    NOT_ASKED = "not asked"
    NO_ANSWER = "no answer"
    REFUSED = "refused"
    UNREAD = "unread"  # answered, and cut or not readable: nothing is said by what is not in it
    NOT_KEPT = "not kept"  # the run is older than this question
    NOTHING = ""  # it keeps no session: a reverse-path check alone


class Sharing(StrEnum):
    """Do the members of a state group share this session?"""

    NO_GROUP = ""
    PROVED = "proved"  # a member that the request does not pass holds it too
    REFUTED = "refuted"  # a member holds it, and another one, asked in full, does not
    UNKNOWN = "unknown"


_EXPECTS_BOTH = frozenset(
    {
        StateKept.SESSIONS,
        StateKept.NAT,
        StateKept.LOAD_BALANCER,
        StateKept.IDS,
        StateKept.SOCKET,
    }
)


@dataclass(frozen=True, slots=True)
class StateBoundary:
    """What one device keeps about one flow, and what it sees of it."""

    device: str
    keeps: tuple[StateKept, ...]
    request: Sight = Sight.UNKNOWN
    reply: Sight = Sight.UNKNOWN
    holds: Holds = Holds.NOTHING
    group: str = ""
    sharing: Sharing = Sharing.NO_GROUP
    suspect: bool = False
    evidence: tuple[str, ...] = ()

    @property
    def expects_both(self) -> bool:
        """Does it expect to see the request and the reply?"""
        return not _EXPECTS_BOTH.isdisjoint(self.keeps)

    @property
    def end(self) -> bool:
        """Is it the client or the server?"""
        return StateKept.SOCKET in self.keeps

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, for the verdict object."""
        return {
            "device": self.device,
            "keeps": [kept.value for kept in self.keeps],
            "request": self.request.value,
            "reply": self.reply.value,
            "holds": self.holds.value,
            "group": self.group or None,
            "sharing": self.sharing.value or None,
            "expects_both": self.expects_both,
            "suspect": self.suspect,
            "evidence": list(self.evidence),
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> StateBoundary:
        """What `as_dict` gave."""
        return cls(
            device=fields["device"],
            keeps=tuple(StateKept(kept) for kept in fields["keeps"]),
            request=Sight(fields["request"]),
            reply=Sight(fields["reply"]),
            holds=Holds(fields["holds"]),
            group=fields.get("group") or "",
            sharing=Sharing(fields.get("sharing") or ""),
            suspect=bool(fields.get("suspect")),
            evidence=tuple(fields.get("evidence") or ()),
        )
