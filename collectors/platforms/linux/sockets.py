"""Who listens, and how the flow's own sockets fare."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Protocol
from collectors.model.records import Socket
from collectors.model.services import port_number
from collectors.platforms import netstat
from collectors.platforms.linux.sessions import flows_of
from collectors.platforms.linux.shell import plain, script, word
from collectors.platforms.reading import each, lines_of, text_of


def ask_listeners(params: QueryParams) -> str:
    """All TCP and UDP listeners, with their processes where we may know."""
    return script("ss -tulnpe")


def ask_sockets(params: QueryParams) -> str | None:
    """The sockets of the flow and of its translations, with timers and TCP internals."""
    ends = dict.fromkeys(end for flow in flows_of(params) for end in (flow.src, flow.dst))
    if not ends:
        return None
    choice = " or ".join(f"dst {_literal(end)}" for end in ends)
    return plain(f'ss -tunaoie "{choice}"')


def _literal(end: Address) -> str:
    return f"[{word(end)}]" if end.version == 6 else word(end)


def read_sockets(output: Output, params: QueryParams) -> ParseResult:
    """`ss` with or without -i -o -e: one socket per line, its details on the next, indented; or
    `netstat`."""
    text = text_of(output.stdout)
    if netstat.is_sockets(text):
        return netstat.read_sockets(lines_of(text))
    joined = re.sub(r"\n[ \t]+(?=\S)", "  ", text)
    return each(lines_of(joined), lambda line: _socket(line, params))


# tcp   ESTAB  0      0   10.9.0.1:9000   10.9.0.2:34726 users:(("nc",pid=9798,fd=4))
# timer:(on,200ms,3) ino:1 sk:2
_SOCKET = re.compile(
    r"(?:(?P<netid>tcp|udp|icmp6?|raw|mptcp|u_dgr|p_raw|\?\?\?)\s+)?(?:(?P<state>[A-Z][A-Z0-9-]+)\s+)?(?P<recv>\d+)\s+(?P<send>\d+)\s+"
    r"(?P<local>\S+):(?P<lport>[\w*-]+)\s+(?P<remote>\S+):(?P<rport>[\w*-]+)(?P<rest>.*)"
)
# sockets of other families: nl UNCONN 0 0 rtnl:kernel *
_OTHERS = re.compile(
    r"(?:nl|u_\w+|p_\w+|v_\w+|ti_\w+|raw|icmp6?|dccp|sctp|xdp|tipc|vsock|unix|\?\?\?)\s"
)
# ss leaves the column State out where the command names it: ss -tn state syn-recv
_TITLES = re.compile(r"(Netid\s+State|(?:Netid\s+)?(?:State\s+)?Recv-Q)\b")
_NOT_SHOWN = "?"


def _socket(line: str, params: QueryParams) -> Socket | None:
    if _TITLES.match(line):
        return None
    if _OTHERS.match(line):
        return None
    found = _SOCKET.match(line.strip())
    if not found or (found["netid"] or "tcp") not in ("tcp", "udp"):
        raise Unparsed(line)
    waiting = found["rport"] == "*"
    lport, rport = _port(found["lport"]), _port(found["rport"])
    if (lport is None or rport is None) and waiting:
        # where something listens must not be lost; a connection by an unknown name may be
        raise Unparsed(line)
    if lport is None or rport is None:
        return None
    local, interface = _end(found["local"])
    remote = _end(found["remote"])[0]
    rest = found["rest"]
    rtt = re.search(r"\brtt:(\d{1,7}(?:\.\d{1,6})?)/(\d{1,7}(?:\.\d{1,6})?)", rest)
    return Socket(
        protocol=_protocol(found, params),
        state=found["state"] or ("LISTEN" if waiting else _NOT_SHOWN),
        local=local,
        local_port=lport,
        remote=None if waiting else remote,
        remote_port=None if waiting else rport,
        interface=interface,
        send_queue=int(found["send"]),
        recv_queue=int(found["recv"]),
        retransmits=_timer(rest),
        total_retransmits=_number(r"\bretrans:\d+/(\d+)", rest) or 0,
        mss=_number(r"\bmss:(\d+)", rest),
        pmtu=_number(r"\bpmtu:(\d+)", rest),
        process=_text(r'users:\(\("([^"]*)"', rest),
        family=_family(found["local"], rest),
        rtt_ms=float(rtt[1]) if rtt else None,
        rtt_var_ms=float(rtt[2]) if rtt else None,
        timer=_text(r"timer:\((\w{1,12}),", rest),
        quiet_ms=_quiet(rest),
        acked_bytes=_number(r"\bbytes_acked:(\d{1,19})\b", rest),
        received_bytes=_number(r"\bbytes_received:(\d{1,19})\b", rest),
    )


def _port(text: str) -> int | None:
    return 0 if text == "*" else port_number(text)


def _protocol(found: re.Match[str], params: QueryParams) -> Protocol:
    if found["netid"]:
        return Protocol(found["netid"])
    return Protocol.UDP if found["state"] == "UNCONN" else Protocol.TCP


def _end(text: str) -> tuple[Address | None, str | None]:
    """`0.0.0.0`, `*`, `[::]%eth0`, `10.0.0.1%eth0`, `[fe80::1]%eth0`."""
    host, _, interface = text.replace("[", "").replace("]", "").partition("%")
    if host in ("*", "0.0.0.0", "::", ""):
        return None, interface or None
    address = ip_address(host)
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address, interface or None


def _family(local: str, rest: str) -> int | None:
    """`*` listens on both; `[::]` alone with v6only, or as older versions of ss write, on both."""
    host = local.partition("%")[0]
    if host == "*":
        return None
    if host.startswith("["):
        return 6 if "v6only:1" in rest or host != "[::]" else None
    return 4


def _timer(rest: str) -> int:
    """timer:(on,1.2sec,3): three retransmissions so far."""
    return (
        _number(r"timer:\((?:on|persist|keepalive|unknown),[^,]*,(\d+)\)", rest)
        or _number(r"\bretrans:(\d+)/", rest)
        or 0
    )


def _quiet(rest: str) -> int | None:
    """lastrcv:4271003 lastack:1102, in milliseconds."""
    times = re.findall(r"\b(?:lastrcv|lastack):(\d{1,12})\b", rest)
    return min(map(int, times), default=None)


def _number(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text)
    return int(found[1]) if found else None


def _text(pattern: str, text: str) -> str | None:
    found = re.search(pattern, text)
    return found[1] if found else None
