"""What Linux's own counters mean: those of /proc/net (Documentation/networking/snmp_counter.rst),
of `conntrack -S` (conntrack(8)) and of `conntrackd -s` (conntrackd(8))."""

from __future__ import annotations

from dataclasses import replace

from collectors.model.answer import ParseResult
from collectors.model.counters import CounterMeaning
from collectors.model.records import Counter

Meaning = tuple[CounterMeaning, int | None]  # with the version of IP, where it counts one only

_KERNEL: dict[str, Meaning] = {
    "IpInReceives": (CounterMeaning.ARRIVED, 4),
    "Ip6InReceives": (CounterMeaning.ARRIVED, 6),
    "IpInDelivers": (CounterMeaning.DELIVERED, 4),
    "Ip6InDelivers": (CounterMeaning.DELIVERED, 6),
    "IpForwDatagrams": (CounterMeaning.FORWARDED, 4),
    "Ip6OutForwDatagrams": (CounterMeaning.FORWARDED, 6),
    "IpOutRequests": (CounterMeaning.SENT_OWN, 4),
    "Ip6OutRequests": (CounterMeaning.SENT_OWN, 6),
    # 6.7 and newer: a kernel has one of the two of IPv4
    "IpOutTransmits": (CounterMeaning.SENT, 4),
    "IpExtOutTransmits": (CounterMeaning.SENT, 4),
    "Ip6OutTransmits": (CounterMeaning.SENT, 6),
    "IpFragFails": (CounterMeaning.TOO_BIG, 4),
    "Ip6FragFails": (CounterMeaning.TOO_BIG, 6),
    "IpInHdrErrors": (CounterMeaning.TIME_RAN_OUT, 4),
    "Ip6InHdrErrors": (CounterMeaning.TIME_RAN_OUT, 6),
    "IcmpInTimeExcds": (CounterMeaning.HEARD_TIME_RAN_OUT, 4),
    "Icmp6InTimeExcds": (CounterMeaning.HEARD_TIME_RAN_OUT, 6),
    "IcmpOutDestUnreachs": (CounterMeaning.SAID_UNREACHABLE, 4),
    "Icmp6OutDestUnreachs": (CounterMeaning.SAID_UNREACHABLE, 6),
    "TcpExtIPReversePathFilter": (CounterMeaning.REVERSE_PATH_REFUSED, 4),
    "TcpOutRsts": (CounterMeaning.RESET_SENT, None),
    "TcpExtListenOverflows": (CounterMeaning.ACCEPT_QUEUE_FULL, None),
    "TcpExtTCPReqQFullDrop": (CounterMeaning.REQUEST_QUEUE_FULL, None),
    "UdpRcvbufErrors": (CounterMeaning.RECEIVE_BUFFER_FULL, 4),
    "Udp6RcvbufErrors": (CounterMeaning.RECEIVE_BUFFER_FULL, 6),
    # net/ipv4/tcp_ipv4.c, tcp_ao.c
    "TcpExtTCPMinTTLDrop": (CounterMeaning.TTL_TOO_SMALL, None),
    "TcpExtTCPMD5NotFound": (CounterMeaning.MD5_MISSING, None),
    "TcpExtTCPMD5Failure": (CounterMeaning.MD5_WRONG, None),
    "TcpExtTCPMD5Unexpected": (CounterMeaning.MD5_UNEXPECTED, None),
    "TcpExtTCPAORequired": (CounterMeaning.AO_MISSING, None),
    "TcpExtTCPAOBad": (CounterMeaning.AO_WRONG, None),
    "TcpExtTCPAOKeyNotFound": (CounterMeaning.AO_KEY_UNKNOWN, None),
}
_CONNTRACK: dict[str, Meaning] = {
    "invalid": (CounterMeaning.FITS_NO_SESSION, None),
    "insert_failed": (CounterMeaning.SESSION_NOT_ENTERED, None),
    "drop": (CounterMeaning.SESSION_TABLE_DROP, None),
}
# the last part of a name: `UDP traffic (active device=eth2) / Pckts sent`
_CONNTRACKD: dict[str, Meaning] = {
    "Pckts sent": (CounterMeaning.SYNC_SENT, None),
    "Pckts recv": (CounterMeaning.SYNC_RECEIVED, None),
}
_SCOPES = {"kernel": _KERNEL, "conntrack": _CONNTRACK, "conntrackd": _CONNTRACKD}


def counted(scope: str, name: str, value: int) -> Counter:
    """One number of Linux with its meaning; one that nobody judges has none."""
    return with_meaning(Counter(scope, name, value))


def with_meaning(counter: Counter) -> Counter:
    """The same counter, with what it means."""
    known = _SCOPES.get(counter.scope, {}).get(counter.name.rpartition(" / ")[2])
    return replace(counter, meaning=known[0], version=known[1]) if known else counter


def all_with_meaning(result: ParseResult) -> ParseResult:
    """What a parser made of an output, every counter with its meaning."""
    meant = (with_meaning(one) if isinstance(one, Counter) else one for one in result.records)
    return replace(result, records=tuple(meant))


_NAMES = {meaning: name for table in _SCOPES.values() for name, meaning in reversed(table.items())}


def names_of_counters() -> tuple[str, ...]:
    """Every name that has a meaning."""
    return tuple(name for table in _SCOPES.values() for name in table)


def name_of(meaning: CounterMeaning, version: int | None = None) -> str | None:
    """What Linux calls the counter of that meaning."""
    return _NAMES.get((meaning, version)) or _NAMES.get((meaning, None))
