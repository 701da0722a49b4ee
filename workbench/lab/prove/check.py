"""`check`: proves from captures and kernels that a fault is as declared, without any of the
analysis code."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.analysis.case.verdict import Cause, Direction
from workbench.lab.build.namespaces import run_inside
from workbench.lab.build.running import Up, running
from workbench.lab.build.wires import Wan
from workbench.lab.declare.words import Lab, Manner, Truth
from workbench.lab.prove.losses import thinned
from workbench.lab.prove.sniff import SniffedPacket, Trip, trips, watch

FLUSH = """
nft flush ruleset
for t in iptables ip6tables; do
  for k in filter nat mangle raw; do
    for c in INPUT FORWARD OUTPUT; do [ $k = filter ] && $t-legacy -P $c ACCEPT; done
    $t-legacy -t $k -F
  done 2>/dev/null
done
true
"""
WINDOW, LONG = 6.0, 28.0
APART = 0.2  # seconds between two attempts, at least
ICMP = (1, 58)
WORDS = {True: "works", False: "fails", None: "works now and then"}


@dataclass(frozen=True, slots=True)
class FaultCheck:
    """One thing that was looked at, and whether it is as declared."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Sight:
    """What a window of captures on all nodes showed of the flow."""

    forward: tuple[Trip, ...]
    reverse: tuple[Trip, ...]
    worked: bool | None  # None = sometimes, or the client tried nothing
    messages: tuple[Trip, ...] = ()  # ICMP on its way
    client: str = ""
    every: tuple[Trip, ...] = ()  # of all packets, those of tunnels too
    seen: tuple[SniffedPacket, ...] = ()  # every packet at every node

    @property
    def marks(self) -> tuple[set[object], set[object]]:
        """What the packets of requests are known by, and those of replies."""
        forward, reverse = (
            {trip.first.mark for trip in way} for way in (self.forward, self.reverse)
        )
        return set(forward), set(reverse)

    def longest(self, reverse: bool, declared: str = "") -> tuple[str, ...]:
        """The way of the packet that came farthest; of several as long, one that is as declared."""
        ways = [trip.nodes for trip in (self.reverse if reverse else self.forward)]
        return max(ways, key=lambda way: (len(way), way == tuple(declared.split())), default=())

    def plainest(self, reverse: bool) -> tuple[str, ...]:
        """The way of the packet that visited most nodes, none of them twice if possible."""
        ways = [trip.nodes for trip in (self.reverse if reverse else self.forward)]
        return max(ways, key=lambda way: (len(set(way)), -len(way)), default=())

    def drops(self, ends: set[str]) -> Counter[tuple[bool, str]]:
        """Where packets came in and did not go out: (reverse?, node) -> how often; the ends keep
        packets rightly."""
        lost: Counter[tuple[bool, str]] = Counter()
        for reverse, ways in ((False, self.forward), (True, self.reverse)):
            lost.update(
                (reverse, t.nodes[-1]) for t in ways if t.ended_inside and t.nodes[-1] not in ends
            )
        return lost


def check(name: str, seed: int = 0, wan: Wan | None = None) -> list[FaultCheck]:
    """Bring the lab up, look, cure it, look again."""
    with running(name, seed, wan) as up:
        time.sleep(max(2.0, up.plan.lab.meanwhile))
        return list(_proofs(up, up.plan.lab))


def _proofs(up: Up, lab: Lab) -> Iterator[FaultCheck]:
    truth, sight = lab.truth, look(up, lab)
    if truth.cause is Cause.PACKET_LOSS:
        yield from (FaultCheck(ok, text) for ok, text in thinned(sight.seen, sight.marks, lab))
        yield from _cured(up, lab)
        return
    yield FaultCheck(
        sight.worked is (None if truth.sometimes else truth.works),
        f"the flow {WORDS[sight.worked]}",
    )
    yield from _journeys(sight, truth.forward, truth.reverse, whole=truth.works, swap=truth.swap)
    yield from _logs(up, lab)
    if truth.works:
        return
    yield _stranger(sight, str(up.flow.dst)) or _mute(up, sight, lab) or _guilt(sight, lab)
    yield from _cured(up, lab)


def _cured(up: Up, lab: Lab) -> Iterator[FaultCheck]:
    """Is it whole after the declared cure?"""
    truth = lab.truth
    if not truth.cure:
        return
    for node, command in truth.cure:
        run_inside(up.pid(node), up.plan.text(node, FLUSH if command == "flush" else command))
    _until_it_works(up)
    cured = look(up, lab)
    yield FaultCheck(
        cured.worked is True,
        f"after the cure on {', '.join(n for n, _ in truth.cure)} the flow works",
    )
    forward, reverse = truth.cured_forward or truth.forward, truth.cured_reverse or truth.reverse
    yield from _journeys(cured, forward, reverse, whole=True, swap=truth.swap)


def _logs(up: Up, lab: Lab) -> Iterator[FaultCheck]:
    """Does the log of the guilty node name packets of the flow, and that of no other?"""
    flow = up.flow if lab.truth.direction is not Direction.REVERSE else up.flow.reversed()
    for node in (n for n in lab.nodes if n.logs):
        book = up.plan.logbooks[node.name]
        sockets = run_inside(
            up.pid(node.name), f"grep -a 'SRC={flow.src} DST={flow.dst} ' {book.path}"
        ).stdout
        ports = f" SPT={flow.sport} DPT={flow.dport} " if flow.sport else ""
        named = [line for line in sockets.splitlines() if ports in line]
        yield FaultCheck(
            bool(named) == (node.name == lab.truth.guilty),
            f"{node.name} logged {len(named)} packets of the flow in {book.path}",
        )


def look(up: Up, lab: Lab) -> Sight:
    """Watch all nodes for a window and pick out the flow."""
    before = len(up.outcomes())
    pids = {node.name: up.pid(node.name) for node in lab.nodes if not node.down}
    seen = watch(pids, _window(lab))
    ways = trips(seen, lab.lag)
    tried = up.outcomes()[before:]
    worked = _worked([bool(attempt["ok"]) for attempt in tried]) if tried else _hanging(up, lab)
    forward = _requests(ways, up, lab)
    all_failed = worked is None and bool(tried)
    if all_failed and up.flow.sport is None and lab.truth.cause is not Cause.PACKET_LOSS:
        forward = list(_failed(forward, up.outcomes()))
    mine = {trip.first.ports[0] for trip in forward}
    if up.flow.sport is not None:
        mine = {up.flow.sport}
    forward = [trip for trip in forward if trip.first.ports[0] in mine]
    return Sight(
        tuple(forward),
        tuple(_replies(ways, up, lab, forward)),
        worked,
        tuple(trip for trip in ways if trip.first.protocol in ICMP),
        lab.talks[0].client,
        tuple(ways),
        tuple(seen),
    )


def _window(lab: Lab) -> float:
    """How long is watched, in seconds? What comes seldom, or by chance, needs longer."""
    manner, sometimes = lab.talks[0].manner, lab.truth.sometimes
    stream_at_times = manner is Manner.STREAM and sometimes
    seldom = manner is Manner.QUIET or stream_at_times
    window = LONG if seldom else WINDOW + 4 * lab.lag
    if lab.truth.cause is Cause.PACKET_LOSS:
        return 3 * window  # chance needs many packets
    if sometimes and not seldom:
        return 2 * window
    return window


def _requests(ways: Sequence[Trip], up: Up, lab: Lab) -> list[Trip]:
    begun = (trip for trip in ways if trip.first.node == lab.talks[0].client)
    return [trip for trip in begun if _is(trip.first, str(up.flow.dst), up.flow.dport)]


def _replies(ways: Sequence[Trip], up: Up, lab: Lab, requests: list[Trip]) -> Iterator[Trip]:
    """What the servers sent to the ports that asked."""
    servers = _servers(lab)
    served = lab.talks[0].listen_port or up.flow.dport or 0
    asked = {trip.last.ports[0] for trip in requests}
    for trip in ways:
        sent = trip.first
        by_a_server = sent.outgoing and sent.node in servers
        answers = sent.ports[0] == served and sent.ports[1] in asked
        if by_a_server and answers:
            yield trip


def _worked(attempts: list[bool]) -> bool | None:
    if all(attempts):
        return True
    return None if any(attempts) else False


def _servers(lab: Lab) -> set[str]:
    """Who answers: the node that serves; where several do, those that the truth names as well."""
    answering = (lab.truth.cured_reverse or lab.truth.reverse).split()[0]
    return {
        lab.talks[0].served_by or lab.talks[0].server.partition("@")[0],
        answering,
        *(lab.truth.swap or ()),
    }


def _failed(ways: list[Trip], outcomes: list[dict[str, Any]]) -> Iterator[Trip]:
    """Where some attempts work: what was sent by those that failed, and not by the one that goes
    on."""
    good = {attempt.get("sport") for attempt in outcomes if attempt["ok"]}
    ended = (float(outcomes[-1]["time"]) + APART) * 1e9
    for trip in ways:
        begun_in_time = trip.first.time < ended
        if begun_in_time and trip.first.ports[0] not in good:
            yield trip


def _until_it_works(up: Up) -> None:
    """Half-open connections of the time before the cure may need a while to go."""
    deadline = time.monotonic() + 45
    before = len(up.outcomes())
    while time.monotonic() < deadline and not _well(up.outcomes(), before):
        time.sleep(0.3)


def _well(outcomes: list[dict[str, Any]], before: int) -> bool:
    return len(outcomes) > before + 1 and all(attempt["ok"] for attempt in outcomes[-2:])


def _hanging(up: Up, lab: Lab) -> bool | None:
    stream = lab.talks[0].manner in (Manner.STREAM, Manner.QUIET)
    return False if stream and up.outcomes() else None


def _is(packet: SniffedPacket, target: str, port: int | None) -> bool:
    return packet.outgoing and (packet.target, packet.ports[1]) == (target, port or 0)


def _first_of(way: tuple[str, ...], swap: tuple[str, str] | None) -> tuple[str, ...]:
    """Of two nodes between which chance decides, the first stands for both."""
    if swap is None:
        return way
    first, second = swap
    return tuple(first if name == second else name for name in way)


def _journeys(
    sight: Sight, forward: str, reverse: str, whole: bool, swap: tuple[str, str] | None = None
) -> Iterator[FaultCheck]:
    for name, declared, seen in (
        ("requests", tuple(forward.split()), sight.plainest(False)),
        ("replies", tuple(reverse.split()), sight.plainest(True)),
    ):
        seen, declared = _circle(_first_of(seen, swap)), _first_of(declared, swap)
        right = seen == declared if whole else seen == declared[: len(seen)]
        if whole or seen:
            yield FaultCheck(
                right,
                f"{name} were seen at {' '.join(seen) or 'no node'}; declared {' '.join(declared)}",
            )


def _circle(way: tuple[str, ...]) -> tuple[str, ...]:
    """The way up to the first node that comes again."""
    again = next((i for i, name in enumerate(way) if name in way[:i]), len(way))
    return way[:again]


def _stranger(sight: Sight, asked: str) -> FaultCheck | None:
    """Do answers reach the client from an address that it never asked, changed on a node that they
    pass?"""
    changed = [t for t in sight.reverse if t.last.node == sight.client and t.last.source != asked]
    if not changed:
        return None
    return FaultCheck(
        True, f"answers reach {sight.client} from {changed[0].last.source}, which it never asked"
    )


def _mute(up: Up, sight: Sight, lab: Lab) -> FaultCheck | None:
    """Does the last node before the guilty end look for its hardware address, and get no answer?"""
    way = lab.truth.forward.split()
    lost = set(sight.drops({way[0], way[-1]}))
    if lab.truth.guilty != way[-1] or lab.node(way[-1]).down or lost != {(False, way[-2])}:
        return None
    entries = run_inside(up.pid(way[-2]), f"ip neigh show {up.flow.dst}").stdout
    unanswered = "FAILED" in entries or "INCOMPLETE" in entries
    return FaultCheck(
        unanswered,
        f"{way[-2]} asks for {way[-1]}, and {'nothing' if unanswered else 'something'} answers",
    )


def _swallowed(sight: Sight, truth: Truth) -> FaultCheck | None:
    """Do large packets go into a tunnel at the guilty node, and none of that size come out?"""
    trips = sight.reverse if truth.direction is Direction.REVERSE else sight.forward
    sizes = {t.first.payload for t in trips if t.last.node == truth.guilty and t.first.payload}
    through = {t.first.payload for t in trips if t.last.node != truth.guilty}
    if not sizes:
        return None
    text = (
        f"{truth.guilty} sends packets with {max(sizes)} bytes of data into a tunnel, none as large"
        " comes out"
    )
    return FaultCheck(max(sizes) > max(through, default=0), text)


def _guilt(sight: Sight, lab: Lab) -> FaultCheck:
    truth = lab.truth
    if truth.cause is Cause.ROUTING_LOOP:
        rounds = sight.longest(truth.direction is Direction.REVERSE)
        return FaultCheck(
            rounds.count(truth.guilty or "") > 2,
            f"{truth.guilty} sees the same packet {rounds.count(truth.guilty or '')} times",
        )
    if truth.guilty and truth.guilty not in f"{truth.forward} {truth.reverse}".split():
        kept = [
            trip for trip in sight.every if trip.ended_inside and trip.nodes[-1] == truth.guilty
        ]
        return FaultCheck(
            bool(kept),
            f"{truth.guilty}, below a tunnel, took in {len(kept)} packets that it did not pass on",
        )
    ends = {
        truth.forward.split()[0],
        *(t.served_by or t.server.partition("@")[0] for t in lab.talks),
    }
    lost = sight.drops(ends)
    if truth.guilty and lab.node(truth.guilty).down:
        last = truth.forward.split()[-2]
        return FaultCheck(
            set(lost) <= {(False, last)} - {(False, lab.talks[0].client)},
            f"{last} finds nobody behind it",
        )
    swallowed = (
        _swallowed(sight, truth) if not lost and truth.cause is Cause.PMTUD_BLACKHOLE else None
    )
    if swallowed is not None:
        return swallowed
    if not lost and truth.guilty and truth.guilty in sight.longest(False)[:-1]:
        missed = truth.guilty not in sight.longest(True)
        return FaultCheck(missed, f"replies do not come back through {truth.guilty}")
    if not lost:
        reached = sight.longest(False)[-1:] or ("nowhere",)
        ok = truth.guilty in (reached[0], None) or lab.node(truth.guilty).down
        return FaultCheck(
            ok, f"no transit node keeps packets; requests come as far as {reached[0]}"
        )
    (reverse, node), times = lost.most_common(1)[0]
    side = "replies" if reverse else "requests"
    if node != truth.guilty and any(
        t.ended_inside and t.nodes[-1] == truth.guilty for t in sight.messages
    ):
        return FaultCheck(
            True,
            f"{node} took in {times} {side} that it did not pass on; its messages end at"
            f" {truth.guilty}",
        )
    way = (truth.reverse if reverse else truth.forward).split()
    if truth.cause is Cause.TTL_EXPIRED and {node, truth.guilty} <= set(way):
        text = f"{side} end at {node}, which comes after {truth.guilty}"
        return FaultCheck(way.index(truth.guilty or "") < way.index(node), text)
    right = node in (truth.guilty, *(truth.swap or ()))
    return FaultCheck(right, f"{node} took in {times} {side} that it did not pass on")
