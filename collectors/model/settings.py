"""What a device is set to, in terms that no platform owns. A platform's parser reads them out of
what its device says; the analysis reads nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Knob(StrEnum):
    """What can be set. The comment says of what kind its value is."""

    FORWARDING = "forwarding"  # bool: passes packets on that come in there
    PACKET_LIFE = "packet-life"  # int: routers that what it sends may pass
    FORWARDS_BY_LEARNED_MTU = "forwards-by-learned-mtu"  # bool: a learned size counts for others
    MULTIPATH_HASH = "multipath-hash"  # MultipathHash

    # a source's route must lead back
    REVERSE_PATH_CHECK = "reverse-path-check"  # ReversePathMode
    MARK_IN_REVERSE_CHECK = "mark-in-reverse-check"  # bool: that check looks at the packet's mark
    ACCEPT_OWN_SOURCE = "accept-own-source"  # bool: from an address of its own

    NEIGHBOUR_ANSWERS = "neighbour-answers"  # NeighbourAnswers
    PROXY_ARP = "proxy-arp"  # bool: answers ARP for addresses that it does not hold
    ECHO_IGNORED = "echo-ignored"  # bool: answers no echo requests
    SYN_COOKIES = "syn-cookies"  # bool
    FILTERS_BRIDGED = "filters-bridged"  # bool: what crosses a bridge meets the IP filter, too

    TRACKING_LOOSE = "tracking-loose"  # bool: takes connections up in their middle
    TRACKING_LIBERAL = "tracking-liberal"  # bool: accepts segments outside of the window
    SESSION_COUNT = "session-count"  # int: held now
    SESSION_LIMIT = "session-limit"  # int
    # seconds after its last packet in which a session is remembered; int
    TIMEOUT_UDP = "timeout-udp"
    TIMEOUT_TCP = "timeout-tcp"
    TIMEOUT_TCP_HALF_CLOSED = "timeout-tcp-half-closed"
    TIMEOUT_ICMP = "timeout-icmp"

    # sharing of sessions with a partner, and what of them is left out of it
    SYNC_RUNS = "sync-runs"  # bool
    SYNC_CONFIGURATION = "sync-configuration"  # str: the path of its file
    SYNC_KEEPS_APART = "sync-keeps-apart"  # bool: a partner's sessions reach no packet
    SYNC_ADDRESS_ACCEPTED = "sync-address-accepted"  # str: these only
    SYNC_ADDRESS_IGNORED = "sync-address-ignored"  # str
    SYNC_PROTOCOL_ACCEPTED = "sync-protocol-accepted"  # str: TCP, UDP, ICMP
    SYNC_PROTOCOL_IGNORED = "sync-protocol-ignored"  # str
    SYNC_STATE_ACCEPTED = "sync-state-accepted"  # str: ESTABLISHED, SYN_SENT
    SYNC_STATE_IGNORED = "sync-state-ignored"  # str


class ReversePathMode(StrEnum):
    """How strictly a device checks that a packet comes from where its source is (RFC 3704)."""

    OFF = "off"
    STRICT = "strict"  # the route to the source leads back by the same interface
    LOOSE = "loose"  # there is any route to the source


class MultipathHash(StrEnum):
    """By what a device tells flows apart that it spreads over several next hops."""

    ADDRESSES = "addresses"  # and the flow label (IPv6)
    PORTS = "ports"  # with the addresses and the protocol
    INSIDE = "inside"  # addresses of the packet inside of a tunnel
    CHOSEN = "chosen"  # fields of its own choice


class NeighbourAnswers(StrEnum):
    """For which of its addresses a device answers who asks for its hardware address."""

    ANY = "any"
    OWN_LINK = "own-link"  # those of the interface on which it is asked
    LIMITED = "limited"  # some others
    NONE = "none"


class Scope(StrEnum):
    """Where a setting holds."""

    EXACT = "exact"  # on its interface, or on the device as a whole
    # there at least; of the device's and the interface's own the stronger one counts
    AT_LEAST = "at-least"
    PRESET = "preset"  # given to all interfaces once; each may have got another one since
    NEW_INTERFACES = "new-interfaces"  # those that are made from now on


Value = bool | int | str | ReversePathMode | MultipathHash | NeighbourAnswers


@dataclass(frozen=True, slots=True)
class DeviceSetting:
    """One setting: as the device writes it, and what it means."""

    name: str  # net.ipv4.conf.eth0.rp_filter
    text: str  # its value
    knob: Knob | None = None  # None = nothing that the analysis judges
    value: Value | None = None  # None = the text is no value of this knob
    interface: str | None = None  # None = the device as a whole, or every interface: see `scope`
    version: int | None = None  # 4 or 6; None = both
    scope: Scope = Scope.EXACT
    strength: int = 0  # which of two AT_LEAST counts; 0 = the least

    @property
    def words(self) -> str:
        """As the device writes it, for a sentence: `net.ipv4.conf.eth0.rp_filter = 1`."""
        return f"{self.name} = {self.text}"

    @property
    def label(self) -> str:
        """The last word of its name: `rp_filter`."""
        return self.name.rpartition(".")[2]
