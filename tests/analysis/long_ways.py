"""A long way in a few lines: [c1] -- (r1) -- [s1], each packet seen at each point when it really
passes there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.records import Packet
from tests.analysis.topology import packet
from tests.analysis.trace.test_walk import BACK, FLOW, line
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings
from workbench.analysis.evidence.read import read

Window = tuple[float, float]
UDP, UDP_BACK = (flow.replace("tcp", "udp") for flow in (FLOW, BACK))


@dataclass
class Wire:
    """Packets sent by the two ends of a way that takes `rtt` seconds there and back; r1 is in its
    middle."""

    rtt: float
    # when, what, and where it is lost
    packets: list[tuple[float, Packet, str]] = field(default_factory=list)
    number: int = 0
    flow: str = FLOW

    def send(
        self,
        at: float,
        flags: str,
        seq: int,
        ack: int | None = None,
        *,
        lost: str = "",
        **more: object,
    ) -> None:
        """The client sends it."""
        self._put(packet(FLOW, flags, seq, ack, at=at, **more), lost)

    def reply(
        self,
        at: float,
        flags: str,
        seq: int,
        ack: int | None = None,
        *,
        lost: str = "",
        **more: object,
    ) -> None:
        """The server sends it."""
        self._put(packet(BACK, flags, seq, ack, at=at, **more), lost)

    def _put(self, one: Packet, lost: str) -> None:
        self.number += 1
        self.packets.append((one.time, replace(one, ip_id=self.number), lost))

    def handshake(self, at: float, seq: int = 1000) -> float:
        """SYN, SYN-ACK and ACK; returns when the client has sent the last of them."""
        self.send(at, "S", seq)
        self.reply(at + self.rtt / 2, "S.", 7000, seq + 1)
        self.send(at + self.rtt, ".", seq + 1, 7001)
        return at + self.rtt

    def datagrams(self, at: float, lost: str = "", **more: object) -> None:
        """A question and its answer, no different from those before and after; `lost`: where the
        answer is."""
        nameless = {"flags": "", "seq": None, "ip_id": None, "payload": 50}
        for late, flow, gone in ((0.0, UDP, ""), (self.rtt / 2, UDP_BACK, lost)):
            one = replace(packet(flow, "", at=at + late), **nameless)  # type: ignore[arg-type]
            self.packets.append((one.time, one, gone))

    def case(self, window: Window = (0.0, 6.0), **windows: Window) -> Case:
        """The case in which each device captured during its window, else all during the same."""
        net = line("r1")
        case = net.case(self.flow)
        return case.with_evidence(
            self._captured(name, windows.get(name, window)) for name in ("c1", "r1", "s1")
        )

    def read(self, window: Window = (0.0, 6.0), **windows: Window) -> Findings:
        """What that case shows."""
        return read(self.case(window, **windows))

    def _captured(self, device: str, window: Window) -> Evidence:
        since, until = window
        packets = sorted(self._at(device), key=lambda one: one.time)
        seen = tuple(one for one in packets if since <= one.time < until)
        params = QueryParams(seconds=until - since)
        query = Query(device, Question.CAPTURE, params)
        length = until - since
        return Evidence(
            f"{device}-capture",
            query,
            Status.ANSWERED,
            records=seen,
            taken_at=since,
            duration=length,
        )

    def _at(self, device: str) -> Iterable[Packet]:
        for moment, one, lost in self.packets:
            forward = one.flow is not None and one.flow.dport == 443
            first, last = ("c1", "s1") if forward else ("s1", "c1")
            if device == first:
                yield replace(one, interface="eth0", outgoing=True)
            elif device == "r1":
                yield from self._through(replace(one, time=moment + self.rtt / 4), forward, lost)
            elif device == last and not lost:
                yield replace(one, time=moment + self.rtt / 2, interface="eth0", outgoing=False)

    def _through(self, one: Packet, forward: bool, lost: str) -> Iterable[Packet]:
        sides = ("eth0", "eth1") if forward else ("eth1", "eth0")
        yield replace(one, interface=sides[0], outgoing=False)
        if lost != "r1":
            out = "eth2" if lost == "beside" else sides[1]
            yield replace(one, time=one.time + 0.00005, interface=out, outgoing=True)
