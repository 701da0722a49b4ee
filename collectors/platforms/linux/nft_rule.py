"""The conditions of a rule in nft's text, as the JSON that `nft -j` would give for them."""

from __future__ import annotations

import re
from typing import Any

Json = Any

TOKEN = re.compile(r'"[^"]*"|[{},]|==|!=|<=|>=|[<>&|()^]|[^\s{},"()&|^<>=!]+|[=!]')
PAYLOADS = {
    "ip", "ip6", "tcp", "udp", "th", "icmp", "icmpv6", "ether", "arp", "vlan", "sctp", "dccp", "udplite", "esp", "ah",
    "igmp", "frag", "dst", "hbh", "mh", "rt",
}  # fmt: skip
_META = {
    "iif", "iifname", "oif", "oifname", "mark", "skuid", "skgid", "iifgroup", "oifgroup", "pkttype", "cpu", "cgroup",
}  # fmt: skip
_CT_DIRECTED = {"original", "reply"}
_FLAG_FIELDS = {("ct", "state"), ("ct", "status"), ("payload", "flags")}


class RuleReader:
    """Reads the tokens of a rule from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else ""

    def take(self, *expected: str) -> str:
        token = self.peek()
        if not token or (expected and token not in expected):
            raise ValueError(f"{token!r} was not expected")
        self.at += 1
        return token

    def maybe(self, *wanted: str) -> bool:
        if self.peek() in wanted and self.peek():
            self.at += 1
            return True
        return False

    def rest(self) -> str:
        words, self.at = self.tokens[self.at :], len(self.tokens)
        return " ".join(words)

    # --- conditions ---

    def condition(self) -> Json:
        if (self.peek(), self.peek(1)) == ("ct", "count"):
            self.at += 1
            return {
                "unjudged": (
                    "ct " + self.until(*VERDICTS, "counter", "jump", "goto", "reject", "log")
                )
            }
        parts = [self.key()]
        while self.maybe("."):
            parts.append(self.key())
        left = parts[0] if len(parts) == 1 else {"concat": parts}
        if self.maybe("set"):
            return {"mangle": {"key": left, "value": self.assigned()}}
        if self.maybe("vmap"):
            return {"vmap": {"key": left, "data": self.value()}}
        return {"match": self.compared(left)}

    def compared(self, left: Json) -> Json:
        if self.maybe("&"):
            left = {"&": [left, self.operand()]}
        operator = self.take() if self.peek() in ("==", "!=", "<", ">", "<=", ">=") else ""
        right = self.value()
        if self.maybe("/"):  # tcp flags syn / syn,ack: value, then mask
            return {"op": operator or "==", "left": {"&": [left, self.value()]}, "right": right}
        return {"op": operator or _operator(left, right), "left": left, "right": right}

    def operand(self) -> Json:
        if not self.maybe("("):
            return self.literal()
        values = [self.literal()]
        while self.maybe("|", ","):
            values.append(self.literal())
        self.take(")")
        return values

    def key(self) -> Json:
        token = self.take()
        if token == "meta":
            return {"meta": {"key": self.take()}}
        if token == "ct":
            return self.tracked()
        if token == "fib":
            return self.fib()
        if token in ("rt", "tcp", "ip", "exthdr") and self.peek() == "option":
            self.at += 1
            return {"tcp option": {"name": self.take(), "field": self.take()}}
        if token in _META:
            return {"meta": {"key": token}}
        if token in PAYLOADS:
            return {"payload": {"protocol": token, "field": self.payload_field(token)}}
        if raw := re.fullmatch(r"@(\w+)", token):
            return self.raw(raw[1])
        if token == "numgen":
            return self.numbers()
        if token in ("jhash", "symhash"):
            return {token: self.until("vmap", "map", "==", "!=")}
        raise ValueError(f"{token!r} is not a key")

    def payload_field(self, header: str) -> str:
        name = self.take()
        return f"{name} {self.take()}" if header == "arp" and name in ("saddr", "daddr") else name

    def tracked(self) -> Json:
        token = self.take()
        if token in _CT_DIRECTED:
            name = self.take()
            return {
                "ct": {
                    "dir": token,
                    "key": f"{name} {self.take()}" if name in ("ip", "ip6") else name,
                }
            }
        return {"ct": {"key": token}}

    def numbers(self) -> Json:
        """`random mod 100`, `inc mod 3 offset 1`: as nft's JSON has it."""
        mode = self.take()
        self.take("mod")
        most = int(self.take())
        return {
            "numgen": {
                "mode": mode,
                "mod": most,
                "offset": int(self.take()) if self.maybe("offset") else 0,
            }
        }

    def fib(self) -> Json:
        flags = [self.take()]
        while self.maybe("."):
            flags.append(self.take())
        return {"fib": {"flags": flags, "result": self.take()}}

    def raw(self, base: str) -> Json:
        self.take(",")
        offset = int(self.take())
        self.take(",")
        return {"payload": {"base": base, "offset": offset, "len": int(self.take())}}

    def until(self, *ends: str) -> str:
        words = []
        while self.peek() and self.peek() not in ends:
            words.append(self.take())
        return " ".join(words)

    # --- values ---

    def value(self) -> Json:
        if self.peek() == "{":
            return self.braces()
        first = self.joined()
        if not self.maybe(","):
            return first
        values = [first, self.joined()]
        while self.maybe(","):
            values.append(self.joined())
        return values

    def braces(self) -> Json:
        self.take("{")
        found: list[Json] = []
        while not self.maybe("}"):
            key = self.joined()
            self.until(",", "}", ":")  # timeout, expires, counter, comment
            found.append([key, self.mapped()] if self.maybe(":") else key)
            self.until(",", "}")
            self.maybe(",")
        return {"set": found}

    def mapped(self) -> Json:
        token = self.peek()
        if token in VERDICTS:
            return {self.take(): None}
        if token in ("jump", "goto"):
            return {self.take(): {"target": self.take().strip('"')}}
        return self.joined()

    def joined(self) -> Json:
        parts = [self.literal()]
        while self.maybe("."):
            parts.append(self.literal())
        return parts[0] if len(parts) == 1 else {"concat": parts}

    def literal(self) -> Json:
        return literal(self.take())

    def assigned(self) -> Json:
        """`0x1`, `ct mark`, `meta mark & 0xff | 0x1`, `rt mtu`, `ip saddr map @marks`."""
        words = self.peek()
        if words in ("ct", "meta", "rt", *PAYLOADS, *_META):
            key = {"rt": {"key": self.tokens[self.at + 1]}} if words == "rt" else None
            if key:
                self.at += 2
                return key
            source = self.key()
            return (
                {"map": {"key": source, "data": self.value()}}
                if self.maybe("map")
                else self.masked(source)
            )
        return literal(self.take().strip('"'))

    def masked(self, source: Json) -> Json:
        while self.peek() in ("&", "|", "^", "and", "or", "xor"):
            operator = {"and": "&", "or": "|", "xor": "^"}.get(self.peek(), self.peek())
            self.at += 1
            source = {operator: [source, self.literal()]}
        return source


def _operator(left: Json, right: Json) -> str:
    kind, item = next(iter(left.items()))
    name = (item.get("key") or item.get("field")) if isinstance(item, dict) else None
    of_a_set = isinstance(right, dict) and "set" in right
    any_flag = (kind, name) in _FLAG_FIELDS and not of_a_set
    return "in" if any_flag else "=="


def literal(token: str) -> Json:
    """A number, a prefix, a range, a set's name, or a word."""
    text = token.strip('"')
    if token in ("{", "}", ",", "(", ")", ""):
        raise ValueError(f"{token!r} is not a value")
    if text in ("missing", "exists"):
        return text == "exists"
    if re.fullmatch(r"\d+|0x[0-9a-fA-F]+", text):
        return int(text, 0)
    if prefix := re.fullmatch(r"([0-9a-fA-F:.]+)/(\d+)", text):
        return {"prefix": {"addr": prefix[1], "len": int(prefix[2])}}
    if span := re.fullmatch(r"([0-9a-fA-F:.]+)-([0-9a-fA-F:.]+)", text):
        return {"range": [literal(span[1]), literal(span[2])]}
    return text


VERDICTS = frozenset({"accept", "drop", "continue", "return", "notrack"})
