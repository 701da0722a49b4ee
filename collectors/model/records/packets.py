"""Packets as a capture point saw them."""

from __future__ import annotations

from dataclasses import dataclass

from collectors.model.flow import Address, Flow


@dataclass(frozen=True, slots=True)
class Packet:
    """One captured packet. `flow` is None where the packet has no ports and addresses that we read
    (ARP).

    For an ICMP error `quoted` is the flow of the packet that it complains about and `flow` its own
    outer addresses.
    """

    time: float  # epoch seconds by the device's clock
    interface: str | None
    outgoing: bool | None  # as SLL2 tells; None = the capture does not say
    flow: Flow | None
    length: int  # bytes of the IP packet (of the frame's content where it is not IP)
    ttl: int | None = None
    ip_id: int | None = None
    flags: str = ""  # tcpdump's letters: S . F R P U, and E W of ECN; S. is a SYN-ACK
    seq: int | None = None
    ack: int | None = None
    payload: int = 0  # bytes of transport payload
    mss: int | None = None
    dont_fragment: bool = False
    fragment: bool = False
    icmp: tuple[int, int] | None = None  # type, code
    icmp_mtu: int | None = None
    icmp_id: int | None = None
    quoted: Flow | None = None
    arp: str | None = None  # "reply 192.0.2.1 is-at 02:..", "request who-has .. tell .."
    source_mac: str | None = None
    destination_mac: str | None = None
    # IPv4's type of service, IPv6's traffic class: DSCP, and two bits of ECN; None = not shown
    tos: int | None = None
    # it was for another machine on the link: flooded by a switch, or to be bridged
    overheard: bool = False
    # what it carries, where it is a tunnel's; the hardware addresses are the tunnel's
    inside: Packet | None = None
    tunnel: str = ""  # which tunnel, in words: VXLAN 42, GRE key 7, IPIP

    @property
    def control(self) -> str:
        """Its flags without those of ECN (RFC 3168): what it does in the connection, whatever else
        it offers."""
        return self.flags.replace("E", "").replace("W", "")

    @property
    def acknowledges_only(self) -> bool:
        """Is it a bare acknowledgement, which neither opens, closes nor carries anything?"""
        return not self.payload and self.control == "."

    @property
    def carried(self) -> tuple[Packet, ...]:
        """What is inside, and what is inside of that; the outermost first."""
        return (self.inside, *self.inside.carried) if self.inside is not None else ()

    def asks_for(self, address: Address) -> bool:
        """Is it a question on the link: who has that address?"""
        return self.arp is not None and self.arp.startswith(f"request who-has {address} ")

    def arp_answer(self, address: Address | None) -> str | None:
        """The hardware address that it names as that of the holder of this address."""
        if self.arp is None or not self.arp.startswith(f"reply {address} is-at "):
            return None
        return self.arp.rsplit(" ", 1)[-1]
