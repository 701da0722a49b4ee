"""May exactly these bytes be sent to a device? Two fences: what the catalogue would build, and what
only reads.

`refusal(exact, inquiry, platform)` rebuilds the command from the typed inquiry and compares byte by
byte.
`refusal(exact)` alone is the second fence: printable, bounded, and made of commands that are known
to read.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from collectors import shell_words
from collectors.model.evidence import Inquiry
from collectors.model.platform import Platform
from collectors.platforms.linux import trace_spread
from collectors.platforms.linux.probes import PROGRAMS

LONGEST = 100_000  # bytes; a shell takes 128 kB in one word

Words = tuple[str, ...]


class Forbidden(ValueError):
    """These bytes must not be sent; the text is one sentence that says why."""


def check(exact: bytes, inquiry: Inquiry | None = None, platform: Platform | None = None) -> None:
    """Raise Forbidden unless these bytes may be sent."""
    why = refusal(exact, inquiry, platform)
    if why:
        raise Forbidden(why)


def refusal(
    exact: bytes, inquiry: Inquiry | None = None, platform: Platform | None = None
) -> str | None:
    """Why these bytes must not be sent, in one sentence; None = they may."""
    if not exact.strip():
        return "it is empty"
    if len(exact) > LONGEST:
        return f"it is longer than {LONGEST} bytes"
    strange = next((byte for byte in exact if not 32 <= byte < 127), None)
    if strange is not None:
        return f"it holds the byte 0x{strange:02x}, which is not printable ASCII"
    if (
        inquiry is not None
        and platform is not None
        and (why := _not_of_the_catalogue(exact, inquiry, platform))
    ):
        return why
    return _not_reading(exact.decode("ascii"))


def _not_of_the_catalogue(exact: bytes, inquiry: Inquiry, platform: Platform) -> str | None:
    """The first fence: the bytes are what this platform's file builds for this very question."""
    answer = platform.answers.get(inquiry.question)
    built = answer.command(inquiry.about) if answer else None
    if answer is None or built is None:
        return f"{platform.name} has no command for {inquiry.question.value}"
    allowed = {built.encode()} | ({f"sudo -n {built}".encode()} if answer.privileged else set())
    return (
        None
        if exact in allowed
        else f"it is not the command of {platform.name} for {inquiry.question.value}"
    )


def _not_reading(text: str) -> str | None:
    """The second fence: every command that a shell would run is one that reads."""
    try:
        script = shell_words.read(text)
    except shell_words.Unclear as why:
        return f"it cannot be judged: {why}"
    for name in script.files:
        if not _OPENED.fullmatch(name):
            return f"it redirects to or from {name[:60]!r}"
    found = (_judged(words, script.functions) for words in script.commands)
    return next((why for why in found if why), _batch(script))


def _batch(script: shell_words.Script) -> str | None:
    """What is fed to `ip -batch -` only looks up routes."""
    if not any(words[0] == "ip" and "-batch" in words for words in script.commands):
        return None
    fed = (" ".join(words[1:]) for words in script.commands if words[0] == "echo")
    return next(
        (
            f"{text[:60]!r} is not a route lookup"
            for text in fed
            if not text.startswith("route get ")
        ),
        None,
    )


_OPENED = re.compile(
    r"/dev/null|\d|/proc/(?:\$\w+|self|net)/\w+|/dev/(?:tcp|udp)/[0-9a-fA-F:.]+/\d+"
)


def _judged(words: Words, functions: set[str]) -> str | None:
    name = words[0]
    if name in functions:
        return None
    if name not in _READERS:
        return f"{name[:60]!r} is not a command that only reads"
    verdict = _READERS[name]
    if verdict is None:
        return None
    return None if verdict(words) else f"{' '.join(words)[:80]!r} may do more than read"


def _read_only_ip(words: Words) -> bool:
    arguments = [word for word in words[1:] if not word.startswith("-")]
    if "-batch" in words:
        return words[-2:] == ("-batch", "-")
    changes = {
        "add",
        "del",
        "delete",
        "change",
        "chg",
        "replace",
        "append",
        "set",
        "flush",
        "restore",
        "a",
        "d",
        "c",
        "r",
    }
    harmless = arguments[:1] and arguments[0] in _IP_OBJECTS
    return bool(harmless) and not changes & set(arguments[1:2]) and "exec" not in arguments


_IP_OBJECTS = frozenset(
    ["addr", "address", "link", "route", "rule", "neigh", "nexthop", "maddr", "vrf"]
)


def _listing_nft(words: Words) -> bool:
    rest = [word for word in words[1:] if not re.fullmatch(r"-[jnnsta]+", word)]
    return rest[:1] == ["list"]


def _showing_tc(words: Words) -> bool:
    """`tc -j -s qdisc show`, and nothing behind it that could change one."""
    rest = [word for word in words[1:] if not re.fullmatch(r"-[jsdp]", word)]
    return rest == ["qdisc", "show"]


def _listing_conntrack(words: Words) -> bool:
    modes = {word for word in words[1:] if re.fullmatch(r"-[A-Z]|--[a-z-]+", word)}
    return (
        len(modes & {"-L", "-E", "-S", "-C"}) == 1
        and not modes - {"-L", "-E", "-S", "-C"}
        and "-z" not in words
    )


def _no_option(*forbidden: str) -> Callable[[Words], bool]:
    """None of these options, alone or among letters that are written together."""

    def judge(words: Words) -> bool:
        for word in words[1:]:
            name = word.partition("=")[0]
            if name in forbidden or (
                re.fullmatch(r"-[A-Za-z]+", word)
                and set(word[1:]) & {f[1] for f in forbidden if len(f) == 2}
            ):
                return False
        return True

    return judge


def _reading_files(words: Words) -> bool:
    """Only files that tell about the network and the kernel, and no way up from there."""
    if any(".." in word.split("/") for word in words[1:]):
        return False
    return all(re.match(_READABLE, word) for word in words[1:] if word.startswith("/"))


_READABLE = r"/proc/|/sys/class/net/|/var/log/|/etc/conntrackd/|/dev/null$"


def _known_program(words: Words) -> bool:
    return len(words) > 2 and words[1] == "-c" and words[2] in (*PROGRAMS, trace_spread.PROGRAM)


def _showing(words: Words) -> bool:
    asked = [words[at + 1] for at, word in enumerate(words[:-1]) if word == "-c"]
    return bool(asked) and all(text.startswith("show ") and "|" not in text for text in asked)


def _nested(words: Words) -> bool:
    """What follows was judged on its own."""
    return len(words) >= 3 and words[1] == "-c"


def _prefix(skip: Callable[[Words], int]) -> Callable[[Words], bool]:
    """A command in front of another: the other is judged. No words to skip = in a form that is not
    known."""

    def judge(words: Words) -> bool:
        rest = words[skip(words) :] if skip(words) else ()
        return bool(rest) and _judged(rest, set()) is None

    return judge


def _sudo(words: Words) -> int:
    return 2 if words[1:2] == ("-n",) else 0


def _timeout(words: Words) -> int:
    return 2 if len(words) > 2 and re.fullmatch(r"[\d.]+", words[1]) else 0


def _capturing(words: Words) -> bool:
    """To standard output only, bounded in packets."""
    return (
        ("-w", "-") in zip(words, words[1:], strict=False)
        and "-c" in words
        and not {"-z", "-G", "-C", "-r", "-F", "-V"} & set(words)
    )


def _connecting(words: Words) -> bool:
    """A connect that sends nothing."""
    return "-z" in words and "-n" in words and not {"-l", "-e", "-c"} & set(words)


def _lookup(words: Words) -> bool:
    return words[1:2] == ("-v",)


_READERS: dict[str, Callable[[Words], bool] | None] = {
    **dict.fromkeys(
        (
            "uname",
            "id",
            "date",
            "test",
            "[",
            "echo",
            "true",
            "false",
            "return",
            "exit",
            "wait",
            "pidof",
            "cd",
        )
    ),
    **dict.fromkeys(
        ("export", "readlink", "tr", "cut", "ss", "traceroute", "tracepath", "ping", "arping")
    ),
    **dict.fromkeys(
        f"{tool}{kind}-save"
        for tool in ("iptables", "ip6tables")
        for kind in ("", "-nft", "-legacy")
    ),
    "ip": _read_only_ip,
    "ipset": lambda words: words[1:] == ("save",),
    "nft": _listing_nft,
    "tc": _showing_tc,
    "conntrack": _listing_conntrack,
    "conntrackd": (
        lambda words: (
            "-s" in words and not {"-d", "-k", "-f", "-F", "-c", "-B", "-n", "-R"} & set(words)
        )
    ),
    "cat": _reading_files,
    "grep": _reading_files,
    "head": _reading_files,
    "tail": _reading_files,
    "ss": _no_option("-K", "--kill", "-D", "--diag", "-F", "--filter", "-N", "--net"),
    "sysctl": _no_option("-w", "--write", "-p", "--load", "--system"),
    "journalctl": _no_option(
        "--vacuum-size",
        "--vacuum-time",
        "--vacuum-files",
        "--rotate",
        "--flush",
        "--sync",
        "--cursor-file",
    ),
    "dmesg": _no_option(
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
    "wg": lambda words: words[1:] == ("show",),  # it hides the keys
    "bridge": lambda words: words[1:] == ("fdb", "show"),
    "command": _lookup,
    "tcpdump": _capturing,
    "nc": _connecting,
    "vtysh": _showing,
    "python3": _known_program,
    "sh": _nested,
    "bash": _nested,
    "exec": lambda words: len(words) == 1 or _judged(words[1:], set()) is None,
    "sudo": _prefix(_sudo),
    "timeout": _prefix(_timeout),
}
