"""The run: which questions are asked when, until both paths are known and the flow was watched?"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from collectors.model.asker import Asker
from collectors.model.evidence import Evidence, Inquiry, Status
from collectors.model.step import Moment, Options, Step
from collectors.playbook import STEPS
from workbench.analysis.captures.pace import pace
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Path
from workbench.analysis.case.run_events import Asking, Happening, Judged, Learned, Walked
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.device.route_changes import moved_unwatched
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.diagnosis.ranking.rank import wanted as open_questions
from workbench.analysis.diagnosis.remedies.spelling import Platforms, in_commands
from workbench.analysis.evidence.read import read
from workbench.analysis.step_view import CaseView
from workbench.analysis.window import (
    LOOK,
    enough,
    first_look,
    longer,
    reading_only,
    rest,
    undecided,
)

log = logging.getLogger(__name__)
MOST_ROUNDS = 24  # of following the flow from device to device
MOST_SETTLING = 3  # rounds: what one answer brings to light may be asked about
_LOST = frozenset({Status.NOT_ASKED, Status.NO_ANSWER})
FIRST = 2.3  # seconds after which there is a first verdict, whatever is known by then


def investigate(
    case: Case,
    asker: Asker,
    options: Options,
    cancelled: Callable[[], bool] = lambda: False,
    steps: tuple[Step, ...] = STEPS,
    *,
    platforms: Platforms,
) -> Iterator[Happening]:
    """Ask, walk, watch and judge one flow. A cancelled run ends with what is known by then, judged
    but not final.

    `platforms` finds the platform of a device by its name, which gives the commands of fixes.
    """
    run = _Run(case, asker, options, cancelled, steps, platforms)
    yield from run.follow()
    yield from run.watch()
    yield from run.settle()
    yield run.judged(final=not run.stopped)


@dataclass
class _Run:
    """What changes while a run goes on."""

    case: Case
    asker: Asker
    options: Options
    cancelled: Callable[[], bool]
    steps: tuple[Step, ...]
    platforms: Platforms
    stopped: bool = False
    timings: dict[str, float] = field(default_factory=dict)
    asked: set[object] = field(default_factory=set)
    began: float = field(default_factory=time.monotonic)
    known: Findings | None = None
    verdict: Verdict | None = None
    weighed: Findings | None = None  # what the verdict rests on
    looked: bool = False  # was there a first look?
    window: float = 0.0  # seconds that were asked for

    def __post_init__(self) -> None:
        self.window = self.options.window
        self.asker.watch(self.cancelled)
        self.asked.update(item.inquiry.key for item in self.case.evidence)

    def follow(self) -> Iterator[Happening]:
        """Who is there, and which way does the flow take? Asked until nothing new is wanted."""
        yield from self._batch(Moment.SURVEY, self._inquiries(Moment.SURVEY))
        self._prepare()
        for _ in range(MOST_ROUNDS):
            findings = self._read()
            yield Walked(findings)
            wanted = [
                *self._inquiries(Moment.SURVEY),
                *self._inquiries(Moment.TRACK),
                *_wanted(findings),
            ]
            if not self._fresh(wanted):
                break
            yield from self._batch(Moment.TRACK, wanted)
        if not self._over():
            yield self.judged(final=False)

    def watch(self) -> Iterator[Happening]:
        """What happens to the flow while it is attempted? A first look may settle it."""
        self._prepare()
        yield from self._batch(Moment.BEFORE, self._inquiries(Moment.BEFORE))
        yield from self._look()
        if self._settled():
            yield from self._batch(
                Moment.AFTER, reading_only(self._inquiries(Moment.AFTER), self.steps)
            )
        if not self._settled():
            yield from self._rest()
            yield from self._batch(Moment.AFTER, self._inquiries(Moment.AFTER))
        if not self._over() and moved_unwatched(self._read()):
            yield from self._once_more(1)

    def _look(self) -> Iterator[Happening]:
        """Short, and without probes of ours; a recording that holds none is played without."""
        short = replace(self.options, window=LOOK)
        inquiries = first_look(self._inquiries(Moment.WINDOW, short))
        self.looked = (
            self.window >= 2 * LOOK and bool(self._fresh(inquiries)) and self.asker.knows(inquiries)
        )
        if self.looked:
            yield from self._batch(Moment.WINDOW, inquiries, LOOK)

    def _settled(self) -> bool:
        return self.looked and enough(self._read(), self._verdict())

    def _rest(self) -> Iterator[Happening]:
        """The whole window, or what is left of it after the first look; longer where it showed too
        few packets."""
        if self.looked:
            self.options = replace(self.options, window=rest(self.window, pace(self.case)))
        yield from self._batch(Moment.WINDOW, self._inquiries(Moment.WINDOW), self.options.window)
        if not self._over() and self._too_few():
            yield from self._once_more(2)

    def _too_few(self) -> bool:
        """Was there no attempt yet, does a question still wait, or is loss by chance not yet told
        from none?"""
        findings = self._read()
        return not findings.attempts_seen or undecided(findings, self._verdict())

    def _prepare(self) -> None:
        """Captures must start at the same moment everywhere: an asker that can opens what they need
        beforehand."""
        window = self._inquiries(Moment.WINDOW)
        lasting = Counter(inquiry.device for inquiry in window if inquiry.about.seconds is not None)
        for count in set(lasting.values()):
            devices = [device for device in lasting if lasting[device] == count]
            self.asker.prepare(devices, count + 1)

    def _once_more(self, times: int) -> Iterator[Happening]:
        """A second window: longer for a client that tries seldom, as long for a flow whose way
        moved meanwhile."""
        left = self.options.budget - (time.monotonic() - self.began)
        seconds = min(times * self.window, left)
        if seconds >= self.window:
            again = longer(self._inquiries(Moment.WINDOW), seconds / self.options.window)
            yield from self._batch(Moment.WINDOW, again, seconds)

    def settle(self) -> Iterator[Happening]:
        """What would decide between the causes that are left? New places found by the captures are
        asked as well."""
        for _ in range(MOST_SETTLING):
            wanted = self._unsettled()
            if not self._fresh(wanted):
                return
            yield self.judged(final=False)
            yield from self._batch(Moment.SETTLE, wanted)

    def _unsettled(self) -> list[Inquiry]:
        findings = self._read()
        return [
            *self._inquiries(Moment.SETTLE),
            *self._inquiries(Moment.TRACK),
            *_wanted(findings),
            *open_questions(findings),
        ]

    def judged(self, final: bool) -> Judged:
        """The verdict on what is known now, told."""
        verdict = self._verdict()
        return Judged(self._read(), self._timed(verdict), final)

    def _verdict(self) -> Verdict:
        findings = self._read()
        if self.verdict is not None and self.weighed is findings:
            return self.verdict
        self.weighed, began = findings, time.monotonic()
        try:
            self.verdict = in_commands(judge(findings), findings.case, self.platforms)
        except Exception:
            if self.verdict is None:
                raise
            log.exception("judging failed; the run goes on with the verdict before")
        self._spent("judging", began)
        return self.verdict

    def _timed(self, verdict: Verdict) -> Verdict:
        total = {"total": time.monotonic() - self.began, "beyond_window": self._beyond()}
        return replace(
            verdict,
            timings={name: round(spent, 3) for name, spent in {**self.timings, **total}.items()},
        )

    def _beyond(self) -> float:
        return time.monotonic() - self.began - self.timings.get(Moment.WINDOW.value, 0.0)

    def _read(self) -> Findings:
        """What is known now. A device whose words nobody foresaw must not end the run: what was
        read before stands."""
        began = time.monotonic()
        try:
            self.known = read(self.case)
        except Exception:
            if self.known is None:
                raise
            log.exception("reading the answers failed; the run goes on with what was read before")
        self._spent("reading", began)
        return self.known

    def _inquiries(self, moment: Moment, options: Options | None = None) -> list[Inquiry]:
        began = time.monotonic()
        steps = (step for step in self.steps if moment in step.moments)
        found = [
            inquiry for step in steps for inquiry in self._of(step, moment, options or self.options)
        ]
        self._spent("reading", began)
        return found

    def _of(self, step: Step, moment: Moment, options: Options) -> list[Inquiry]:
        try:
            return list(step.inquiries(CaseView(self.case), options, moment))
        except Exception:
            if self.known is None:
                raise
            log.exception("the step %s could not say what to ask", step.id)
            return []

    def _fresh(self, wanted: Iterable[Inquiry]) -> tuple[Inquiry, ...]:
        if self._over():
            return ()
        lost = self._lost()
        new = dict.fromkeys(i for i in wanted if i.key not in self.asked and i.device not in lost)
        return tuple(new)

    def _lost(self) -> frozenset[str]:
        """Devices that never answered anything: they are not asked again and again."""
        seen = {item.device for item in self.case.evidence}
        return frozenset(
            seen - {item.device for item in self.case.evidence if item.status not in _LOST}
        )

    def _over(self) -> bool:
        self.stopped = self.stopped or self.cancelled()
        return self.stopped or time.monotonic() - self.began > self.options.budget

    def _batch(
        self, moment: Moment, wanted: Iterable[Inquiry], seconds: float = 0.0
    ) -> Iterator[Happening]:
        """Ask what was not asked yet, and take every answer into the case."""
        inquiries = self._fresh(wanted)
        if not inquiries:
            return
        began = time.monotonic()
        self.asked.update(inquiry.key for inquiry in inquiries)
        yield Asking(moment, inquiries, seconds)
        learned: list[Evidence] = []
        for evidence in self._numbered(inquiries):
            if evidence is not None:
                learned.append(evidence)
                yield Learned(evidence)
            if self._first_is_due():
                self.case, learned = self.case.with_evidence(learned), []
                yield self.judged(final=False)
        self.case = self.case.with_evidence(learned)
        self._spent(moment.value, began)

    def _first_is_due(self) -> bool:
        """Some device may keep all waiting: what the others told is judged meanwhile."""
        return self.verdict is None and time.monotonic() - self.began > FIRST and not self._over()

    def _numbered(self, inquiries: tuple[Inquiry, ...]) -> Iterator[Evidence | None]:
        """Each answer under its number; None = nothing came for a while."""
        number = len(self.case.evidence)
        with closing(self.asker.stream(inquiries)) as answers:
            for evidence in answers:
                number += evidence is not None
                yield evidence and evidence.renamed(f"e{number}")
                if self.cancelled():
                    self.stopped = True
                    break

    def _spent(self, what: str, began: float) -> None:
        self.timings[what] = self.timings.get(what, 0.0) + time.monotonic() - began


def _wanted(findings: Findings) -> Iterator[Inquiry]:
    """What the walk wants to know of both directions and of their branches, under the name of its
    step."""
    for path in (findings.forward, findings.reverse, *findings.targets):
        step = "return-route" if path.reverse else "route-get"
        yield from (replace(inquiry, step=step) for inquiry in _all_wanted(path))


def _all_wanted(path: Path) -> Iterator[Inquiry]:
    yield from path.wanted
    for alternate in path.alternates:
        yield from _all_wanted(alternate)
