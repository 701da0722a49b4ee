"""What did a device itself write into its log, and when?"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from collectors.model.evidence import Evidence, Question
from collectors.model.records import LogLine
from collectors.model.words import FLOODED, LATELY, TABLE_FULL
from workbench.analysis.case.case import Case
from workbench.analysis.device.addresses import holds


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One line of a device's own log."""

    line: LogLine
    fresh: bool  # written while the run watched
    evidence: str

    @property
    def outdated(self) -> bool:
        """Is it of another time?"""
        return outdated(self.line)

    @property
    def recent(self) -> bool:
        """Was it written while the run watched, or is its time known?"""
        return self.fresh or self.line.age is not None


def own_lines(case: Case, device: str) -> Iterator[OwnLine]:
    """The device's own lines of its newest answer, and whether each was written since the one
    before the window."""
    pair = case.samples(device, Question.LOGS)
    every = _compared(*pair) if pair else _undated(case, device)
    for one in every:
        if wrote(case, device, one.line):
            yield one


def _compared(before: Evidence, after: Evidence) -> Iterator[OwnLine]:
    """Which lines were not there before? Of a log that was cut before, nobody can say that."""
    known = Tally(line.text for line in before.of(LogLine))
    for line in after.of(LogLine):
        fresh = before.whole and known[line.text] == 0
        if not fresh:
            known[line.text] -= 1
        yield OwnLine(line, fresh, after.id)


def _undated(case: Case, device: str) -> Iterator[OwnLine]:
    """Of a log that was read once, nothing says which lines are new."""
    for item in case.usable(device, Question.LOGS):
        for line in item.of(LogLine):
            yield OwnLine(line, False, item.id)


def outdated(line: LogLine) -> bool:
    """Does what was pasted with the line say that it is of another time?"""
    return line.age is not None and line.age > LATELY


def wrote(case: Case, device: str, line: LogLine) -> bool:
    """Did this device write it? Several share one log: a collector's, or the machine's below
    them."""
    macs = {one.name: one.mac for one in case.interfaces(device)}
    if not macs or line.flow is None:
        return True
    if not {line.iif, line.oif} <= {None, *macs}:
        return False
    if line.mac is not None and _is_known_by_macs(case, device):
        return line.mac in macs.values()
    return not _is_sent_by_itself(line) or holds(case, device, line.flow.src)


def _is_sent_by_itself(line: LogLine) -> bool:
    """Did the machine that wrote it send the packet?"""
    return line.iif is None and line.oif is not None


def _is_known_by_macs(case: Case, device: str) -> bool:
    """Do the packets that it routes carry hardware addresses of its own? A bridge's do not."""
    if device in case.bridging:
        return False
    return any(one.mac for one in case.interfaces(device))


def _not_outdated(case: Case, device: str, prefix: str) -> list[OwnLine]:
    """Its lines with that label, but for those of another time."""
    found = []
    for one in own_lines(case, device):
        if one.line.prefix == prefix and not one.outdated:
            found.append(one)
    return found


def _proofs(lines: Iterable[OwnLine]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.evidence for one in lines))


@dataclass(frozen=True, slots=True)
class Overflow:
    """What the kernel wrote of packets that it dropped because its table of sessions was full."""

    lines: int
    fresh: bool  # written while the run watched
    evidence: tuple[str, ...]
    recent: bool = False  # or shortly before it was pasted


def overflow(case: Case, device: str) -> Overflow | None:
    """Does the device's own log say that its table of sessions was full? None = it does not."""
    lines = _not_outdated(case, device, TABLE_FULL)
    if not lines:
        return None
    return Overflow(
        lines=len(lines),
        fresh=any(one.fresh for one in lines),
        evidence=_proofs(lines),
        recent=any(one.recent for one in lines),
    )


@dataclass(frozen=True, slots=True)
class Flood:
    """What the kernel wrote of SYNs to one port that it dropped for lack of room."""

    recent: bool  # while the run watched, or shortly before it was pasted
    evidence: tuple[str, ...]


def flood(case: Case, device: str, port: int | None) -> Flood | None:
    """Does the device's own log say that it drops requests to this port? None = it does not, or of
    another time."""
    every = _not_outdated(case, device, FLOODED)
    lines = [one for one in every if one.line.port == port]
    if not lines:
        return None
    return Flood(any(one.recent for one in lines), _proofs(lines))
