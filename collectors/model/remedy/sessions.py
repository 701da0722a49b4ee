"""Remedies for what devices remember: sessions, neighbours, reverse paths, packet sizes."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address, Flow
from collectors.model.records import FilterRule
from collectors.model.remedy.base import Remedy, between, named
from collectors.model.settings import Knob, ReversePathMode


@dataclass(frozen=True, slots=True)
class SetReversePathMode(Remedy):
    """Change how strictly packets that come in on an interface are checked for their source."""

    interface: str
    mode: ReversePathMode

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the reverse-path check of {named(self.interface)} to {self.mode}"


@dataclass(frozen=True, slots=True)
class ForgetSession(Remedy):
    """Delete one session, so that the next packet makes a new one."""

    flow: Flow  # as the first packet of the session came in

    @property
    def words(self) -> str:
        """What to do."""
        return f"delete the session of {between(self.flow)}"


@dataclass(frozen=True, slots=True)
class ReopenConnection(Remedy):
    """End one connection of the client, so that its application opens a new one."""

    flow: Flow

    @property
    def words(self) -> str:
        """What to do."""
        return f"end the connection {between(self.flow)}, so that a new one is opened"


@dataclass(frozen=True, slots=True)
class PickUpMidstream(Remedy):
    """Let connection tracking take up connections of which it did not see the beginning."""

    @property
    def words(self) -> str:
        """What to do."""
        return "accept TCP connections whose beginning was not seen"


@dataclass(frozen=True, slots=True)
class AcceptOutOfWindow(Remedy):
    """Let connection tracking accept segments outside of the window that it knows."""

    @property
    def words(self) -> str:
        """What to do."""
        return "accept TCP segments that are outside of the window that was seen"


@dataclass(frozen=True, slots=True)
class SetTrackingTimeout(Remedy):
    """Let a device remember silent sessions for longer. Seconds."""

    seconds: int
    was: int
    knob: Knob | None = None  # None = a rule or a policy gives it
    version: int | None = None

    @property
    def words(self) -> str:
        """What to do."""
        return f"raise the timeout of these sessions from {self.was} s to {self.seconds} s"


@dataclass(frozen=True, slots=True)
class ShareSessions(Remedy):
    """Let two devices share their sessions."""

    partner: str

    @property
    def words(self) -> str:
        """What to do."""
        return f"share sessions with {self.partner}"


@dataclass(frozen=True, slots=True)
class ShareThisSession(Remedy):
    """Let a daemon that shares sessions share this one as well."""

    knob: Knob  # of its configuration: what leaves the session out
    item: str  # of that list, or to be added to it: an address, a protocol; "" = half-open ones
    path: str | None  # of its configuration, where it is not the usual one

    @property
    def words(self) -> str:
        """What to do."""
        item = named(self.item) if self.item else "sessions that are half open"
        if self.knob is Knob.SYNC_KEEPS_APART:
            return "let what the partner shares reach packets at once"
        return f"in the configuration of session sharing: leave {item} in"


@dataclass(frozen=True, slots=True)
class RaiseSessionLimit(Remedy):
    """Give the session table more room."""

    packet: str  # which one finds no room: "SYN"

    @property
    def words(self) -> str:
        """What to do."""
        return "raise the number of sessions that the session table may hold"


@dataclass(frozen=True, slots=True)
class WidenPortRange(Remedy):
    """Give a translation more ports or addresses to translate to."""

    flow: Flow
    packet: str  # which one gets no port: "SYN"
    rule: FilterRule | None = None

    @property
    def words(self) -> str:
        """What to do."""
        which = f": {named(self.rule.text)}" if self.rule else ""
        return f"give the translation more ports, or more addresses{which}"


@dataclass(frozen=True, slots=True)
class ForgetNeighbour(Remedy):
    """Delete a neighbour entry, so that the address is asked for anew."""

    address: Address
    interface: str | None
    holder: str  # whom the new entry should name, in words
    mac: str | None = None  # what a wrong entry says; None = nothing is put back
    fixed: bool = False  # it does not expire

    @property
    def words(self) -> str:
        """What to do."""
        return f"delete the neighbour entry for {self.address} on {named(self.interface)}"


@dataclass(frozen=True, slots=True)
class ForgetPathMtu(Remedy):
    """Let an end forget the packet size that it learnt for a path."""

    version: int  # of IP

    @property
    def words(self) -> str:
        """What to do."""
        return "delete the path MTU that was learnt"


@dataclass(frozen=True, slots=True)
class SetMtu(Remedy):
    """Let an interface take larger packets. Bytes."""

    interface: str | None
    mtu: int
    was: int

    @property
    def words(self) -> str:
        """What to do."""
        return f"set the MTU of {named(self.interface)} from {self.was} to {self.mtu}"
