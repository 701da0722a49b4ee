"""Pings: does the address answer, and how large may a packet be on the way to it?"""

from __future__ import annotations

import re

from collectors.model.answer import Output, ParseResult
from collectors.model.evidence import QueryParams
from collectors.model.flow import Address
from collectors.model.records import ProbeResult
from collectors.platforms.linux.ping_text import PING, Draft, ping_line, ping_lines
from collectors.platforms.linux.shell import plain, script, word
from collectors.platforms.probe_failures import outcome
from collectors.platforms.reading import lines_of, text_of


def target_of(params: QueryParams) -> Address | None:
    """What to ping: the address asked about, else the flow's destination."""
    return params.address or (params.flow.dst if params.flow else None)


def ask_ping(params: QueryParams) -> str | None:
    """Three pings, a fifth of a second apart."""
    target = target_of(params)
    if target is None:
        return None
    sender = params.interface or (params.flow.src if params.flow and not params.address else None)
    source = f" -I {word(sender)}" if sender else ""
    return plain(f"ping -{target.version} -n -c 3 -i 0.2 -W 1{source} {word(target)}")


def read_ping(output: Output, params: QueryParams) -> ParseResult:
    """Every reply and every error of a ping; silence is one unanswered Reach."""
    lines = [*lines_of(text_of(output.stdout)), *_own_errors(output)]
    return ping_lines(lines, target_of(params))


def ask_path_mtu(params: QueryParams) -> str | None:
    """The largest packet that comes back with DF set, by binary search, and what the kernel
    remembers."""
    target = target_of(params)
    if target is None:
        return None
    head, low = (28, 576) if target.version == 4 else (48, 1280)
    to = word(target)
    probe = f"ping -{target.version} -n -M do -c 1 -W $w -s $((n-{head})) {to} 2>&1"
    tried = (
        f'o=$({probe}); s=$?; echo "size $n status $s"; echo "$o" | grep -iE "mtu|too'
        ' (long|big)|bytes from|unreach"'
    )
    route = f"ip -{target.version} -o route get {to}"
    # no need to wait a second for each
    near = f"ping -{target.version} -n -c 1 -W 0.4 {to} >/dev/null 2>&1 && w=0.4"
    return script(
        f"r=$({route}); d=${{r#* dev }}; d=${{d%% *}}; hi=$(cat /sys/class/net/$d/mtu 2>/dev/null"
        " || echo 1500); "
        f"test $hi -gt 9000 && hi=9000; t() {{ {tried}; return $s; }}; n={low}; w=1; "
        f"if t; then lo={low}; {near}; n=$hi; if t; then lo=$hi; fi; "
        "while test $((hi-lo)) -gt 1; do n=$(((hi+lo)/2)); if t; then lo=$n; else hi=$n; fi; done; "
        'echo "found $lo"; fi; '
        f'echo "cached $({route})"'
    )


def _more(line: str, target: Address, found: list[ProbeResult]) -> bool:
    """What ping said of the size that was tried last."""
    draft = Draft(target, "ping-df", found[-1].size)
    if not ping_line(line, draft) or not draft.found:
        return False
    found[-1] = draft.found[-1]
    return True


_TRIED = re.compile(r"size (\d+) status (\d+)")
_FOUND = re.compile(r"found (\d+)")
_CACHED = re.compile(r"cached (.*)")


def read_path_mtu(output: Output, params: QueryParams) -> ParseResult:
    """Every size that was tried, the one that was found, and the remembered MTU; or a pasted `ping
    -M do`."""
    lines, target = lines_of(text_of(output.stdout)), target_of(params)
    if target is not None and any(map(_TRIED.fullmatch, lines)):
        return _searched(lines, target)
    return ping_lines([*lines, *_own_errors(output)], target, _size_of(lines))


def _own_errors(output: Output) -> list[str]:
    """What ping itself says of its errors."""
    return [line for line in lines_of(output.stderr) if line.startswith("ping")]


def _size_of(lines: list[str]) -> int | None:
    for line in lines[:20]:
        if found := PING.match(line[:300]):
            return int(found["total"]) if found["total"] else None
    return None


def _searched(lines: list[str], target: Address) -> ParseResult:
    found: list[ProbeResult] = []
    unread: list[str] = []
    for line in lines:
        if tried := _TRIED.fullmatch(line):
            error = None if tried[2] == "0" else "timed out"
            found.append(outcome("ping-df", target, error, size=int(tried[1])))
        elif best := _FOUND.fullmatch(line):
            found.append(ProbeResult("path-mtu", target, ok=True, mtu=int(best[1])))
        elif cached := _CACHED.fullmatch(line):
            found.extend(_remembered(cached[1], target))
        elif not found or not _more(line, target, found):
            unread.append(line)
    return ParseResult(tuple(found), tuple(unread))


def _remembered(text: str, target: Address) -> list[ProbeResult]:
    mtu = re.search(r"\bmtu (?:lock )?(\d+)", text)
    return [ProbeResult("mtu-cache", target, ok=True, mtu=int(mtu[1]))] if mtu else []
