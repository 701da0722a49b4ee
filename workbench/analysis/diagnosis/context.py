"""The context of one flow: findings, and the questions that most hypotheses ask of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from collectors.model.evidence import Question
from collectors.model.flow import Flow, Protocol
from collectors.model.inventory import Role
from workbench.analysis.case.case import FILTERS, Case
from workbench.analysis.case.findings import Attempt, ConnState, Findings, Hop, Observation
from workbench.analysis.case.verdict import Drop
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
        last = self.findings.forward.hops[-1] if self.findings.forward.hops else None
        if self.findings.server:
            return self.findings.server
        owner = self.case.owner(last.flow_out.dst if last else self.flow.dst)
        return owner.name if owner else None

    @property
    def ends(self) -> tuple[str, ...]:
        """The devices at both ends, as far as they are known."""
        return tuple(name for name in (self.client, self.server) if name)

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """The flow in the client's direction, in every translation that the walk met or a state
        table shows."""
        hops = self.findings.forward.hops
        back = {
            f.reversed() for hop in self.findings.reverse.hops for f in (hop.flow_in, hop.flow_out)
        }
        met = {self.flow, *(f for hop in hops for f in (hop.flow_in, hop.flow_out)), *back}
        return tuple(sorted(met | self._translations(met), key=str))

    def _translations(self, met: set[Flow]) -> set[Flow]:
        entries = [s for d in self.case.inventory.devices for s, _ in self.case.sessions(d.name)]
        ours = [s for s in entries if any(f.covers(s.original) for f in met)]
        return {f for s in ours for f in (s.original, s.reply.reversed())}

    def held(self, device: str) -> Held:
        """What does that device's state table hold about the flow?"""
        return held(self.case, device, self.flows)

    def hop(self, device: str, reverse: bool) -> Hop | None:
        """The hop of one direction at a device."""
        return self.findings.trace(reverse).hop(device)

    def hop_below(self, device: str, reverse: bool) -> Hop | None:
        """The hop at a device of the packets of a tunnel that carries the flow in that
        direction."""
        ways = (path for path in self.findings.below if path.reverse is reverse)
        return next((hop for path in ways for hop in path.hops if hop.device == device), None)

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
        first = (self.findings.drop,) if self.findings.drop else ()
        found = tuple(dict.fromkeys((*first, *self.findings.drops)))
        return tuple(d for d in found if reverse is None or d.reverse is reverse)

    @cached_property
    def unreached(self) -> tuple[str, ...]:
        """Which devices of either path could not be logged in to at all?"""
        names = dict.fromkeys((*self.findings.forward.names, *self.findings.reverse.names))
        return tuple(name for name in names if self.case.silent(name))

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        """The attempts that count: of exactly this flow where there are any, else of any source
        port."""
        concluded = tuple(a for a in self.findings.attempts if a.end is not ConnState.OPEN)
        asked = self.case.flow.sport
        exact = tuple(a for a in concluded if asked is not None and a.flow.sport == asked)
        return exact or concluded

    def filters_known(self, device: str) -> bool:
        """Did the device tell its packet filters?"""
        return any(self.case.asked(device, question) for question in FILTERS)

    def filter_evidence(self, device: str) -> tuple[str, ...]:
        """The answers in which the device showed its packet filters."""
        return self.evidence(device, *FILTERS)

    def evidence(self, device: str, *questions: Question) -> tuple[str, ...]:
        """The ids of the newest usable answers of a device to these questions."""
        found = [self.case.answer(device, question) for question in questions]
        return tuple(e.id for e in found if e)
