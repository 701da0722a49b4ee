"""The programs that may be run on Linux, and why each of them changes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from collectors.guard import shell_words
from collectors.model.grammar import Grammar, Program, Script, Words
from collectors.platforms.linux import probes, trace_spread


def _read_only_ip(words: Words) -> bool:
    if "-batch" in words:
        return words[-2:] == ("-batch", "-")
    arguments = [word for word in words[1:] if not word.startswith("-")]
    if not arguments or "exec" in arguments:
        return False
    return arguments[0] in _IP_OBJECTS and _IP_CHANGES.isdisjoint(arguments[1:2])


_IP_OBJECTS = frozenset(
    ["addr", "address", "link", "route", "rule", "neigh", "nexthop", "maddr", "vrf"]
)
_IP_LETTERS = frozenset("adcr")  # add, delete, change and replace in one letter
_IP_CHANGES = _IP_LETTERS | frozenset(
    ["add", "del", "delete", "change", "chg", "replace", "append", "set", "flush", "restore"]
)


def _fed_by_lookups(script: Script) -> str | None:
    """What is fed to `ip -batch -` only looks up routes."""
    if not any(map(_is_batch, script.commands)):
        return None
    for words in script.commands:
        text = " ".join(words[1:])
        if words[0] == "echo" and not text.startswith("route get "):
            return f"{text[:60]!r} is not a route lookup"
    return None


def _is_batch(words: Words) -> bool:
    return words[0] == "ip" and "-batch" in words


def _listing_nft(words: Words) -> bool:
    rest = [word for word in words[1:] if not re.fullmatch(r"-[jnnsta]+", word)]
    return rest[:1] == ["list"]


def _showing_tc(words: Words) -> bool:
    """`tc -j -s qdisc show`, and nothing behind it that could change one."""
    rest = [word for word in words[1:] if not re.fullmatch(r"-[jsdp]", word)]
    return rest == ["qdisc", "show"]


def _listing_conntrack(words: Words) -> bool:
    modes = {word for word in words[1:] if re.fullmatch(r"-[A-Z]|--[a-z-]+", word)}
    one_mode = len(modes) == 1 and "-z" not in words
    return one_mode and modes <= {"-L", "-E", "-S", "-C"}


def _showing_conntrackd(words: Words) -> bool:
    changes = {"-d", "-k", "-f", "-F", "-c", "-B", "-n", "-R"}
    return "-s" in words and not changes & set(words)


def _no_option(*forbidden: str) -> Callable[[Words], bool]:
    """None of these options, alone or among letters that are written together."""
    letters = {option[1] for option in forbidden if len(option) == 2}

    def is_allowed(word: str) -> bool:
        if word.partition("=")[0] in forbidden:
            return False
        together = re.fullmatch(r"-[A-Za-z]+", word) is not None
        return not together or letters.isdisjoint(word[1:])

    return lambda words: all(map(is_allowed, words[1:]))


def _reading_files(words: Words) -> bool:
    """Only files that tell about the network and the kernel, and no way up from there."""
    paths = [word for word in words[1:] if word.startswith("/")]
    climbs = any(".." in word.split("/") for word in words[1:])
    return not climbs and all(re.match(_READABLE, path) for path in paths)


_READABLE = r"/proc/|/sys/class/net/|/var/log/|/etc/conntrackd/|/dev/null$"


def _ours(words: Words) -> bool:
    ours = (*probes.PROGRAMS, trace_spread.PROGRAM)
    return len(words) > 2 and words[1] == "-c" and words[2] in ours


def _script(words: Words) -> bool:
    return len(words) >= 3 and words[1] == "-c"


def _capturing(words: Words) -> bool:
    to_stdout = ("-w", "-") in pairwise(words)
    bounded = to_stdout and "-c" in words
    return bounded and _RUNS_OR_WRITES.isdisjoint(words)


_RUNS_OR_WRITES = frozenset({"-z", "-G", "-C", "-r", "-F", "-V"})


def _connecting(words: Words) -> bool:
    only_connects = {"-z", "-n"} <= set(words)
    return only_connects and {"-l", "-e", "-c"}.isdisjoint(words)


def _after_sudo(words: Words) -> Words:
    return words[2:] if words[1:2] == ("-n",) else ()


def _after_timeout(words: Words) -> Words:
    return words[2:] if len(words) > 2 and re.fullmatch(r"[\d.]+", words[1]) else ()


def _after_exec(words: Words) -> Words:
    """`exec 3<>/dev/tcp/...` runs nothing; the file is judged apart."""
    return words[1:] or ("true",)


_TELLS = Program("prints facts about the system or its own arguments, and can do nothing else")
_WORDS = Program("part of the shell's language: works on words and results only")
_TEXT = Program("works on the text that it is given, and writes it to its output only")
_SAVED = Program("prints the filter's rules; `-restore` is another program")
_PROBE = Program("sends packets of its own, bounded by the catalogue; changes nothing here")
_FILE = Program("reads files of the kernel, the network and the logs only", _reading_files)
_LANGUAGE = ("test", "[", "echo", "true", "false", "return", "exit", "wait", "cd", "export")

PROGRAMS: dict[str, Program] = {
    **dict.fromkeys(("uname", "id", "date", "pidof", "readlink"), _TELLS),
    **dict.fromkeys(_LANGUAGE, _WORDS),
    **dict.fromkeys(("tr", "cut"), _TEXT),
    **dict.fromkeys(("traceroute", "tracepath", "ping", "arping"), _PROBE),
    **dict.fromkeys(("cat", "grep", "head", "tail"), _FILE),
    **dict.fromkeys(
        (
            f"{tool}{kind}-save"
            for tool in ("iptables", "ip6tables")
            for kind in ("", "-nft", "-legacy")
        ),
        _SAVED,
    ),
    "ip": Program("shows objects of the network; what adds or deletes is refused", _read_only_ip),
    "ipset": Program("`save` prints the sets", lambda words: words[1:] == ("save",)),
    "nft": Program("`list` prints the rules", _listing_nft),
    "tc": Program("`qdisc show` prints the queues with their counters", _showing_tc),
    "conntrack": Program(
        "lists, counts or watches sessions; what deletes or resets them is refused",
        _listing_conntrack,
    ),
    "conntrackd": Program("`-s` prints what the daemon counted", _showing_conntrackd),
    "ss": Program(
        "lists sockets; `-K` closes them, and `-D`, `-F`, `-N` lead to files and namespaces",
        _no_option("-K", "--kill", "-D", "--diag", "-F", "--filter", "-N", "--net"),
    ),
    "sysctl": Program(
        "prints settings; what writes or loads them is refused",
        _no_option("-w", "--write", "-p", "--load", "--system"),
    ),
    "journalctl": Program(
        "prints the journal; what shortens, turns or writes it is refused",
        _no_option(
            "--vacuum-size",
            "--vacuum-time",
            "--vacuum-files",
            "--rotate",
            "--flush",
            "--sync",
            "--cursor-file",
        ),
    ),
    "dmesg": Program(
        "prints the kernel's log; what clears it or turns its console is refused",
        _no_option(
            "-C",
            "--clear",
            "-c",
            "--read-clear",
            "-D",
            "-E",
            "-n",
            "--console-level",
            "--console-off",
            "--console-on",
        ),
    ),
    "wg": Program(
        "`show` prints the tunnels and hides their keys", lambda words: words[1:] == ("show",)
    ),
    "bridge": Program(
        "`fdb show` prints where hardware addresses are",
        lambda words: words[1:] == ("fdb", "show"),
    ),
    "command": Program(
        "`-v` tells whether a program is there", lambda words: words[1:2] == ("-v",)
    ),
    "tcpdump": Program(
        "captures to its output, bounded in packets; what writes files or runs programs is refused",
        _capturing,
    ),
    "nc": Program("`-z` connects and sends nothing", _connecting),
    "python3": Program("runs the programs of this catalogue, letter by letter", _ours),
    "sh": Program("runs a script, all of whose commands are judged themselves", _script),
    "bash": Program("runs a script, all of whose commands are judged themselves", _script),
    "exec": Program("runs the command behind it, which is judged", inner=_after_exec),
    "sudo": Program("runs the command behind it, which is judged", inner=_after_sudo),
    "timeout": Program("runs the command behind it, which is judged", inner=_after_timeout),
}

GRAMMAR = Grammar(
    programs=PROGRAMS,
    split=shell_words.read,
    opened=r"/dev/null|\d|/proc/(?:\$\w+|self|net)/\w+|/dev/(?:tcp|udp)/[0-9a-fA-F:.]+/\d+",
    rules=(_fed_by_lookups,),
)
