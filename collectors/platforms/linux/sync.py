"""Does the device share its state with a partner? What conntrackd exchanges and leaves out; whether
keepalived runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from collectors.model.answer import Output, ParseResult, Unparsed
from collectors.model.evidence import QueryParams
from collectors.model.records import Counter
from collectors.model.settings import DeviceSetting
from collectors.platforms.linux.counter_meanings import counted
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.shell import script
from collectors.platforms.linux.sync_config import BEGINS, DEFAULT, LINES, read_config
from collectors.platforms.reading import each, lines_of

# processes of this name that live in the same network as this shell: several namespaces may share
# one list of processes
HERE = (
    "here() { for p in $(pidof $1 2>/dev/null); do "
    'test "$(readlink /proc/$p/ns/net)" = "$(readlink /proc/self/ns/net)" && echo $p; done; }'
)


# anybody may call a process of his conntrackd, and name a file to it that never ends: asked by root
# of root's only
ROOTS = "^Uid:[[:space:]]+0[[:space:]]"
LARGEST = 65536  # bytes of a configuration


def ask_sync(params: QueryParams) -> str:
    """Which daemons run here, what conntrackd has exchanged, and what its configuration leaves
    out."""
    return script(
        f'{HERE}; for d in conntrackd keepalived pacemakerd; do test -n "$(here $d)" && echo'
        f' "running $d"; done; roots() {{ for p in $(here $1); do grep -qE "{ROOTS}"'
        ' /proc/$p/status && echo $p; done; }; for p in $(roots conntrackd); do c=$(tr "\\0" " "'
        ' </proc/$p/cmdline | grep -oE "[-]C *[^ ]+"); conntrackd $c -s; conntrackd $c -s network;'
        f' f=$(echo "$c" | cut -c3- | tr -d " "); test -n "$f" || f={DEFAULT}; echo config "$f";'
        f' test -f "$f" && head -c {LARGEST} -- "$f" | grep -E "{LINES}"; done; true'
    )


_RUNNING = re.compile(r"running (\S+)")
# cache internal:
_SECTION = re.compile(r"(\S.*):\s*")
# current active connections:	           3 / connections created:	 5	failed:	 0
_VALUES = re.compile(r"([a-zA-Z][\w /().-]{0,60}?):\s{1,40}(\d{1,20})")
#                    8 Bytes sent                    0 Bytes recv
_COLUMNS = re.compile(r"(\d{1,20}) ([A-Z][A-Za-z ]{1,40}?)(?=\s{2}|$)")


# config /etc/conntrackd/conntrackd.conf
_CONFIG = re.compile(r"config (/\S{1,200})")


def read_sync(output: Output, params: QueryParams) -> ParseResult:
    """`running X` lines and the configuration as settings, and conntrackd's numbers as counters."""
    lines = lines_of(output.stdout)
    begin = next(
        (at for at, line in enumerate(lines) if _CONFIG.fullmatch(line) or BEGINS.fullmatch(line)),
        len(lines),
    )
    counters = each(lines[:begin], _counting())
    return replace(counters, records=(*counters.records, *_configured(lines[begin:])))


def _configured(lines: list[str]) -> Iterator[DeviceSetting]:
    """Where the configuration stands, and what it says; nothing of one that could not be read."""
    named = _CONFIG.fullmatch(lines[0]) if lines else None
    if named:
        yield setting_of("conntrackd.config", named[1])
    entries = lines[1:] if named else lines
    yield from read_config(entries) if entries else ()


def _counting() -> Callable[[str], list[Counter] | DeviceSetting | None]:
    section = ""

    def one(line: str) -> list[Counter] | DeviceSetting | None:
        nonlocal section
        if running := _RUNNING.fullmatch(line):
            return setting_of(f"running.{running[1]}", "yes")
        if head := _SECTION.fullmatch(line.strip()):
            section = head[1]
            return None
        plain = line.replace("\t", "  ")
        numbers = _VALUES.findall(plain) or [
            (name, value) for value, name in _COLUMNS.findall(plain)
        ]
        if not numbers:
            raise Unparsed(line)
        return [counted("conntrackd", _name(section, name), int(value)) for name, value in numbers]

    return one


def _name(section: str, name: str) -> str:
    return f"{section} / {name.strip()}" if section else name.strip()
