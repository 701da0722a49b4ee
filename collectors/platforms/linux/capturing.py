"""What passes: a capture of the flow and of everything that may be a translation of it or an error
about it."""

from __future__ import annotations

import re
from ipaddress import IPv4Address

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Flow, Protocol
from collectors.pcap.capture import is_capture, read_pcap
from collectors.platforms.linux import capture_text
from collectors.platforms.linux.sessions import flows_of
from collectors.platforms.linux.shell import script, seconds, word
from collectors.platforms.reading import text_of

PACKETS = 20_000


def ask_capture(params: QueryParams) -> str | None:
    """Bounded in time, packets and bytes; the names of the interfaces go to stderr first.

    An old tcpdump does not know the link type that names interfaces: then it goes without.
    """
    flows = flows_of(params)
    if not flows:
        return None
    dump = f"tcpdump -i any -n -p -w - -U --immediate-mode -B 4096 -s 192 -c {PACKETS}"
    return script(
        f'ip -o link >&2; d() {{ timeout {seconds(params.seconds)} {dump} $* "{bpf(flows)}"; }}; '
        "d -y LINUX_SLL2; s=$?; if test $s = 1; then d; s=$?; fi; test $s = 124 && exit 0; exit $s"
    )


def bpf(flows: tuple[Flow, ...]) -> str:
    """Both directions of all flows, each end's half of unknown translations, errors about them, and
    who-has."""
    terms: list[str] = []
    hosts: list[Address] = []
    for flow in flows:
        terms += _terms(flow)
        hosts += (flow.src, flow.dst)
    fragments = _fragments(tuple(dict.fromkeys(hosts)))
    return " or ".join([*dict.fromkeys(terms), fragments, *_ERRORS[flows[0].version]])


def _terms(flow: Flow) -> list[str]:
    if flow.protocol is Protocol.ICMP:
        return [f"({_icmp(flow)} and {_host(end)})" for end in (flow.src, flow.dst)]
    if not flow.protocol.has_ports:
        return [
            f"({_PROTOS[flow.version]} {_NUMBERS[flow.protocol]} and {_host(end)})"
            for end in (flow.src, flow.dst)
        ]
    ends = ((flow.src, flow.sport), (flow.dst, flow.dport))
    other = [port for _, port in ends if port is not None]
    return [_end(flow.protocol, end, port, other) for end, port in ends]


_PROTOS = {4: "ip proto", 6: "ip6 proto"}
_NUMBERS = {Protocol.IPENCAP: 4, Protocol.IPV6: 41, Protocol.GRE: 47, Protocol.ESP: 50}


def _end(protocol: Protocol, end: Address, port: int | None, known: list[int]) -> str:
    ports = [port] if port is not None else known
    choice = " or ".join(f"port {number}" for number in ports)
    within = f" and ({choice})" if choice else ""
    return f"({protocol} and {_host(end)}{within})"


def _host(end: Address) -> str:
    return f"host {word(end)}"


def _icmp(flow: Flow) -> str:
    return "icmp" if flow.version == 4 else "icmp6"


def _fragments(hosts: tuple[Address, ...]) -> str:
    """Later fragments carry no ports."""
    among = " or ".join(_host(end) for end in hosts)
    later = "ip[6:2] & 0x1fff != 0" if isinstance(hosts[0], IPv4Address) else "ip6 proto 44"
    return f"({later} and ({among}))"


_ERRORS = {
    4: ["(icmp and (icmp[0] = 3 or icmp[0] = 5 or icmp[0] = 11 or icmp[0] = 12))", "arp"],
    6: ["(icmp6 and (ip6[40] < 5 or ip6[40] = 135 or ip6[40] = 136))"],
}

# 2: eth0@if3: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 ...
_LINK = re.compile(r"^(\d+): ([^:@\s]+)[:@]", re.M)


def read_capture(output: Output, params: QueryParams) -> ParseResult:
    """The packets, with the names of the interfaces that stderr names; or tcpdump's text."""
    if output.stdout.strip() and not is_capture(output.stdout):
        return capture_text.read(text_of(output.stdout), params.interface)
    names = {int(index): name for index, name in _LINK.findall(text_of(output.stderr))}
    return read_pcap(output.stdout, names)
