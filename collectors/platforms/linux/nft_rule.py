"""One rule of nft's text as the JSON that `nft -j` would give for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

Json = Any

_TOKEN = re.compile(r'"[^"]*"|[{},]|==|!=|<=|>=|[<>&|()^]|[^\s{},"()&|^<>=!]+|[=!]')
_PAYLOADS = {
    "ip", "ip6", "tcp", "udp", "th", "icmp", "icmpv6", "ether", "arp", "vlan", "sctp", "dccp", "udplite", "esp", "ah",
    "igmp", "frag", "dst", "hbh", "mh", "rt",
}  # fmt: skip
_META = {"iif", "iifname", "oif", "oifname", "mark", "skuid", "skgid", "iifgroup", "oifgroup", "pkttype", "cpu", "cgroup"}
_CT_DIRECTED = {"original", "reply"}
_FLAG_FIELDS = {("ct", "state"), ("ct", "status"), ("payload", "flags")}


def read(text: str) -> dict[str, Json]:
    """The statements of a rule, its comment and its handle. Raises ValueError for what is not known."""
    text, handle = _cut(r"\s*# handle (\d+)\s*$", text)
    text, comment = _cut(r'\s*comment "([^"]*)"\s*$', text)
    reader = _Rule(_TOKEN.findall(text))
    rule: dict[str, Json] = {"expr": reader.statements()}
    return rule | ({"handle": int(handle)} if handle else {}) | ({"comment": comment} if comment else {})


def elements(text: str) -> list[Json]:
    """The elements of `{ 10.0.0.0/8, 80 : accept, 1.1.1.1 . 53 }`."""
    reader = _Rule(_TOKEN.findall(text))
    found: list[Json] = reader.value()["set"]
    return found


def _cut(pattern: str, text: str) -> tuple[str, str | None]:
    found = re.search(pattern, text)
    return (text[: found.start()], found[1]) if found else (text, None)


class _Rule:
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

    def statements(self) -> list[Json]:
        found: list[Json] = []
        while self.at < len(self.tokens):
            token = self.peek()
            if token in _VERDICTS:
                self.at += 1
                found.append({token: None})
            elif token in _STATEMENTS:
                self.at += 1
                found.append(_STATEMENTS[token](self))
            else:
                found.append(self.condition())
        return found

    # --- conditions ---

    def condition(self) -> Json:
        if (self.peek(), self.peek(1)) == ("ct", "count"):
            self.at += 1
            return _unjudged("ct count")(self)
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
        if token in _PAYLOADS:
            return {"payload": {"protocol": token, "field": self.payload_field(token)}}
        if raw := re.fullmatch(r"@(\w+)", token):
            return self.raw(raw[1])
        if token in ("numgen", "jhash", "symhash"):
            return {token: self.until("vmap", "map", "==", "!=")}
        raise ValueError(f"{token!r} is not a key")

    def payload_field(self, header: str) -> str:
        name = self.take()
        return f"{name} {self.take()}" if header == "arp" and name in ("saddr", "daddr") else name

    def tracked(self) -> Json:
        token = self.take()
        if token in _CT_DIRECTED:
            name = self.take()
            return {"ct": {"dir": token, "key": f"{name} {self.take()}" if name in ("ip", "ip6") else name}}
        return {"ct": {"key": token}}

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
        if token in _VERDICTS:
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
        if words in ("ct", "meta", "rt", *_PAYLOADS):
            key = {"rt": {"key": self.tokens[self.at + 1]}} if words == "rt" else None
            if key:
                self.at += 2
                return key
            source = self.key()
            return {"map": {"key": source, "data": self.value()}} if self.maybe("map") else self.masked(source)
        return literal(self.take().strip('"'))

    def masked(self, source: Json) -> Json:
        while self.peek() in ("&", "|", "^", "and", "or", "xor"):
            operator = {"and": "&", "or": "|", "xor": "^"}.get(self.peek(), self.peek())
            self.at += 1
            source = {operator: [source, self.literal()]}
        return source


def _operator(left: Json, right: Json) -> str:
    kind, item = next(iter(left.items()))
    name = item.get("key") or item.get("field") if isinstance(item, dict) else None
    plain = not (isinstance(right, dict) and "set" in right)
    return "in" if (kind, name) in _FLAG_FIELDS and plain else "=="


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


_VERDICTS = frozenset({"accept", "drop", "continue", "return", "notrack"})


def _counter(rule: _Rule) -> Json:
    if rule.maybe("name"):
        return {"counter": rule.take().strip('"')}
    if not rule.maybe("packets"):
        return {"counter": {"packets": 0, "bytes": 0}}
    packets = int(rule.take())
    rule.take("bytes")
    return {"counter": {"packets": packets, "bytes": int(rule.take())}}


def _jump(kind: str) -> Callable[[_Rule], Json]:
    return lambda rule: {kind: {"target": rule.take().strip('"')}}


def _log(rule: _Rule) -> Json:
    options: dict[str, Json] = {}
    while rule.peek() in ("prefix", "level", "group", "snaplen", "queue-threshold", "flags"):
        name = rule.take()
        options[name] = rule.value()
    return {"log": {key: str(value) for key, value in options.items()} or None}


def _limit(rule: _Rule) -> Json:
    if rule.maybe("name"):
        return {"limit": rule.take().strip('"')}
    rule.take("rate")
    over = rule.maybe("over")
    number, _, per = rule.take().partition("/")
    unit = ""
    if not per:
        unit, _, per = rule.take().partition("/")
    limit: dict[str, Json] = {"rate": int(number), "per": per, "inv": over, "rate_unit": unit or None}
    if rule.maybe("burst"):
        limit["burst"] = int(rule.take())
        rule.take("packets", "bytes", "kbytes", "mbytes")
    return {"limit": limit}


def _reject(rule: _Rule) -> Json:
    if not rule.maybe("with"):
        return {"reject": None}
    kind = rule.take()
    rule.maybe("type")
    return {"reject": {"type": "tcp reset" if kind == "tcp" else kind, "expr": "" if kind == "tcp" and rule.rest() else rule.rest()}}


_NAT_FLAGS = ("random", "fully-random", "persistent", "prefix")


def _nat(kind: str) -> Callable[[_Rule], Json]:
    def read_nat(rule: _Rule) -> Json:
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


def _destination(rule: _Rule) -> dict[str, Json]:
    """`10.0.0.5:8443`, `[fd00::1]:80`, `:100`, `10.0.0.1-10.0.0.4`, `tcp dport map { .. }`."""
    token = rule.peek()
    if token in (*_PAYLOADS, "meta", "ct", "numgen", "jhash", "symhash"):
        parts = [rule.key()]
        while rule.maybe("."):
            parts.append(rule.key())
        rule.take("map")
        return {"addr": {"map": {"key": parts[0] if len(parts) == 1 else {"concat": parts}, "data": rule.value()}}}
    found = re.fullmatch(r"(?:\[([^\]]+)\]|([0-9.]+(?:-[0-9.]+)?|[0-9a-fA-F:]*:[0-9a-fA-F:]*:[0-9a-fA-F:.]*))?(?::([\d-]+))?", rule.take())
    if not found:
        raise ValueError("a translation that is not known")
    address, port = found[1] or found[2], found[3]
    return ({"addr": literal(address)} if address else {}) | ({"port": literal(port)} if port else {})


def _set(operation: str) -> Callable[[_Rule], Json]:
    def read_set(rule: _Rule) -> Json:
        name = rule.take()
        depth, words = 0, list[str]()
        while True:
            token = rule.take()
            depth += (token == "{") - (token == "}")
            words.append(token)
            if depth == 0:
                return {"set": {"op": operation, "set": name, "elem": " ".join(words[1:-1])}}

    return read_set


def _quota(rule: _Rule) -> Json:
    return {"quota": rule.take().strip('"')} if rule.maybe("name") else _unjudged("quota")(rule)


def _unjudged(name: str) -> Callable[[_Rule], Json]:
    """A condition whose words are kept as they are, to the end of what it may take."""

    def read_words(rule: _Rule) -> Json:
        return {name: rule.until(*_VERDICTS, "counter", "jump", "goto", "reject", "log")}

    return read_words


_STATEMENTS: dict[str, Callable[[_Rule], Json]] = {
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
    "queue": lambda rule: {"queue": {"num": rule.rest()}},
    "quota": _quota,
    "flow": lambda rule: {"flow": {"flowtable": rule.rest()}},
    "comment": lambda rule: {"comment": rule.take()},
    "xt": _unjudged("xt match"),
}
