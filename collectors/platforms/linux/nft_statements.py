"""One rule of nft's text as the JSON that `nft -j` would give for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from collectors.platforms.linux.nft_rule import PAYLOADS, TOKEN, VERDICTS, RuleReader, literal

Json = Any


def read(text: str) -> dict[str, Json]:
    """The statements of a rule, its comment and its handle. Raises ValueError for what is not
    known."""
    text, handle = _cut(r"\s*# handle (\d+)\s*$", text)
    text, comment = _cut(r'\s*comment "([^"]*)"\s*$', text)
    rule: dict[str, Json] = {"expr": _statements(RuleReader(TOKEN.findall(text)))}
    if handle:
        rule["handle"] = int(handle)
    if comment:
        rule["comment"] = comment
    return rule


def elements(text: str) -> list[Json]:
    """The elements of `{ 10.0.0.0/8, 80 : accept, 1.1.1.1 . 53 }`."""
    reader = RuleReader(TOKEN.findall(text))
    found: list[Json] = reader.value()["set"]
    return found


def _cut(pattern: str, text: str) -> tuple[str, str | None]:
    found = re.search(pattern, text)
    return (text[: found.start()], found[1]) if found else (text, None)


def _statements(rule: RuleReader) -> list[Json]:
    found: list[Json] = []
    while token := rule.peek():
        if token in VERDICTS:
            found.append({rule.take(): None})
        elif token in _STATEMENTS:
            rule.take()
            found.append(_STATEMENTS[token](rule))
        else:
            found.append(rule.condition())
    return found


def _counter(rule: RuleReader) -> Json:
    if rule.maybe("name"):
        return {"counter": rule.take().strip('"')}
    if not rule.maybe("packets"):
        return {"counter": {"packets": 0, "bytes": 0}}
    packets = int(rule.take())
    rule.take("bytes")
    return {"counter": {"packets": packets, "bytes": int(rule.take())}}


def _jump(kind: str) -> Callable[[RuleReader], Json]:
    return lambda rule: {kind: {"target": rule.take().strip('"')}}


def _log(rule: RuleReader) -> Json:
    options: dict[str, Json] = {}
    while rule.peek() in ("prefix", "level", "group", "snaplen", "queue-threshold", "flags"):
        name = rule.take()
        options[name] = rule.value()
    return {"log": {key: str(value) for key, value in options.items()} or None}


def _limit(rule: RuleReader) -> Json:
    if rule.maybe("name"):
        return {"limit": rule.take().strip('"')}
    rule.take("rate")
    over = rule.maybe("over")
    number, _, per = rule.take().partition("/")
    unit = ""
    if not per:
        unit, _, per = rule.take().partition("/")
    limit: dict[str, Json] = {
        "rate": int(number),
        "per": per,
        "inv": over,
        "rate_unit": unit or None,
    }
    limit["burst"] = 5  # what the kernel takes where none is given
    if rule.maybe("burst"):
        limit["burst"] = int(rule.take())
        rule.take("packets", "bytes", "kbytes", "mbytes")
    return {"limit": limit}


def _reject(rule: RuleReader) -> Json:
    if not rule.maybe("with"):
        return {"reject": None}
    kind = rule.take()
    rule.maybe("type")
    words = rule.rest()
    return {"reject": {"type": f"tcp {words}"} if kind == "tcp" else {"type": kind, "expr": words}}


_NAT_FLAGS = ("random", "fully-random", "persistent", "prefix")


def _nat(kind: str) -> Callable[[RuleReader], Json]:
    def read_nat(rule: RuleReader) -> Json:
        item: dict[str, Json] = {}
        if rule.peek() in ("ip", "ip6") and rule.peek(1) in ("to", "prefix", "addr"):
            item["family"] = rule.take()
        rule.until("to", "map", *_NAT_FLAGS) if kind in ("snat", "dnat") else ""
        if rule.maybe("to"):
            item |= _destination(rule)
        while rule.peek() in (*_NAT_FLAGS, ","):
            rule.take()
        return {kind: item or None}

    return read_nat


# 10.0.0.5:8443 / [fd00::1]:80 / fd00::1 / 10.0.0.1-10.0.0.4:1000-2000 / :100
_TARGET = re.compile(
    r"(?:\[([^\]]+)\]|([0-9.]+(?:-[0-9.]+)?|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*))?(?::([\d-]+))?"
)


def _destination(rule: RuleReader) -> dict[str, Json]:
    """`10.0.0.5:8443`, `[fd00::1]:80`, `:100`, `10.0.0.1-10.0.0.4`, `tcp dport map { .. }`."""
    token = rule.peek()
    if token in (*PAYLOADS, "meta", "ct", "numgen", "jhash", "symhash"):
        parts = [rule.key()]
        while rule.maybe("."):
            parts.append(rule.key())
        rule.take("map")
        return {
            "addr": {
                "map": {
                    "key": parts[0] if len(parts) == 1 else {"concat": parts},
                    "data": rule.value(),
                }
            }
        }
    found = _TARGET.fullmatch(rule.take())
    if not found:
        raise ValueError("a translation that is not known")
    address, port = found[1] or found[2], found[3]
    return ({"addr": literal(address)} if address else {}) | (
        {"port": literal(port)} if port else {}
    )


def _set(operation: str) -> Callable[[RuleReader], Json]:
    def read_set(rule: RuleReader) -> Json:
        name = rule.take()
        depth, words = 0, list[str]()
        while True:
            token = rule.take()
            depth += (token == "{") - (token == "}")
            words.append(token)
            if depth == 0:
                return {"set": {"op": operation, "set": name, "elem": " ".join(words[1:-1])}}

    return read_set


def _quota(rule: RuleReader) -> Json:
    return {"quota": rule.take().strip('"')} if rule.maybe("name") else _unjudged("quota")(rule)


def _unjudged(name: str) -> Callable[[RuleReader], Json]:
    """A condition whose words are kept as they are, to the end of what it may take."""

    def read_words(rule: RuleReader) -> Json:
        return {
            "unjudged": (
                f"{name} {rule.until(*VERDICTS, 'counter', 'jump', 'goto', 'reject', 'log')}"
            )
        }

    return read_words


_STATEMENTS: dict[str, Callable[[RuleReader], Json]] = {
    "counter": _counter,
    "jump": _jump("jump"),
    "goto": _jump("goto"),
    "log": _log,
    "limit": _limit,
    "reject": _reject,
    "masquerade": _nat("masquerade"),
    "redirect": _nat("redirect"),
    "snat": _nat("snat"),
    "dnat": _nat("dnat"),
    "add": _set("add"),
    "update": _set("update"),
    "delete": _set("delete"),
    "queue": lambda rule: {"queue": {"num": rule.rest().removeprefix("num ")}},
    "quota": _quota,
    "flow": lambda rule: {"flow": {"flowtable": rule.rest()}},
    "synproxy": lambda rule: {"synproxy": rule.rest() or None},
    "comment": lambda rule: {"comment": rule.take()},
    "xt": _unjudged("xt match"),
}
