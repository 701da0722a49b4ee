"""What kind of packet is it? The words that verdicts, pictures and hypotheses share."""

from __future__ import annotations

from enum import StrEnum

from collectors.model.flow import Protocol


class PacketKind(StrEnum):
    """A packet in one word; each value is what an engineer calls it, and a part of the contract."""

    SYN = "SYN"
    SYN_ACK = "SYN-ACK"
    ACK = "ACK"
    DATA = "data"
    FIN = "FIN"
    RST = "RST"
    # what answers a SYN where an older connection of these ports is still held (RFC 5961)
    CHALLENGE_ACK = "challenge ACK"
    SEGMENT = "TCP segment"  # of TCP, and nothing shows its flags
    LATER_FRAGMENT = "later fragment"  # a part of a datagram after its first: it has no ports
    REQUEST = "request"
    REPLY = "reply"
    ECHO_REQUEST = "echo request"
    ECHO_REPLY = "echo reply"
    UDP = "UDP"
    ICMP = "ICMP"
    # packets of tunnels, by what carries them
    IPENCAP = "IPENCAP"
    IPV6 = "IPV6"
    GRE = "GRE"
    ESP = "ESP"


# of protocols whose packets are all alike
BY_PROTOCOL = {
    protocol: PacketKind(protocol.value.upper())
    for protocol in Protocol
    if protocol is not Protocol.TCP
}
DATAGRAMS = frozenset({PacketKind.UDP, PacketKind.ICMP})
