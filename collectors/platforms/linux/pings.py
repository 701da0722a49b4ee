"""Pings: does the address answer, and how large may a packet be on the way to it?"""

from __future__ import annotations

import re
from ipaddress import ip_address

from collectors.model.evidence import About
from collectors.model.flow import Address
from collectors.model.platform import Output, Reading
from collectors.model.records import Reach
from collectors.platforms.linux.shell import plain, script, word
from collectors.platforms.reading import lines_of, text_of


def target_of(about: About) -> Address | None:
    """Whom to ping: the address asked about, else the flow's destination."""
    return about.address or (about.flow.dst if about.flow else None)


def ask_ping(about: About) -> str | None:
    """Three pings, a fifth of a second apart."""
    target = target_of(about)
    if target is None:
        return None
    sender = about.interface or (about.flow.src if about.flow and not about.address else None)
    source = f" -I {word(sender)}" if sender else ""
    return plain(f"ping -{target.version} -n -c 3 -i 0.2 -W 1{source} {word(target)}")


# 64 bytes from 10.9.0.2: icmp_seq=1 ttl=64 time=0.512 ms
_REPLY = re.compile(
    r"(\d+) bytes from (?:\S+ \()?([0-9a-fA-F:.]+?)\)?(?:%\w+)?:? .*?icmp_seq=(\d+)(?: ttl=(\d+))?"
    r"(?: time=(\d+(?:\.\d+)?) ?ms)?(.*)"
)
# From 10.0.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1400) / From 10.9.0.1 icmp_seq=1 Destination Host Unreachable
_ERROR = re.compile(r"From (\S+?):? (?:\(\S+\):? )?icmp_seq=(\d+) (.+)", re.I)
# ping: local error: message too long, mtu=1500 / ping: sendmsg: Message too long
_LOCAL = re.compile(r"ping6?: (?:local error: |sendmsg: )?(.+)")
_STATS = re.compile(r"(\d+) packets transmitted, (\d+) (?:packets )?received(.*)")
_QUIET = re.compile(r"--- .* ---|PING |rtt |round-trip |pipe \d|\d+ packets transmitted")
# PING 203.0.113.10 (203.0.113.10) 1472(1500) bytes of data.
_PING = re.compile(r"PING (\S+?)(?:\s?\(([0-9a-fA-F:.%\w]+)\))?(?: from .*?:)? (\d+)(?:\((\d+)\))?(?: data)? bytes")


def read_ping(output: Output, about: About) -> Reading:
    """Every reply and every error of a ping; silence is one unanswered Reach."""
    lines = lines_of(text_of(output.stdout)) + [x for x in lines_of(output.stderr) if x.startswith("ping")]
    return ping_lines(lines, target_of(about))


def ping_lines(lines: list[str], target: Address | None, size: int | None = None) -> Reading:
    """The lines of one ping, which may have been told to set DF."""
    kind = "ping" if size is None else "ping-df"
    found: list[Reach] = []
    unread: list[str] = []
    for line in lines:
        if head := _PING.match(line):
            target = _maybe(head[2] or head[1]) or target
            size = size or (int(head[4]) if head[4] else None)
        elif (reach := _ping_line(line, kind, target, size)) is not None:
            found.append(reach)
        elif not _QUIET.match(line):
            unread.append(line)
    if not found and target and not unread:
        found.append(Reach(kind, target, size, ok=False, error="timed out"))
    return Reading(tuple(found), tuple(unread))


def _maybe(text: str) -> Address | None:
    try:
        return ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _ping_line(line: str, kind: str, target: Address | None, size: int | None) -> Reach | None:
    if reply := _REPLY.match(line):
        return Reach(kind, target or ip_address(reply[2]), size, ok=True, rtt_ms=float(reply[5]) if reply[5] else None)
    error = _ERROR.match(line)
    local = None if error else _LOCAL.match(line)
    words = error[3] if error else local[1] if local else None
    if words is None or target is None:
        return None
    mtu = re.search(r"mtu ?= ?(\d+)", words)
    return Reach(
        _sized(kind, mtu), target, size, ok=False, error=words.strip().lower(), mtu=int(mtu[1]) if mtu else None
    )


def _sized(kind: str, mtu: re.Match[str] | None) -> str:
    return "ping-df" if mtu else kind


def ask_path_mtu(about: About) -> str | None:
    """The largest packet that comes back with DF set, by binary search, and what the kernel remembers."""
    target = target_of(about)
    if target is None:
        return None
    head, low = (28, 576) if target.version == 4 else (48, 1280)
    to = word(target)
    probe = f"ping -{target.version} -n -M do -c 1 -W $w -s $((n-{head})) {to} 2>&1"
    tried = (
        f'o=$({probe}); s=$?; echo "size $n status $s"; echo "$o" | grep -iE "mtu|too (long|big)|bytes from|unreach"'
    )
    route = f"ip -{target.version} -o route get {to}"
    near = f"ping -{target.version} -n -c 1 -W 0.4 {to} >/dev/null 2>&1 && w=0.4"  # no need to wait a second for each
    return script(
        f"r=$({route}); d=${{r#* dev }}; d=${{d%% *}}; hi=$(cat /sys/class/net/$d/mtu 2>/dev/null || echo 1500); "
        f"test $hi -gt 9000 && hi=9000; t() {{ {tried}; return $s; }}; n={low}; w=1; "
        f"if t; then lo={low}; {near}; n=$hi; if t; then lo=$hi; fi; "
        "while test $((hi-lo)) -gt 1; do n=$(((hi+lo)/2)); if t; then lo=$n; else hi=$n; fi; done; "
        'echo "found $lo"; fi; '
        f'echo "cached $({route})"'
    )


_TRIED = re.compile(r"size (\d+) status (\d+)")
_FOUND = re.compile(r"found (\d+)")
_CACHED = re.compile(r"cached (.*)")


def read_path_mtu(output: Output, about: About) -> Reading:
    """Every size that was tried, the one that was found, and the remembered MTU; or a pasted `ping -M do`."""
    lines, target = lines_of(text_of(output.stdout)), target_of(about)
    if target is None or not any(_TRIED.fullmatch(line) for line in lines):
        own = [x for x in lines_of(output.stderr) if x.startswith("ping")]
        return ping_lines(lines + own, target, _size_of(lines))
    return _searched(lines, target)


def _size_of(lines: list[str]) -> int | None:
    head = next((found for line in lines if (found := _PING.match(line))), None)
    return int(head[4]) if head and head[4] else None


def _searched(lines: list[str], target: Address) -> Reading:
    found: list[Reach] = []
    unread: list[str] = []
    for line in lines:
        if tried := _TRIED.fullmatch(line):
            ok = tried[2] == "0"
            found.append(Reach("ping-df", target, int(tried[1]), ok=ok, error=None if ok else "timed out"))
        elif best := _FOUND.fullmatch(line):
            found.append(Reach("path-mtu", target, ok=True, mtu=int(best[1])))
        elif cached := _CACHED.fullmatch(line):
            found.extend(_remembered(cached[1], target))
        elif found and (more := _ping_line(line, "ping-df", target, found[-1].size)):
            found[-1] = more
        else:
            unread.append(line)
    return Reading(tuple(found), tuple(unread))


def _remembered(text: str, target: Address) -> list[Reach]:
    mtu = re.search(r"\bmtu (?:lock )?(\d+)", text)
    return [Reach("mtu-cache", target, ok=True, mtu=int(mtu[1]))] if mtu else []
