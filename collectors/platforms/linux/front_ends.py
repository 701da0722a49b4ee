"""Filters as their front ends tell them: `ufw status`, `firewall-cmd --list-all`, `ipvsadm -Ln`.

What a front end does not tell (its own rules before and after, a policy, a rich rule) is a rule
that may do anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_network

from collectors.model.answer import ParseResult, Unparsed
from collectors.model.records import FilterChain, FilterRule, Match
from collectors.model.services import port_number
from collectors.model.words import SCHEDULED
from collectors.platforms.linux.filter_words import port_range, unread
from collectors.platforms.linux.rule_meaning import with_meaning
from collectors.platforms.reading import WIDEST, each

ESTABLISHED = Match("ct_state", ("established", "related"))
_UFW = re.compile(r"^Status: (?:active|inactive)\b", re.M)
_FIREWALLD = re.compile(r"^\S+(?: \((?:active|default|default, active)\))?\n {2}target: ", re.M)
_IPVS = re.compile(r"^IP Virtual Server version|^Prot LocalAddress:Port Scheduler", re.M)


def read_front_end(text: str, lines: list[str]) -> ParseResult | None:
    """None where this is no front end's output."""
    start = text[:20_000]
    for shape, read in ((_UFW, read_ufw), (_FIREWALLD, read_firewalld), (_IPVS, read_ipvs)):
        if shape.search(start):
            return read(lines)
    return None


@dataclass
class _Chains:
    """The rules of each chain in their order."""

    dialect: str
    family: str = "inet"
    positions: dict[str, int] = field(default_factory=dict)

    def rule(
        self, chain: str, verdict: str, text: str, *matches: Match, target: str | None = None
    ) -> FilterRule:
        """The next rule of the chain."""
        at = self.positions[chain] = self.positions.get(chain, -1) + 1
        place = (self.dialect, self.family, self.dialect, chain, at)
        return with_meaning(FilterRule(*place, matches, verdict, target, text=text))

    def chain(self, name: str, policy: str | None, kind: str = "filter") -> FilterChain:
        """A chain that packets enter by itself."""
        return FilterChain(self.dialect, self.family, self.dialect, name, name, kind, policy=policy)


# --- ufw ---

# Default: deny (incoming), allow (outgoing), disabled (routed)
_DEFAULT = re.compile(r"(allow|deny|reject|disabled) \((incoming|outgoing|routed)\)")
# [ 1] 22/tcp on eth0             ALLOW IN    192.0.2.0/24               # comment
_RULE = re.compile(
    r"(?:\[ ?\d+\] )?(?P<to>\S.*?)\s{2,}"
    r"(?P<action>ALLOW|DENY|REJECT|LIMIT)(?: (?P<way>IN|OUT|FWD))?\s+(?P<source>\S.*?)"
    r"(?:\s{2,}(?:\(log(?:-all)?(?:, out)?\)|\(out\)))?(?:\s+#.*)?"
)
_TITLES = re.compile(
    r"Status: .*|Logging: .*|New profiles: .*|To\s+Action\s+From|--\s+-+\s+-+|WARN: .*"
)
_WAYS = {
    "incoming": "input",
    "outgoing": "output",
    "routed": "forward",
    "IN": "input",
    "OUT": "output",
    "FWD": "forward",
}
_VERDICTS = {"ALLOW": "accept", "DENY": "drop", "REJECT": "reject", "LIMIT": "accept"}
_POLICIES = {"allow": "accept", "deny": "drop", "reject": "drop", "disabled": "drop"}


def read_ufw(lines: list[str]) -> ParseResult:
    """The rules in their order, after ufw's own that let answers in; without `verbose` the policy
    is not shown."""
    if any(line.startswith("Status: inactive") for line in lines):
        return ParseResult((_Chains("ufw").chain("input", "accept"),))
    chains = _Chains("ufw")
    policies = {
        _WAYS[way]: _POLICIES[word]
        for line in lines
        for word, way in _DEFAULT.findall(line[:WIDEST])
    }
    own = [
        record
        for name in ("input", "output", "forward")
        for record in (
            chains.chain(name, policies.get(name)),
            chains.rule(
                name, "accept", "ufw's own rules: answers of known connections", ESTABLISHED
            ),
        )
    ]
    rules = each(lines, lambda line: list(_ufw(line.strip(), chains)), WIDEST)
    unknown = [
        chains.rule(
            name,
            "drop",
            "the default policy: `ufw status verbose` shows it",
            unread("default policy"),
        )
        for name in ("input", "output", "forward")
        if name not in policies
    ]
    return ParseResult((*own, *rules.records, *unknown), rules.unread)


def _ufw(line: str, chains: _Chains) -> Iterator[FilterRule]:
    if _TITLES.fullmatch(line) or line.startswith("Default:"):
        return
    found = _RULE.fullmatch(line)
    if not found:
        raise Unparsed(line)
    chain = _WAYS[found["way"] or "IN"]
    matches = [*_ufw_end(found["to"], "dst", "oif" if chain != "input" else "iif")]
    matches += [*_ufw_end(found["source"], "src", "iif" if chain != "output" else "oif")]
    if found["action"] == "LIMIT":
        matches.append(Match("limit", ("6/30 seconds",)))
    version = "6" if "(v6)" in line else "4" if "Anywhere" in line else None
    matches += [Match("version", (version,))] if version else []
    yield chains.rule(
        chain, _VERDICTS[found["action"]], " ".join(line.split()), *dict.fromkeys(matches)
    )


def _ufw_end(text: str, side: str, interface: str) -> Iterator[Match]:
    """`22/tcp (v6)`, `10.0.0.1 53/udp on eth0`, `Anywhere on eth1`, `OpenSSH`, `192.0.2.0/24`,
    `80,443/tcp`."""
    words = re.sub(r" \((?:v6|out|log|log-all)\)", "", text).split()
    if "on" in words and words.index("on") + 1 < len(words):
        at = words.index("on")
        yield Match(interface, (words[at + 1],))
        del words[at : at + 2]
    for word in words:
        if word != "Anywhere":
            yield from _ufw_word(word, side)


def _ufw_word(word: str, side: str) -> Iterator[Match]:
    ports, _, protocol = word.partition("/")
    if re.fullmatch(r"[\d,:]+", ports) and protocol in ("tcp", "udp", "") and "::" not in ports:
        if protocol:
            yield Match("protocol", (protocol,))
        yield Match(
            "sport" if side == "src" else "dport",
            tuple(port_range(part) for part in ports.split(",")),
        )
        return
    try:
        yield Match(side, (ip_network(word, strict=False),))
    except ValueError:
        yield unread(f"{word} (a profile of an application)")


# --- firewalld ---

_ZONE = re.compile(r"(?P<name>[\w.-]+)(?: \((?P<state>[\w, ]+)\))?")
_FIELD = re.compile(r" {2}(?P<name>[a-z][a-z -]*): ?(?P<value>.*)")
_PORTS = {"dhcpv6-client": "546/udp", "dhcpv6": "547/udp", "dhcp": "67/udp", "samba-client": "137-138/udp",
          "cockpit": "9090/tcp", "dns": "53", "kerberos": "88", "ssh": "22/tcp",
          "http": "80/tcp", "https": "443/tcp", "ipp-client": "631/udp", "mdns": "5353/udp",
          "ntp": "123/udp"}  # fmt: skip


def read_firewalld(lines: list[str]) -> ParseResult:
    """What each active zone lets in; rich rules and names of services that are not known may do
    anything."""
    zones: list[dict[str, list[str]]] = []
    unread_lines = [line for line in lines if not _zone_line(line, zones)]
    chains = _Chains("firewalld")
    records: list[FilterChain | FilterRule] = [chains.chain("input", "drop")]
    records.append(chains.rule("input", "accept", "answers of known connections", ESTABLISHED))
    for zone in zones:
        if "active" in zone["state"][0] or zone["interfaces"] or zone["sources"]:
            records += _zone(zone, chains)
    records.append(
        chains.rule("input", "queue", "the default zone and policies", unread("the default zone"))
    )
    return ParseResult(tuple(records), tuple(unread_lines))


def _zone_line(line: str, zones: list[dict[str, list[str]]]) -> bool:
    if zone := _ZONE.fullmatch(line):
        empty: dict[str, list[str]] = {
            key: [] for key in ("interfaces", "sources", "services", "ports", "rich rules")
        }
        zones.append(
            empty | {"name": [zone["name"]], "state": [zone["state"] or ""], "target": ["default"]}
        )
    elif not zones or len(line) > WIDEST:
        return False
    elif entry := _FIELD.fullmatch(line):
        values = (
            entry["value"].split()
            if entry["name"] != "rich rules"
            else [entry["value"]] * bool(entry["value"])
        )
        zones[-1][entry["name"]] = values
    elif line.strip().startswith(("rule ", "port=")):
        zones[-1]["rich rules"].append(line.strip())
    else:
        return False
    return True


def _zone(zone: dict[str, list[str]], chains: _Chains) -> Iterator[FilterRule]:
    for where in _whom(zone):
        name = f"zone {zone['name'][0]}"
        for rich in zone["rich rules"]:
            yield chains.rule("input", "queue", f"{name}: {rich}", where, unread(rich))
        for service in zone["services"]:
            yield chains.rule(
                "input", "accept", f"{name}: service {service}", where, *_service(service)
            )
        for port in zone["ports"]:
            yield chains.rule("input", "accept", f"{name}: port {port}", where, *_port(port))
        if zone["target"] != ["DROP"]:
            yield chains.rule(
                "input", "accept", f"{name}: ICMP", where, Match("protocol", ("icmp", "icmpv6"))
            )
        yield from _target(zone, where, name, chains)


def _whom(zone: dict[str, list[str]]) -> Iterator[Match]:
    """The packets of a zone: by its sources first, then by its interfaces."""
    for source in zone["sources"]:
        yield (
            Match("src", (ip_network(source, strict=False),))
            if "/" in source
            else unread(f"source {source}")
        )
    if zone["interfaces"]:
        yield Match("iif", tuple(zone["interfaces"]))


def _target(
    zone: dict[str, list[str]], where: Match, name: str, chains: _Chains
) -> Iterator[FilterRule]:
    target = zone["target"][0] if zone["target"] else "default"
    verdict = {"ACCEPT": "accept", "DROP": "drop", "%%REJECT%%": "reject", "default": "reject"}.get(
        target, "queue"
    )
    yield chains.rule("input", verdict, f"{name}: target {target}", where)


def _service(name: str) -> tuple[Match, ...]:
    if name in _PORTS:
        return _port(_PORTS[name])
    number = port_number(name)
    if number:
        return _port(f"{number}")
    return (unread(f"service {name}"),)


def _port(text: str) -> tuple[Match, ...]:
    ports, _, protocol = text.partition("/")
    named = (Match("protocol", (protocol,)),) if protocol else ()
    return (*named, Match("dport", (port_range(ports),)))


# --- IPVS ---

_SERVICE = re.compile(
    r"(?P<kind>TCP|UDP|SCTP|FWM)\s+(?P<address>\S+)\s+(?P<scheduler>[a-z]\w*)?\s*.*"
)
# or with --stats: TCP  192.0.2.10:80    12    60    48   7200   6200
_SERVER = re.compile(
    r"\s*-> (?P<address>\S+)(?:\s+(?P<way>Masq|Route|Tunnel|Local)\s+(?P<weight>\d+))?\s*.*"
)
_HEADS = re.compile(r"IP Virtual Server version .*|Prot LocalAddress.*|\s*-> RemoteAddress:Port.*")


@dataclass
class _Virtual:
    matches: tuple[Match, ...] = ()
    words: str = ""


def read_ipvs(lines: list[str]) -> ParseResult:
    """Each server of a virtual service as a translation that may be chosen; what is not rewritten
    may do anything."""
    chains, virtual = _Chains("ipvs"), _Virtual()

    def one(line: str) -> FilterRule | None:
        if _HEADS.fullmatch(line):
            return None
        if service := _SERVICE.fullmatch(line):
            virtual.matches, virtual.words = _virtual(service), " ".join(line.split())
            return None
        server = _SERVER.fullmatch(line)
        if not server or not virtual.words:
            raise Unparsed(line)
        if server["weight"] == "0":
            return None
        translated = server["way"] == "Masq"
        text = f"{virtual.words} -> {' '.join(server[0].split()[1:])}"
        chosen = unread(SCHEDULED)
        target = server["address"].removesuffix(":0") if translated else None
        rule = chains.rule(
            "prerouting",
            "dnat" if translated else "queue",
            text,
            *virtual.matches,
            chosen,
            target=target,
        )
        return replace(rule, meaning=replace(rule.meaning, balances=True))

    reading = each(lines, one, WIDEST)
    return ParseResult(
        (chains.chain("prerouting", "accept", "nat"), *reading.records), reading.unread
    )


def _virtual(found: re.Match[str]) -> tuple[Match, ...]:
    if found["kind"] == "FWM":
        return (Match("mark", (hex(int(found["address"][:10])),)),)
    host, _, port = found["address"].rpartition(":")
    protocol = Match("protocol", (found["kind"].lower(),))
    try:
        address = Match("dst", (ip_network(host.strip("[]")),))
    except ValueError:
        address = unread(f"virtual address {host}")
    return (protocol, address, *_virtual_port(port))


def _virtual_port(text: str) -> tuple[Match, ...]:
    """Port 0 stands for every port."""
    number = port_number(text)
    if number is None:
        return (unread(f"port {text}"),)
    return (Match("dport", ((number, number),)),) if number else ()
