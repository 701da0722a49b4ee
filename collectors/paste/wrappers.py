"""The command inside a typed line: without sudo, kubectl exec, timeout, pipes and the like, and
where it ran."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

LONGEST = 2000  # characters of a typed line that are looked at
DEEPEST = 12  # wrappers around wrappers


@dataclass(frozen=True, slots=True)
class Command:
    """One typed command. `place` is another network stack than the prompt's; `filtered` = a part of
    its answer."""

    text: str
    place: str | None = None
    filtered: bool = False


def command_of(typed: str) -> Command:
    """What runs in the end, where, and whether all of its answer was shown."""
    line, filtered = _without_pipes(typed.strip()[:LONGEST])
    place: str | None = None
    for _ in range(DEEPEST):
        inner, inside = _unwrapped(line)
        if inner == line:
            break
        line, place = inner, inside or place
        line, cut = _without_pipes(line)
        filtered = filtered or cut
    return Command(_short_name(line), place, filtered)


# --- pipes ---

# what changes the looks of an answer, and leaves all of it there
_WHOLE = re.compile(
    r"\s*(?:jq\s*(?:['\"]?\.['\"]?\s*)?$|(?:sudo\s+)?(?:cat|less|more|tee|sort|column|nl|expand|ts|sponge|pbcopy|xclip|clip|fold|most"
    r"|no-more|display\s+\w+|json(?:-pretty)?|xml|Format-\w+|ft\b|fl\b|Out-\w+|ConvertTo-\w+)\b)",
    re.I,
)


def _without_pipes(line: str) -> tuple[str, bool]:
    """`iptables -nvL | head -20` is a part of the answer of iptables."""
    parts = _split(line, "|")
    first = _without_redirections(_first_command(parts[0]))
    return first, any(not _WHOLE.match(part) for part in parts[1:] if part.strip())


# commands that print nothing, or nothing that anybody asked for
_SILENT = re.compile(r"(?:cd|clear|export|source|\.|set|unset|echo|date|sleep|true)\b")


def _first_command(line: str) -> str:
    """The first that prints: `cd /tmp && ip route`, `clear; ip route`."""
    if '"' in line:
        return line
    commands = [line]
    if "'" not in line:
        commands = [part.strip() for part in re.split(r"&&|;", line) if part.strip()]
    for command in commands:
        if not _SILENT.match(command):
            return command
    return line.strip()


def _without_redirections(line: str) -> str:
    return re.sub(r"\s+(?:\d?>{1,2}\s?&?\S+|2>&1|</dev/null|&)(?=\s|$)", "", line).strip()


def _split(line: str, mark: str) -> list[str]:
    """The parts between marks that are not quoted; `||` is no pipe."""
    parts, quote, start, at = list[str](), "", 0, 0
    while at < len(line):
        letter = line[at]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == mark:
            if line[at + 1 : at + 2] == mark:
                break
            parts.append(line[start:at])
            start = at + 1
        at += 1
    return [*parts, line[start:at]]


# --- wrappers ---

# atomic: what is hostile must not be tried in every way
_OPTION = r"(?>(?:\s+-{1,2}[\w-]+(?:=\S+)?)*)"


def _options(valued: str) -> str:
    """Options, of which these take a value in the next word."""
    return rf"(?>(?:\s+(?:(?:{valued})(?:=|\s+)\S+|-{{1,2}}(?!-\s)[\w-]+(?:=\S+)?))*)"


_PLAIN = tuple(
    re.compile(pattern)
    for pattern in (
        rf"sudo{_options(r'-u|-g|-p|-C|-h|-T|-U|--user|--group')}(?:\s+--)?(?:\s+[A-Za-z_]\w*=\S*)*\s+(?=\S)",
        rf"doas{_options(r'-u|-C')}\s+(?=\S)",
        rf"env{_options(r'-u|-C')}(?:\s+[A-Za-z_]\w*=\S*)*\s+(?=\S)",
        r"[A-Za-z_]\w*=(?:'[^']*'|\"[^\"]*\"|\S*)\s+(?=\S)",
        rf"timeout{_options(r'-s|-k|--signal|--kill-after')}\s+[\d.]+[smhd]?\s+",
        rf"g?watch{_options(r'-n|--interval')}\s+(?:--\s+)?(?=\S)",
        r"(?:stdbuf|unbuffer|nohup|setsid|exec|command|builtin|busybox|toybox|time|/usr/bin/time|cmd"
        rf" /c){_OPTION}"
        r"\s+(?=\S)",
        rf"(?:nice|ionice|chrt|taskset){_options(r'-n|-c|-p')}\s+(?=\S)",
        r"chroot\s+\S+\s+(?=\S)",
        r"(?:ba|da|z|k|a)?sh(?:\s+-l|\s+--login)?\s+-\w{0,3}c\s+(?=\S)",
        r"(?:run|do|global|vrf context)\s+(?=(?:show|ping|traceroute|op)\b)",
    )
)

_PODS = _options(
    "-n|--namespace|-c|--container|--context|--kubeconfig|--cluster|-s|--server|--user|-u|-w|--workdir|-e|--env|-H"
    "|--host|--image|--target|--profile|--index"
)
_PLACES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?:\S*/)?(?:kubectl|oc|k)\b{_PODS}\s+exec{_PODS}\s+(?P<place>[\w./-]+){_PODS}(?:\s+--)?\s+(?=\S)",
        rf"(?:\S*/)?(?:kubectl|oc|k)\b{_PODS}\s+debug{_PODS}\s+(?P<place>[\w./-]+){_PODS}\s+--\s+(?=\S)",
        rf"(?:docker|podman|nerdctl)(?:[ -]compose)?{_PODS}(?:\s+container)?\s+exec{_PODS}"
        r"\s+(?P<place>[\w.-]+)\s+(?=\S)",
        rf"crictl{_options('-r|-c|-t')}\s+exec{_options('-r|--transport')}\s+(?P<place>[\w.-]+)\s+(?=\S)",
        rf"(?:lxc|incus)\s+exec{_options('--env|--user|--cwd')}\s+(?P<place>[\w.-]+){_OPTION}\s+(?:--\s+)?(?=\S)",
        r"pct\s+exec\s+(?P<place>\d+)\s+(?:--\s+)?(?=\S)",
        r"lxc-attach\s+(?:-n\s+|--name[= ])(?P<place>[\w.-]+)\s+(?:--\s+)?(?=\S)",
        r"(?:ip\s+)(?:-\S+\s+)*netns\s+(?:exec|e)\s+(?P<place>[\w.-]+)\s+(?=\S)",
        r"ip\s+(?:-n|-netns)\s+(?P<netns>[\w.-]+)\s+(?=\S)",
        r"jexec\s+(?:-\w+\s+)*(?P<place>[\w.-]+)\s+(?=\S)",
    )
)
_VRF = re.compile(r"ip\s+vrf\s+exec\s+\S+\s+(?=\S)")
_NSENTER = re.compile(
    r"nsenter(?P<opts>(?>(?:\s+(?:(?:-t|--target|-S|-G)(?:=|\s+)\S+|-{1,2}(?!-\s)[\w-]+(?:=\S+)?))*))(?:\s+--)?\s+(?=\S)"
)
_SSH = re.compile(
    rf"ssh{_options('-[bcDEeFIiJLlmOopQRSWw]')}\s+(?:[\w.-]+@)?(?P<place>[\w.:-]+)(?:\s+--)?{_OPTION}\s+(?=\S)"
)


def _unwrapped(line: str) -> tuple[str, str | None]:
    """One wrapper less, and the place that it led to."""
    line = _unquoted(line)
    for pattern in _PLAIN:
        if found := pattern.match(line):
            return _unquoted(line[found.end() :].strip()), None
    for pattern in _PLACES:
        if found := pattern.match(line):
            return _inside(found, line)
    if found := _VRF.match(line):
        return line[found.end() :].strip(), None
    if found := _NSENTER.match(line):
        return line[found.end() :].strip(), _target(found["opts"])
    if found := _SSH.match(line):
        return _unquoted(line[found.end() :].strip()), found["place"]
    return line, None


def _inside(found: re.Match[str], line: str) -> tuple[str, str | None]:
    rest = line[found.end() :].strip()
    if "netns" in found.groupdict():
        return f"ip {rest}", found["netns"]
    return _unquoted(rest), found["place"].rsplit("/", 1)[-1]


def _target(options: str) -> str | None:
    """Whose network it is; without -n or -a it stays the prompt's own."""
    if named := re.search(r"--net=(?:\S*/)?([\w.-]+)", options):
        return named[1]
    network = re.search(r"\s(?:--net(?:work)?\b|--all\b|-\w*[na]\w*)", options)
    target = re.search(r"(?:-t|--target)(?:=|\s*)(\w+)", options)
    if network is None or target is None:
        return None
    return f"pid-{target[1]}" if target[1] != "1" else None


def _unquoted(line: str) -> str:
    """`sh -c 'ip route'` and `watch "ss -tn"`: what stands between the quotes."""
    if line[:1] not in ("'", '"'):
        return line
    try:
        return shlex.split(line)[0].strip()
    except (ValueError, IndexError):
        return line.strip("'\" ")


_PATH = re.compile(r"^(?:\./|(?:[A-Za-z]:)?(?:[\\/][\w.-]+){1,20}[\\/])(?=[\w.-]+)")


def _short_name(line: str) -> str:
    """/usr/sbin/iptables -L is iptables -L; C:\\Windows\\System32\\ROUTE.EXE print is route
    print."""
    name, blank, rest = _PATH.sub("", line).partition(" ")
    name = re.sub(r"\.exe$", "", name, flags=re.I)
    return f"{name}{blank}{rest}".strip()
