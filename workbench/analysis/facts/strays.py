"""Devices on neither known way whose own logs name packets of this flow as fitting no session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine
from workbench.analysis.facts.reasons import DIRECT, STRONG, WEAK, both_ends, ends_evidence
from workbench.analysis.facts.scene import Scene
from workbench.analysis.logbook import outdated, own
from workbench.analysis.verdict import Reason


@dataclass(frozen=True, slots=True)
class Stray:
    """A packet of the flow that a device refused, while nothing tells how it came there."""

    scene: Scene
    device: str
    reverse: bool
    evidence: str
    undated: bool = False  # pasted, and nothing says when it was written

    @property
    def packet(self) -> str:
        """Whose packet it was, in words."""
        return "the server's answer" if self.reverse else "the client's packet"


def strays(scene: Scene) -> Iterator[Stray]:
    """Which devices off the known ways refused packets of this flow as INVALID?"""
    known = {*scene.findings.forward.names, *scene.findings.reverse.names}
    for item in scene.case.evidence:
        if item.question is Question.LOGS and item.device not in known:
            yield from _told(scene, item)


def _told(scene: Scene, item: Evidence) -> Iterator[Stray]:
    ways = [(reverse, [f.reversed() for f in scene.flows] if reverse else scene.flows) for reverse in (False, True)]
    for line in item.of(LogLine):
        if (
            line.flow is None
            or outdated(line)
            or not own(scene.case, item.device, line)
            or "INVALID" not in f"{line.prefix} {line.text}".upper()
        ):
            continue
        for reverse, flows in ways:
            if any(flow.covers(line.flow) for flow in flows):
                undated = item.pasted_by is not None and line.age is None
                yield Stray(scene, item.device, reverse, item.id, undated)
                return


def stray_reasons(stray: Stray) -> Iterator[Reason]:
    """For and against: this is where the flow breaks."""
    scene = stray.scene
    yield from both_ends(scene)
    text = f"{stray.device}'s log names {stray.packet} as fitting no session"
    yield Reason(STRONG if stray.undated else DIRECT, text, (stray.evidence,), undated=stray.undated)
    sender, receiver = (scene.server, scene.client) if stray.reverse else (scene.client, scene.server)
    if sender and receiver and scene.saw(sender, stray.reverse) and scene.saw(receiver, stray.reverse) is False:
        yield Reason(STRONG, f"{stray.packet} leaves {sender} and never reaches {receiver}", ends_evidence(scene))
    yield from _begun_elsewhere(scene, stray)
    yield Reason(-WEAK, f"how the packets come to {stray.device} is not known: no known way passes it")


def _begun_elsewhere(scene: Scene, stray: Stray) -> Iterator[Reason]:
    """Does another device hold the very session, and wait for the answer?"""
    told = {item.device for item in scene.case.evidence if item.question is Question.SESSIONS}
    for device in sorted(told - {stray.device}):
        found = scene.held(device)
        if stray.reverse and found.half_open:
            text = f"{device} holds the session of the flow and waits for the answer that came to {stray.device}"
            yield Reason(STRONG, text, found.evidence)
            return
