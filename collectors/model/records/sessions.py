"""What a stateful device remembers of flows."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Flow


@dataclass(frozen=True, slots=True)
class Session:
    """One tracked connection with both of its tuples (`conntrack -L -o xml,extended,id`).

    `original` is as the first packet came in; `reply` is what a reply looks like to this device
    before it is translated back, so `reply.reversed()` is the flow after translation.
    """

    original: Flow
    reply: Flow
    state: str | None = None  # SYN_SENT, ESTABLISHED ... ; None for UDP and ICMP
    assured: bool = False
    unreplied: bool = False
    timeout: int | None = None
    mark: int = 0
    id: int | None = None
    packets: tuple[int, int] | None = None  # original, reply; None when accounting is off

    @property
    def translated(self) -> bool:
        """Does this session rewrite addresses or ports?"""
        return self.reply.reversed() != self.original


@dataclass(frozen=True, slots=True)
class SessionEvent:
    """One line of `conntrack -E -o timestamp,extended,id`; time in epoch seconds of the device."""

    time: float | None
    event: str  # NEW, UPDATE, DESTROY
    session: Session
