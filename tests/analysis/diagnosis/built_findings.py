"""Findings built by hand: two ways in a line of names, and what the devices on them said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.flow import Flow
from collectors.model.inventory import Device, Inventory, Role
from collectors.model.records import (
    FilterChain,
    FilterRule,
    Match,
    NextHop,
    Packet,
    Record,
    Route,
    Session,
    Socket,
)
from collectors.model.settings import DeviceSetting
from collectors.platforms.linux.chain_places import with_place
from collectors.platforms.linux.counter_meanings import counted
from collectors.platforms.linux.knobs import setting_of
from collectors.platforms.linux.rule_meaning import with_meaning
from tests.analysis.spelling import judged
from workbench.analysis.case.case import Case
from workbench.analysis.case.drop import Drop, LastSeen
from workbench.analysis.case.findings import (
    Attempt,
    Boundary,
    Branch,
    ConnState,
    Disposition,
    Findings,
    Hop,
    Observation,
    Trace,
    Use,
)
from workbench.analysis.case.packet_kinds import PacketKind
from workbench.analysis.case.verdict import Verdict

FLOW = Flow.parse("tcp 10.0.1.20:40000 > 10.0.2.10:443")
ROLES = {
    "client": Role.CLIENT,
    "server": Role.SERVER,
    "fw": Role.FIREWALL,
    "nat": Role.NAT,
    "lb": Role.LOAD_BALANCER,
}


def role_of(name: str) -> Role:
    """fw-a is a firewall, r1 a router."""
    return next((role for word, role in ROLES.items() if name.startswith(word)), Role.ROUTER)


@dataclass
class Scene:
    """`way` and `back` are names in the order in which packets visit them."""

    way: str
    back: str
    flow: Flow = FLOW
    boundaries: dict[str, Boundary] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    changes: dict[tuple[str, bool], dict[str, object]] = field(default_factory=dict)
    observations: list[Observation] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    fates: dict[bool, Disposition] = field(default_factory=dict)
    alternates: dict[bool, tuple[str, ...]] = field(default_factory=dict)
    works: bool | None = None
    attempted: bool = True
    groups: dict[str, str] = field(default_factory=dict)
    outside: tuple[str, ...] = ()
    roles: dict[str, Role] = field(default_factory=dict)

    def say(
        self, device: str, question: Question, *records: Record, sample: str | None = None
    ) -> Scene:
        """The device answers; no records = it answered "none"."""
        query = Query(device, question, QueryParams(sample=sample))
        number = f"e{len(self.evidence) + 1}"
        self.evidence.append(Evidence(number, query, Status.ANSWERED, records=tuple(records)))
        return self

    def refuse(self, device: str, *questions: Question) -> Scene:
        """The device may not be asked."""
        for question in questions:
            number = f"e{len(self.evidence) + 1}"
            evidence = Evidence(
                number, Query(device, question), Status.REFUSED, reason="sudo refused"
            )
            self.evidence.append(evidence)
        return self

    def silent(self, device: str) -> Scene:
        """The device cannot be logged in to."""
        query = Query(device, Question.IDENTITY)
        self.evidence.append(
            Evidence(f"e{len(self.evidence) + 1}", query, Status.NO_ANSWER, reason="no login")
        )
        return self

    def moved(self, device: str, amount: int, name: str, scope: str = "kernel") -> Scene:
        """A counter rises in the window."""
        question = Question.SESSION_STATS if scope == "conntrack" else Question.COUNTERS
        self.say(device, question, counted(scope, name, 10), sample="before")
        return self.say(device, question, counted(scope, name, 10 + amount), sample="after")

    def at(self, device: str, reverse: bool = False, **changes: object) -> Scene:
        """Say more about one hop."""
        self.changes.setdefault((device, reverse), {}).update(changes)
        return self

    def dropped(
        self,
        node: str,
        packet: str,
        reverse: bool = False,
        where: str = "came in and did not go out",
        last_seen: LastSeen = LastSeen.COMING_IN,
    ) -> Scene:
        """A capture located the drop."""
        kind, proof = PacketKind(packet), ("capture",)
        self.drops.append(Drop(node, "eth0", kind, where, reverse, proof, last_seen=last_seen))
        return self

    def saw(self, device: str, reverse: bool, came_in: int = 0, went_out: int = 0) -> Scene:
        """A capture ran there."""
        flow = self.flow.reversed() if reverse else self.flow
        packet = Packet(1.0, "eth0", False, flow, 60, flags="S." if reverse else "S", seq=1)
        out = replace(packet, outgoing=True)
        self.observations.append(
            Observation(device, reverse, (packet,) * came_in, (out,) * went_out, ("capture",))
        )
        return self

    def attempt(self, end: ConnState, fresh: bool = True) -> Scene:
        """One connection as the ends saw it."""
        use = Use.USED if end is ConnState.WORKED else Use.OPENED
        self.attempts.append(Attempt(self.flow, end, fresh, evidence=("capture",), use=use))
        return self

    def filters(
        self,
        device: str,
        *rules: FilterRule,
        policy: str = "accept",
        hook: str = "forward",
        **samples: int,
    ) -> Scene:
        """The device has an nft chain with these rules; `counted=3`: the drop rules rise by that in
        the window."""
        chain = with_place(FilterChain("nft", "inet", "filter", hook, hook, policy=policy))
        placed = [replace(r, position=i, chain=hook) for i, r in enumerate(rules)]
        if "counted" not in samples:
            return self.say(device, Question.FILTER, chain, *placed)
        self.say(device, Question.FILTER, chain, *placed, sample="before")
        after = [
            replace(r, packets=(r.packets or 0) + samples["counted"]) if r.verdict == "drop" else r
            for r in placed
        ]
        return self.say(device, Question.FILTER, chain, *after, sample="after")

    def findings(self) -> Findings:
        """What hypotheses read."""
        inventory = Inventory(tuple(self._device(name) for name in self._names()))
        drops = tuple(self.drops)
        if self.works and not self.attempts:
            self.attempt(ConnState.WORKED)
        return Findings(
            Case(self.flow, inventory, tuple(self.evidence)),
            self._path(self.way, False),
            self._path(self.back, True),
            tuple(self.observations),
            drops[0] if drops else None,
            drops,
            self.works,
            self.attempted,
            attempts=tuple(self.attempts),
            server=(
                self.way.split()[-1]
                if self.fates.get(False, Disposition.DELIVERED) is Disposition.DELIVERED
                else None
            ),
        )

    def verdict(self) -> Verdict:
        """The verdict on all that."""
        return judged(self.findings())

    def _names(self) -> list[str]:
        said = [e.device for e in self.evidence]
        return [
            n
            for n in dict.fromkeys((*self.way.split(), *self.back.split(), *said))
            if n not in self.outside
        ]

    def _device(self, name: str) -> Device:
        ends = {"client": self.flow.src, "server": self.flow.dst}
        addresses = (ip_interface_of(str(ends[name])),) if name in ends else ()
        return Device(
            name,
            self.roles.get(name, role_of(name)),
            state_group=self.groups.get(name),
            addresses=addresses,
        )

    def _path(self, line: str, reverse: bool) -> Trace:
        names = line.split()
        flow = self.flow.reversed() if reverse else self.flow
        hops = tuple(self._hop(names, i, reverse, flow) for i in range(len(names)))
        others = tuple(
            replace(self._bare(alt, reverse, flow)) for alt in self.alternates.get(reverse, ())
        )
        return Trace(
            flow, hops, self.fates.get(reverse, Disposition.DELIVERED), reverse, alternates=others
        )

    def _bare(self, line: str, reverse: bool, flow: Flow) -> Trace:
        names = line.split()
        return Trace(
            flow,
            tuple(self._hop(names, i, reverse, flow) for i in range(len(names))),
            Disposition.DELIVERED,
            reverse,
        )

    def _hop(self, names: list[str], index: int, reverse: bool, flow: Flow) -> Hop:
        name = names[index]
        last = index == len(names) - 1
        made = Hop(
            None if name in self.outside else name,
            None,
            None if index == 0 else f"from-{names[index - 1]}",
            None if last else f"to-{names[index + 1]}",
            None,
            flow,
            flow,
            boundary=self.boundaries.get(
                name, Boundary.FIREWALL if name.startswith("fw") else None
            ),
            table="main",
            evidence=(f"route-{name}",),
        )
        return replace(made, **self.changes.get((name, reverse), {}))  # type: ignore[arg-type]


def ip_interface_of(text: str):  # type: ignore[no-untyped-def]
    """An address as an interface holds it."""
    from ipaddress import ip_interface

    return ip_interface(f"{text}/{64 if ':' in text else 24}")


def rule(verdict: str, *matches: Match, packets: int | None = 0) -> FilterRule:
    """One nft rule."""
    text = " ".join(f"{m.field} {m.values}" for m in matches) + f" {verdict}"
    place = ("nft", "inet", "filter", "forward", 0)
    return with_meaning(FilterRule(*place, matches, verdict, packets=packets, text=text))


def state(*words: str) -> Match:
    """ct state in these."""
    return Match("ct_state", words)


def port(number: int) -> Match:
    """To that port."""
    return Match("dport", ((number, number),))


STATEFUL = (
    rule("accept", state("established", "related")),
    rule("drop", state("invalid")),
    rule("accept", port(443)),
)
LENIENT = (
    rule("accept", state("established", "related")),
    rule("accept", state("invalid")),
    rule("accept", port(443)),
)


def session(flow: Flow = FLOW, *, answered: bool = True, translated: Flow | None = None) -> Session:
    """An entry of the state table."""
    reply = (translated or flow).reversed()
    word = "ESTABLISHED" if answered else "SYN_SENT"
    return Session(flow, reply, word, assured=answered, unreplied=not answered)


def route(destination: str, via: str | None, interface: str, table: str = "main") -> Route:
    """One route."""
    gateway = ip_address(via) if via else None
    return Route(ip_network(destination), table, "unicast", (NextHop(interface, gateway),))


def branches(*devices: str, taken: str) -> tuple[Branch, ...]:
    """An ECMP set."""
    return tuple(
        Branch(d, ip_address(f"10.9.0.{i + 1}"), f"to-{d}", taken=d == taken)
        for i, d in enumerate(devices)
    )


def reverse_path(interface: str, value: int) -> DeviceSetting:
    """rp_filter there, or of `all`."""
    return setting_of(f"net.ipv4.conf.{interface}.rp_filter", str(value))


def strict(interface: str) -> tuple[DeviceSetting, ...]:
    """Strict there: the larger of both values counts."""
    return reverse_path("all", 1), reverse_path(interface, 0)


def listener(address: str | None = None, number: int = 443) -> Socket:
    """A listening socket."""
    return Socket(FLOW.protocol, "LISTEN", ip_address(address) if address else None, number)
