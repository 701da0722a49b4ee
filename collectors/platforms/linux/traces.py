"""Which hops answer on the way: traceroute in all its dialects, and tracepath."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address, Flow, Protocol
from collectors.model.records import TraceReply, Traceroute
from collectors.platforms.linux import mtr
from collectors.platforms.linux.shell import script, seconds, word
from collectors.platforms.reading import LONGEST, lines_of, text_of


def ask_trace(params: QueryParams) -> str | None:
    """With the flow's own protocol and ports; a user who may not gets a UDP trace, and the output
    says which.

    While a socket of the flow lives, its port cannot be had: then the source port is any, and the
    output says so.
    """
    flow = params.flow
    if flow is None:
        return None
    limit = f"timeout {seconds(params.seconds, 10.0)}"
    tool = f"{limit} traceroute -{flow.version} -n -q 1 -m 20"
    target = word(flow.dst)
    own = f"t() {{ {tool} -w 0.7 {_method(flow)} $* {target}; test $? != 1; }}; {_attempts(flow)}"
    return script(
        f'if test $(id -u) = 0; then echo "# protocol {flow.protocol}"; {own}; else echo "#'
        f' protocol udp"; {tool} -w 1 {target} || {limit} tracepath -n -m 20 {target}; fi'
    )


def _attempts(flow: Flow) -> str:
    """With the flow's port and address; without its port, where it is in use; without its address,
    if not ours."""
    other = f"t -s {word(flow.src)} || t"
    if not flow.sport or flow.protocol is Protocol.ICMP:
        return other
    bound = f"t --sport={flow.sport} -s {word(flow.src)}"
    return (
        f'echo "# source port {flow.sport}"; {bound} || {{ echo; echo "# source port any";'
        f" {other}; }}"
    )


def _method(flow: Flow) -> str:
    if flow.protocol is Protocol.ICMP:
        return "-I"
    option = "-T" if flow.protocol is Protocol.TCP else "-U"
    return f"{option} -p {flow.dport or 443}"


@dataclass
class _Draft:
    """A trace while its lines are read."""

    destination: Address | None = None
    protocol: str = "udp"
    sport: int | None = None
    replies: list[TraceReply] = field(default_factory=list)
    ttl: int = 0
    begun: bool = False


# traceroute to www.cnn.com (151.101.197.67), 30 hops max, 60 byte packets
# traceroute6 to host (2a04:4e42::323) from 2600::1, 64 hops max, 20 byte packets / Tracing route to
# host [1.2.3.4]
_HEAD = re.compile(
    r"(?:traceroute6?|tracing (?:the )?route) to"
    r" \[?(?P<name>[^\s(\[\]]+)\]?(?:\s+[(\[](?P<address>[^)\]]+)[)\]])?",
    re.I,
)
_MARK = re.compile(r"# (?:protocol (tcp|udp|icmp)|source port (\d+|any))")
_HOP = re.compile(r"\s*(?P<ttl>\d{1,3})(?:[:.]|\?:)?(?P<rest>\s+\S.*)")
_CONTINUED = re.compile(r"\s{2,}(?P<rest>\S.*)")
_KNOWN = re.compile(
    r"traceroute6?: (?:Warning:|wrote |sendto)|over a maximum of|Trace complete|HOST: |Start: "
    r"|Type escape sequence|VRF info|\s*Resume: |\s*Too many hops|\s*\d+\?: \[LOCALHOST\]",
    re.I,
)


def read_trace(output: Output, params: QueryParams) -> ParseResult:
    """Any traceroute: Linux, BSD, macOS, Windows, Cisco; names, ASNs, several addresses per hop;
    tracepath too."""
    text = text_of(output.stdout)
    if mtr.is_mtr(text):
        return mtr.read_mtr(text, params.flow.dst if params.flow else None)
    draft = _Draft(params.flow.dst if params.flow else None)
    lines = lines_of(text)
    unread = [line for line in lines if len(line) > LONGEST or not _line(line, draft)]
    if not draft.replies and (not draft.begun or output.exit_status not in (0, 124, None)):
        return ParseResult(unread=tuple(unread))
    replies = tuple(_reached(reply, draft.destination) for reply in draft.replies)
    return ParseResult(
        (Traceroute(draft.destination, draft.protocol, replies, draft.sport),), tuple(unread)
    )


def _reached(reply: TraceReply, destination: Address | None) -> TraceReply:
    refused = (reply.note or "").startswith(("!H", "!N", "!F"))
    if refused or reply.address is None or reply.address != destination:
        return reply
    return TraceReply(reply.ttl, reply.address, reply.rtts_ms, reply.note, reached=True)


def _line(line: str, draft: _Draft) -> bool:
    if marked := _MARK.match(line):
        _marked(marked, draft)
        return True
    if head := _HEAD.match(line):
        draft.destination = _any_address(head["address"], head["name"]) or draft.destination
        draft.begun = True
        return True
    if _KNOWN.match(line):
        return True
    hop = _HOP.fullmatch(line)
    if hop is not None and _hop(int(hop["ttl"]), hop["rest"], draft):
        return True
    more = _CONTINUED.fullmatch(line) if draft.replies else None
    return more is not None and _hop(draft.ttl, more["rest"], draft)


def _marked(found: re.Match[str], draft: _Draft) -> None:
    if found[1]:
        draft.protocol = found[1]
    else:
        draft.sport = None if found[2] == "any" else int(found[2])


def _any_address(*texts: str | None) -> Address | None:
    for text in texts:
        found = _address(text or "")
        if found is not None:
            return found
    return None


def _address(text: str) -> Address | None:
    try:
        return ip_address(text.strip("()[],").partition("%")[0])
    except ValueError:
        return None


def _hop(ttl: int, rest: str, draft: _Draft) -> bool:
    replies = list(_replies(ttl, rest))
    if not replies:
        return False
    draft.ttl = ttl
    draft.replies.extend(replies)
    return True


_TOKEN = re.compile(
    r"(?P<rtt><?\d+(?:\.\d+)?)\s?ms(?:ec)?\b"
    r"|(?P<asn>\[(?:AS ?\d+|\*)(?:/AS\d+)*\])"
    r"|(?P<note>!(?:<\d+>|[A-Z](?:-\d+)?|\d+)?(?=\s|$))"
    r"|(?P<label>\[MPLS:[^\]]*\]|<[^<>\s]{2,80}>|\(ttl=\d+!\)|\[(?:open|closed)\])"
    r"|(?P<star>\*)"
    r"|(?P<quiet>no reply|Request timed out\.?)"
    r"|(?P<pmtu>pmtu \d+|reached|asymm\s+\d+|\[LOCALHOST\])"
    r"|(?P<text>\S+)"
)


@dataclass
class _Answer:
    address: Address | None
    named: bool = False
    rtts: list[float] = field(default_factory=list)
    note: str | None = None

    def only_names(self, address: Address) -> bool:
        """Is it this address in the place of a name, with nothing measured so far?"""
        bare = not self.rtts and not self.named
        return bare and self.address == address


def _replies(ttl: int, rest: str) -> Iterator[TraceReply]:
    """Every address of a line with its times; stars count as silence only when nobody answered."""
    answers: list[_Answer] = []
    waiting: list[float] = []  # Windows and tracepath write times before or after the address
    silent, host = False, ""
    for token in _TOKEN.finditer(rest.strip()):
        if token["rtt"]:
            (answers[-1].rtts if answers else waiting).append(float(token["rtt"].lstrip("<")))
        elif token["note"]:
            if answers:
                answers[-1].note = token["note"]
        elif token["star"] or token["quiet"]:
            silent = True
        elif token["text"]:
            found = _address(token["text"])
            if found is None and token["text"].startswith("(") and host:
                answers.append(_Answer(None, True))  # 2  Internal (Internal)  0.894 ms
            elif found is not None:
                _seen(answers, found, in_brackets=token["text"][0] in "([")
            elif not _host(token["text"]):
                return
            host = token["text"]
        elif token["pmtu"] == "[LOCALHOST]":
            return
    if not answers and waiting and host:
        # 1:  gw.example.com  0.411ms: it answers, by a name only
        answers.append(_Answer(None, rtts=waiting))
    elif answers and waiting and not answers[0].rtts:
        answers[0].rtts = waiting
    yield from _joined(ttl, answers, silent)


def _host(text: str) -> bool:
    """May this word be a host name? A URL is one here, too: some print it so."""
    return bool(
        re.fullmatch(r"(?:https?://)?[A-Za-z0-9_.:/-]+|[\[(][A-Za-z0-9_.:-]+[\])]|MPLS|\d+", text)
    )


def _seen(answers: list[_Answer], address: Address, *, in_brackets: bool) -> None:
    """`12.122.2.77 (12.122.2.77)` is one answer, not two."""
    last = answers[-1] if answers else None
    if in_brackets and last is not None and last.only_names(address):
        last.named = True
    else:
        answers.append(_Answer(address, in_brackets))


def _joined(ttl: int, answers: list[_Answer], silent: bool) -> Iterator[TraceReply]:
    """One reply per address; the same address twice in a line is one."""
    merged: dict[Address | None, _Answer] = {}
    for answer in answers:
        own = merged.setdefault(answer.address, _Answer(answer.address))
        own.rtts.extend(answer.rtts)
        own.note = own.note or answer.note
    if not merged and silent:
        yield TraceReply(ttl, None)
    for answer in merged.values():
        yield TraceReply(ttl, answer.address, tuple(answer.rtts), answer.note)
