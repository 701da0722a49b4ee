"""The context of one flow: findings, and the questions that most hypotheses ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.inventory import Role
from workbench.analysis.case.case import FILTERS, Case
from workbench.analysis.case.drop import Drop
from workbench.analysis.case.findings import Attempt, ConnState, Findings, Hop, Observation
from workbench.analysis.evidence.held_sessions import Held, held
from workbench.analysis.trace.parting import stateful_devices


@dataclass(frozen=True)
class Context:
    """Queries only; no judgement."""

    findings: Findings

    @property
    def case(self) -> Case:
        """All evidence."""
        return self.findings.case

    @property
    def flow(self) -> Flow:
        """The flow as the client sends it; of several source ports the one that the walk
        follows."""
        return self.findings.forward.flow

    @property
    def tcp(self) -> bool:
        """Is it a TCP flow?"""
        return self.flow.protocol is Protocol.TCP

    @cached_property
    def client(self) -> str | None:
        """Which device is the client?"""
        owner = self.case.client
        return owner.name if owner else None

    @cached_property
    def server(self) -> str | None:
        """Which device is the server that the flow is meant for, after translation?"""
        if self.findings.server:
            return self.findings.server
        hops = self.findings.forward.hops
        owner = self.case.owner(hops[-1].flow_out.dst if hops else self.flow.dst)
        return owner.name if owner else None

    @property
    def ends(self) -> tuple[str, ...]:
        """The devices at both ends, as far as they are known."""
        return tuple(name for name in (self.client, self.server) if name)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The flow in the client's direction, in every translation that the walk met or a state
        table shows."""
        met = {self.flow}
        for hop in self.findings.forward.hops:
            met |= {hop.flow_in, hop.flow_out}
        for hop in self.findings.reverse.hops:
            met |= {hop.flow_in.reversed(), hop.flow_out.reversed()}
        return tuple(sorted(met | self._translations(met), key=str))

    def _translations(self, met: set[Flow]) -> set[Flow]:
        """The same connections as state tables show them on both sides of a translation."""
        found: set[Flow] = set()
        for device in self.case.inventory.devices:
            for session, _ in self.case.sessions(device.name):
                if any(flow.covers(session.original) for flow in met):
                    found |= {session.original, session.reply.reversed()}
        return found

    def held(self, device: str) -> Held:
        """What does that device's state table hold about the flow?"""
        return held(self.case, device, self.flows)

    def hop(self, device: str, reverse: bool) -> Hop | None:
        """The hop of one direction at a device."""
        return self.findings.trace(reverse).hop(device)

    def hop_below(self, device: str, reverse: bool) -> Hop | None:
        """The hop at a device of the packets of a tunnel that carries the flow in that
        direction."""
        for path in self.findings.below:
            hop = path.hop(device) if path.reverse is reverse else None
            if hop is not None:
                return hop
        return None

    def observation(self, device: str, reverse: bool) -> Observation | None:
        """What the device's capture saw of one direction."""
        return self.findings.observation(device, reverse)

    def saw(self, device: str, reverse: bool) -> bool | None:
        """Did the device's capture see that direction come in? None = no capture there."""
        observation = self.observation(device, reverse)
        return None if observation is None else bool(observation.came_in or observation.went_out)

    def stateful_devices(self, reverse: bool) -> tuple[str, ...]:
        """Which devices of one direction keep state that the flow depends on?"""
        return stateful_devices(self.case, self.findings.trace(reverse))

    def role(self, device: str) -> Role | None:
        """What is the device for, by the inventory?"""
        known = self.case.inventory.named(device)
        return known.role if known else None

    def partners(self, device: str) -> tuple[str, ...]:
        """Who is in the same state group?"""
        known = self.case.inventory.named(device)
        return tuple(d.name for d in self.case.inventory.partners(known)) if known else ()

    def drops(self, reverse: bool | None = None) -> tuple[Drop, ...]:
        """Where packets were seen to stop, the decisive one first."""
        decisive = (self.findings.drop,) if self.findings.drop else ()
        every = tuple(dict.fromkeys((*decisive, *self.findings.drops)))
        if reverse is None:
            return every
        return tuple(drop for drop in every if drop.reverse is reverse)

    @cached_property
    def unreached(self) -> tuple[str, ...]:
        """Which devices of either path could not be logged in to at all?"""
        names = dict.fromkeys((*self.findings.forward.names, *self.findings.reverse.names))
        return tuple(name for name in names if self.case.silent(name))

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that count: of exactly this flow where there are any, else of any source
        port."""
        concluded = tuple(one for one in self.findings.attempts if one.end is not ConnState.OPEN)
        port = self.case.flow.sport
        if port is None:
            return concluded
        exact = tuple(one for one in concluded if one.flow.sport == port)
        return exact or concluded

    def filters_known(self, device: str) -> bool:
        """Did the device show its packet filters?"""
        return any(self.case.asked(device, question) for question in FILTERS)

    def filter_evidence(self, device: str) -> tuple[str, ...]:
        """The answers in which the device showed its packet filters."""
        return self.evidence(device, *FILTERS)

    def evidence(self, device: str, *questions: Question) -> tuple[str, ...]:
        """The ids of the newest usable answers of a device to these questions."""
        answers = (self.case.answer(device, question) for question in questions)
        return tuple(answer.id for answer in answers if answer is not None)
