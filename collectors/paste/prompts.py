"""Which lines of a terminal's text did a person type, where, and on whose prompt?

Prompts of shells, of containers and of network systems. A line is typed when its beginning looks
like a prompt; where the beginning is short (`#`, `$`, `>`), what follows must be a command that we
know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from collectors import platforms
from collectors.model.pasted import PastedForms
from collectors.paste.wrappers import Command, command_of

PROMPT = 300  # characters of a line in which its prompt ends


@dataclass(frozen=True, slots=True)
class Typed:
    """One typed line: whose prompt (a host's name, where it shows one), and what was typed."""

    typed: str
    host: str | None = None
    command: Command = Command("")


_NAME = r"[A-Za-z0-9][\w.-]{0,62}"
_AT = rf"[\w.+-]{{1,40}}@(?P<host>{_NAME})"
_VENV = r"(?:\([\w.@/-]{1,40}\)\s*)?"

# prompts of shells that no output looks like: anything may follow
_STRONG = (
    # [ops@fw ~]$  [root@h /]#  [Expert@cp-1:0]#  [admin@lb:Active:In Sync] ~ #
    # [admin@MikroTik] /ip route>
    rf"{_VENV}\[{_AT}(?::[^\]\s]{{1,40}}(?: [A-Z][\w ]{{1,20}})?)?(?:\s[^\]]{{1,100}})?\]"
    r"(?:\s?[~/][^#$%>]{0,100})?\s?[#$%>](?=\s|$)",
    # [fw1 ~]#  [ns2 /etc/bind]$
    rf"\[(?P<host>{_NAME}) (?:~|/)[^\]\s]{{0,100}}\]\s?[#$%](?=\s|$)",
    # cr0x@server:~$  vyos@r1:~$  root@pod-abc:/app#  admin@bgw-1:/cfg#  root@fw> (fish: ops@fw
    # ~>)  me@mac ~ %
    rf"{_VENV}{_AT}(?:\([\w -]{{1,20}}\))?(?::[^#$%>\n]{{0,120}}|\s+[~/][^#$%>\n]{{0,120}}?)?"
    r"\s{0,2}[#$%>❯](?=\s|$)",
    # bash-5.1$  sh-4.4#  -bash-4.2$
    r"-?(?:ba|da|z|k)?sh-[\d.]{1,8}[#$](?=\s|$)",
    # localhost:~#  gw:/etc/config#
    rf"(?P<host>{_NAME}):(?:~|/)[^\s#$%>]{{0,120}}\s?[#$%](?=\s|$)",
    # MacBook-Pro:~ marek$  core3:/etc root#
    rf"(?P<host>{_NAME}):(?:~|/)[^\s#$%>]{{0,120}}\s[\w.-]{{1,40}}[#$](?=\s|$)",
    # / #  ~ #  /app $  ~/net $
    r"[~/][\w./-]{0,120}\s[#$%](?=\s|$)",
    # ➜  ~  ➜  net git:(main) ✗
    r"[➜→]\s{1,3}\S{1,80}(?: git:\([^)\n]{0,80}\))?(?:\s[✗✘×])?(?=\s|$)",
    # ❯  ~/net ❯  λ
    r"(?:\S{1,80}\s(?:\S{1,40}\s){0,3})?[❯λ»](?=\s|$)",
)
# what could be an output: only before a command of a network system,
_WEAK_BEFORE_NETWORK = (
    # sw1#  edge(config)#  fw/pri/act#  ASA1>: followed by `show ...`, with a blank or without
    rf"(?P<host>{_NAME})(?:/[\w-]{{1,20}}){{0,3}}(?:\([\w/ .-]{{1,60}}\))?[#>]\s?",
)
# or one that we know
_WEAK_BEFORE_KNOWN = (
    # fw1# ip route   host% netstat -rn   host$ ss -tan
    rf"(?P<host>{_NAME})(?:\([\w/ .-]{{1,60}}\))?[#$>%]\s",
    # lb1 # ss -tn   lb9 ~ # ip route   jump-02 ~ % netstat -rn   app31 $ ss -tan
    rf"(?P<host>{_NAME}) (?:[~/][\w./-]{{0,80}} )?[#$%]\s{{1,2}}",
    # $ ip route   # tcpdump ...   % netstat -rn   > ip route   + ip route (bash -x)   fish: >
    r"[#%>]\s{1,2}",
    r"\+{1,3}\s",
    # === ip route ===   ## ip rule   --- ss -tn ---
    r"(?:={2,10}|-{2,10}|#{2,10}|\*{2,10})\s{0,2}",
)
_DOLLAR = r"\$\s{1,3}(?=[A-Za-z/.~(_\"'])"
# Every 2.0s: nft list ruleset            fw: Mon Nov 30 03:27:12 2026
_WATCHED = re.compile(
    r"Every [\d.,]{1,8}s: (?P<typed>\S.{0,200}?)"
    r"(?:\s{2,}(?:(?P<host>[\w.-]{1,63}): )?\w{3} \w{3} [\d: ]{8,16}(?:\s?[AP]M)?[\w ]{0,10})?\s*"
)
_BARE = re.compile(r"([\w.-]{1,40})(?: \([\w.-]{1,40}\))? ?[#>$]")


@lru_cache(maxsize=8)
def _patterns(pasted: tuple[PastedForms, ...]) -> tuple[re.Pattern[str], ...]:
    """All prompts in the order in which they are tried: the sure ones, then those that count before
    a command only."""
    words = _any_of(one.words for one in pasted)
    known = rf"(?=(?:\S*/)?(?:{words})(?:\.exe)?(?:\s|$|;|\|))"
    network = rf"(?=(?:{_any_of(one.cli_words for one in pasted)})\b)"
    weak = [*_WEAK_BEFORE_NETWORK]
    patterns = [*_STRONG]
    for one in pasted:
        weak += one.weak_prompts
        patterns += one.prompts
    patterns.append(_DOLLAR)
    patterns += [f"{prompt}{network}" for prompt in weak]
    patterns += [f"{prompt}{known}" for prompt in _WEAK_BEFORE_KNOWN]
    return tuple(map(re.compile, patterns))


def _any_of(alternatives: Iterable[str]) -> str:
    return "|".join(filter(None, alternatives)) or "(?!)"


def typed(line: str) -> Typed | None:
    """What a person typed in this line; None where it is output. An empty command = the prompt
    alone."""
    head = line[:PROMPT].lstrip()
    for pattern in _patterns(platforms.all_pasted()):
        if found := pattern.match(head):
            rest = (head[found.end() :] + line.lstrip()[PROMPT:]).strip()
            plain = re.sub(r"\s*[=#*-]{2,10}$", "", rest)
            return _typed(plain, found.groupdict().get("host"))
    if watched := _WATCHED.fullmatch(line.strip()[:PROMPT]):
        return _typed(watched["typed"], watched["host"])
    return Typed("") if re.fullmatch(r"[$#%❯]\s*", head) else None


def _typed(text: str, host: str | None) -> Typed:
    return Typed(text, host, command_of(text))


def typed_lines(lines: list[str]) -> dict[int, Typed]:
    """The typed lines by their number, with what a backslash continues; a bare prompt seen before
    counts as one."""
    found: dict[int, Typed] = {}
    hosts: set[str | None] = set()
    open_line: int | None = None
    for number, line in enumerate(lines):
        if open_line is not None:
            open_line = _continue(found, open_line, number, line)
            continue
        here = typed(line) or _bare(line, hosts)
        if here is None:
            continue
        found[number] = here
        hosts.add(here.host)
        if here.typed.endswith("\\"):
            open_line = number
    return found


def _bare(line: str, hosts: set[str | None]) -> Typed | None:
    """`edge#` alone, after `edge#show ip route`."""
    found = _BARE.fullmatch(line.strip()[:PROMPT])
    if found is None or found[1] not in hosts:
        return None
    return Typed("", found[1])


def _continue(found: dict[int, Typed], start: int, number: int, line: str) -> int | None:
    """A command that goes on in the next line, after the shell's `> `."""
    more = re.sub(r"^\s*>\s", "", line).strip()
    first = found[start]
    text = f"{first.typed[:-1].rstrip()} {more}"[:4000]
    found[start] = replace(first, typed=text, command=command_of(text))
    found[number] = Typed("", first.host)
    return start if more.endswith("\\") else None
