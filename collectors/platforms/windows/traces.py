"""`tracert` and `pathping` of Windows, in any language."""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import TraceReply, Traceroute
from collectors.platforms.linux.traces import read_trace as read_any
from collectors.platforms.reading import WIDEST, lines_of, text_of

_IP = r"(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]*:[0-9a-fA-F:.]+)"
_HEAD = re.compile(rf"[^\d\s].{{3,100}}? (?:\S+ \[(?P<named>{_IP})\]|(?P<bare>{_IP}))(?:\s.*|:)?")
#   1    <1 ms    <1 ms    <1 ms  192.168.1.1 /   2     *        *        *     Zeitüberschreitung
# der Anforderung.
_TIMES = re.compile(r"\s*(?P<ttl>\d{1,3})(?P<times>(?:\s+(?:<?\d+\s?ms|\*)){1,3})\s+(?P<who>\S.*)")
#   3  192.168.1.10  meldet: Zielhost nicht erreichbar.
_REPORTS = re.compile(
    rf"\s*(?P<ttl>\d{{1,3}})\s+(?:\S+ \[)?(?P<address>{_IP})\]?\s+[^\d:]{{2,20}}: \S.*"
)
_WORDS = re.compile(r"[^\d\[\]]{3,}[.:]?|\S[^\[\]]{3,60} \d{1,3} \S+\s?:?")
# pathping:   1    1ms     0/ 100 =  0%     0/ 100 =  0%  192.168.1.1
_NODE = re.compile(
    rf"\s*(?P<ttl>\d{{1,3}})\s+(?:(?P<rtt>\d+)\s?ms|---)\s+(?P<lost>\d+)/\s*(?P<sent>\d+) =\s*\d+%"
    rf"\s+\d+/\s*\d+ =\s*\d+%\s+(?:\S+ \[)?(?P<address>{_IP})\]?\s*"
)
_LINK = re.compile(
    r"\s+\d+/\s*\d+ =\s*\d+%\s+\|\s*|\s*0\s+\S+ \[[^\]]+\]\s*|\s+0\s+\S+\s*|Hop\s.*|\s+\S.*/\S.*"
)
#   1  192.168.1.1 /   2  gw.example.com [10.0.0.1]: who is on the way, before anything is measured
_LISTED = re.compile(rf"\s*(?P<ttl>\d{{1,3}})\s+(?:\S+ \[)?(?P<address>{_IP})\]?\s*")
_SILENT = re.compile(r"\s*(?P<ttl>\d{1,3})(?:\s+\*){3}.*")


def read_trace(output: Output, params: QueryParams) -> ParseResult:
    """A pathping by its table; a tracert in the words that the reader of all traceroutes knows."""
    lines = lines_of(text_of(output.stdout))
    short = [line for line in lines if len(line) < WIDEST]
    if any(map(_is_of_pathping, short)):
        return _pathping(lines)
    plain = "\n".join(map(_plain, short))
    return read_any(Output(plain.encode(), exit_status=output.exit_status), params)


def _is_of_pathping(line: str) -> bool:
    return "|" in line and _LINK.fullmatch(line) is not None


def _plain(line: str) -> str:
    """The line without the words of its language."""
    if found := _REPORTS.fullmatch(line):
        return f"{found['ttl']}  {found['address']} !H"
    if found := _TIMES.fullmatch(line):
        answered = "ms" in found["times"] or re.search(_IP, found["who"])
        return line if answered else f"{found['ttl']}  * * *"
    if found := _HEAD.fullmatch(line):
        target = found["named"] or found["bare"]
        return f"traceroute to {target} ({target})"
    return "Trace complete." if _WORDS.fullmatch(line) else line


def _pathping(lines: list[str]) -> ParseResult:
    """What the statistics say of each node; what was only listed answers too."""
    target: Address | None = None
    nodes: dict[int, TraceReply] = {}
    unread: list[str] = []
    for whole in lines:
        line = whole[:WIDEST]
        if head := _HEAD.fullmatch(line):
            target = target or ip_address(head["named"] or head["bare"])
        elif node := _NODE.fullmatch(line) or _LISTED.fullmatch(line):
            _add(node, nodes, target)
        elif silent := _SILENT.fullmatch(line):
            nodes.setdefault(int(silent["ttl"]), TraceReply(int(silent["ttl"]), None))
        elif not _says_nothing(line):
            unread.append(whole)
    replies = tuple(nodes[ttl] for ttl in sorted(nodes) if ttl)
    return ParseResult((Traceroute(target, "icmp", replies),) if replies else (), tuple(unread))


def _says_nothing(line: str) -> bool:
    if _LINK.fullmatch(line):
        return True
    return _WORDS.fullmatch(line.strip()) is not None


def _add(node: re.Match[str], nodes: dict[int, TraceReply], target: Address | None) -> None:
    fields = node.groupdict()
    address = ip_address(fields["address"])
    rtts = (float(fields["rtt"]),) if fields.get("rtt") else ()
    sent = int(fields["sent"]) if fields.get("sent") else None
    lost = min(1.0, int(fields["lost"]) / sent) if sent else None
    nodes[int(fields["ttl"])] = TraceReply(
        int(fields["ttl"]), address, rtts, None, address == target, sent, lost
    )
