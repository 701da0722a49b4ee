"""The state table: the flow's sessions, what moves in it, and how full it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_address
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.flow import BadFlow, Flow, Protocol
from collectors.model.records import Session, SessionEvent
from collectors.model.settings import DeviceSetting
from collectors.platforms.linux import ipvs_connections
from collectors.platforms.linux.counter_meanings import counted
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.shell import script, seconds, word
from collectors.platforms.reading import each, joined, lines_of, text_of


def flows_of(params: QueryParams) -> tuple[Flow, ...]:
    """The flow and every translation of it that is asked about."""
    own = (params.flow,) if params.flow else ()
    return tuple(dict.fromkeys((*own, *params.flows)))


def ask_sessions(params: QueryParams) -> str:
    """All entries that touch an end of the flow, translated or not: the table is read once, then
    filtered."""
    flows = flows_of(params)
    family, keep = _family(flows), _keep(flows)
    listing = f"conntrack -L {family}-o extended,id | {keep} || test $? = 1"
    fallback = f"{keep} /proc/net/nf_conntrack || test $? = 1"
    return script(f"if command -v conntrack >/dev/null; then {listing}; else {fallback}; fi")


def _keep(flows: tuple[Flow, ...]) -> str:
    """A filter for every end, in the two ways in which addresses are written."""
    words: list[str] = []
    for end in dict.fromkeys(end for flow in flows for end in (flow.src, flow.dst)):
        words += (word(end), word(end.exploded))
    if not words:
        return "grep ="
    choice = "|".join(dict.fromkeys(words))
    return f'grep -E "=({choice}) "'.replace(".", "[.]")


def _family(flows: tuple[Flow, ...]) -> str:
    return f"-f ipv{flows[0].version} " if flows else ""


def read_sessions(output: Output, params: QueryParams) -> ParseResult:
    """XML documents of `conntrack -L -o xml`, or text lines of conntrack or
    /proc/net/nf_conntrack."""
    text = text_of(output.stdout)
    if ipvs_connections.is_connections(text):
        return ipvs_connections.read_connections(lines_of(text))
    documents, rest = _split(text)
    found = joined(
        *(_document(document) for document in documents), each(lines_of(rest), session_line)
    )
    return ParseResult(tuple(dict.fromkeys(found.records)), found.unread)


def _split(text: str) -> tuple[list[str], str]:
    """The XML documents in the text, and what is around them."""
    documents, rest, at, end = list[str](), list[str](), 0, "</conntrack>"
    while (start := text.find("<?xml", at)) >= 0 and (stop := text.find(end, start)) >= 0:
        rest.append(text[at:start])
        documents.append(text[start : stop + len(end)])
        at = stop + len(end)
    return documents, "".join([*rest, text[at:]])


def _document(text: str) -> ParseResult:
    try:
        return each_flow(fromstring(text, forbid_dtd=True))
    except (ParseError, DefusedXmlException):
        return ParseResult(unread=tuple(lines_of(text)))


def each_flow(root: Element) -> ParseResult:
    """Every `<flow>` of a document."""
    sessions: list[Session] = []
    unread: list[str] = []
    for element in root.iter("flow"):
        session = _flow(element)
        if session is not None:
            sessions.append(session)
        else:
            unread.append(_plain(element))
    return ParseResult(tuple(sessions), tuple(unread))


def _plain(element: Element) -> str:
    parts: list[str] = []
    for one in element.iter():
        text = (one.text or "").strip()
        parts.append(f"{one.tag}={text or dict(one.attrib)}")
    return " ".join(parts)[:1000]


def _flow(element: Element) -> Session | None:
    metas = {meta.get("direction"): meta for meta in element.findall("meta")}
    own = metas.get("independent")
    if "original" not in metas or "reply" not in metas:
        return None
    original, reply = _tuple(metas["original"]), _tuple(metas["reply"])
    if original is None or reply is None:
        return None
    return Session(
        original=original,
        reply=reply,
        state=_find(own, "state"),
        assured=own is not None and own.find("assured") is not None,
        unreplied=own is not None and own.find("unreplied") is not None,
        timeout=_int(_find(own, "timeout")),
        mark=_int(_find(own, "mark")) or 0,
        id=_int(_find(own, "id")),
        packets=_packets(metas["original"], metas["reply"]),
    )


def _find(element: Element | None, tag: str) -> str | None:
    return element.findtext(f".//{tag}") if element is not None else None


def _int(text: str | None) -> int | None:
    return int(text) if text and text.strip().lstrip("-").isdigit() else None


def _packets(original: Element, reply: Element) -> tuple[int, int] | None:
    counted = (_int(_find(original, "packets")), _int(_find(reply, "packets")))
    return (counted[0], counted[1]) if counted[0] is not None and counted[1] is not None else None


def _tuple(meta: Element) -> Flow | None:
    layer4 = meta.find("layer4")
    protocol = (layer4.get("protoname") or "") if layer4 is not None else ""
    fields = {tag: _find(meta, tag) for tag in ("src", "dst", "sport", "dport")}
    return _built(protocol, fields)


def _built(protocol: str, fields: dict[str, str | None]) -> Flow | None:
    if protocol not in ("tcp", "udp", "icmp", "icmpv6", "ipv6-icmp"):
        return None
    kind = Protocol.ICMP if "icmp" in protocol else Protocol(protocol)
    ports = [
        None if kind is Protocol.ICMP else _int(fields.get(name)) or None
        for name in ("sport", "dport")
    ]
    try:
        return Flow(
            kind,
            ip_address(fields["src"] or ""),
            ports[0],
            ip_address(fields["dst"] or ""),
            ports[1],
        )
    except (BadFlow, ValueError, KeyError):
        return None


# tcp      6 118 SYN_SENT src=192.0.2.20 dst=203.0.113.10 sport=43122 dport=443 [UNREPLIED] src=...
# mark=0 use=1
# ipv4     2 tcp      6 431999 ESTABLISHED src=... [ASSURED] mark=0 zone=0 use=2
_LINE = re.compile(
    r"(?:ipv[46]\s+\d+\s+)?(?P<proto>[a-z0-9-]+)\s+\d+\s+(?:(?P<timeout>\d+)\s+)?(?:(?P<state>[A-Z][A-Z0-9_]+)\s+)?(?=src=|\[)"
)
_PAIR = re.compile(r"(\w+)=(\S+)")
_SUMMARY = re.compile(r"conntrack v[\d.]+ .*flow entries have been shown\.")


def session_line(line: str) -> Session | None:
    """One entry as text; an entry of a protocol that has no ports we follow says nothing."""
    if _SUMMARY.match(line):
        return None
    found = _LINE.match(line.strip())
    if not found:
        raise Unparsed(line)
    if found["proto"] not in ("tcp", "udp", "icmp", "icmpv6", "ipv6-icmp"):
        return None
    session = _from_words(found, line)
    if session is None:
        raise Unparsed(line)
    return session


def _from_words(found: re.Match[str], line: str) -> Session | None:
    pairs = _PAIR.findall(
        line[found.end() :] if line == line.strip() else line.strip()[found.end() :]
    )
    tuples = list(_tuples(pairs))
    flows = [_built(found["proto"], dict(fields)) for fields in tuples[:2]]
    if not flows or flows[0] is None:
        return None
    reply = flows[1] if len(flows) > 1 and flows[1] else flows[0].reversed()
    named = dict(pairs)
    return Session(
        original=flows[0],
        reply=reply,
        state=found["state"],
        assured="[ASSURED]" in line,
        unreplied="[UNREPLIED]" in line,
        timeout=_int(found["timeout"]),
        mark=_int(named.get("mark")) or 0,
        id=_int(named.get("id")),
        packets=_counted(tuples),
    )


def _tuples(pairs: list[tuple[str, str]]) -> Iterator[dict[str, str | None]]:
    current: dict[str, str | None] = {}
    for name, value in pairs:
        if name == "src" and current:
            yield current
            current = {}
        current[name] = value
    if current:
        yield current


def _counted(tuples: list[dict[str, str | None]]) -> tuple[int, int] | None:
    counted = [_int(fields.get("packets")) for fields in tuples[:2]]
    if len(counted) != 2:
        return None
    there, back = counted
    return None if there is None or back is None else (there, back)


def ask_events(params: QueryParams) -> str:
    """Everything that is tracked anew, changed or forgotten while the window lasts."""
    flow = params.flow
    family = f"-f ipv{flow.version} " if flow else ""
    return script(
        f"timeout {seconds(params.seconds)} conntrack -E {family}-o timestamp,extended,id; "
        "s=$?; test $s = 124 && exit 0; exit $s"
    )


# [1707052741.122334]         [NEW] ipv4     2 tcp      6 120 SYN_SENT src=... [UNREPLIED] src=...
# id=123
_EVENT = re.compile(r"\s*(?:\[(\d+(?:\.\d+)?)\s*\]\s*)?\[(NEW|UPDATE|DESTROY)\]\s+(.*)")


def read_events(output: Output, params: QueryParams) -> ParseResult:
    """One event per line."""
    return each(lines_of(output.stdout), event_line)


def event_line(line: str) -> SessionEvent | None:
    """`[time] [NEW] tcp 6 120 SYN_SENT src=...`."""
    found = _EVENT.fullmatch(line)
    if not found:
        if "flow events have been shown" in line:
            return None
        raise Unparsed(line)
    session = session_line(found[3])
    return (
        SessionEvent(float(found[1]) if found[1] else None, found[2], session) if session else None
    )


def ask_stats(params: QueryParams) -> str:
    """Statistics per CPU, and how full the table is."""
    return script(
        'cd /proc/sys/net/netfilter 2>/dev/null && grep -s "" nf_conntrack_count nf_conntrack_max;'
        " conntrack -S"
    )


# cpu=0   	found=0 invalid=3 insert=0 insert_failed=0 drop=0 early_drop=0 error=0 search_restart=0
_STAT = re.compile(r"cpu=\d+\s+(.*)")


def read_stats(output: Output, params: QueryParams) -> ParseResult:
    """The sums over all CPUs."""
    sums: dict[str, int] = {}

    def one(line: str) -> DeviceSetting | None:
        if table := re.fullmatch(r"(nf_conntrack_(?:count|max)):(\d+)", line):
            return setting_of(f"net.netfilter.{table[1]}", table[2])
        found = _STAT.fullmatch(line)
        if not found:
            raise Unparsed(line)
        for name, value in re.findall(r"(\w+)=(\d+)", found[1]):
            sums[name] = sums.get(name, 0) + int(value)
        return None

    reading = each(lines_of(output.stdout), one)
    counters = tuple(counted("conntrack", name, value) for name, value in sums.items())
    return ParseResult((*counters, *reading.records), reading.unread)
