"""The run: which questions are asked when, until both paths are known and the flow was watched?"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace

from collectors.model.driver import Driver
from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.step import Audience, Options, RunPhase, Step
from collectors.playbook import STEPS, return_route, route_get
from workbench.analysis.captures.pace import pace
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings, Trace
from workbench.analysis.case.run_events import (
    Asking,
    Judged,
    Learned,
    RunEvent,
    Walked,
    Widening,
)
from workbench.analysis.case.verdict import Verdict
from workbench.analysis.device.route_changes import moved_unwatched
from workbench.analysis.diagnosis.ranking.rank import judge
from workbench.analysis.diagnosis.ranking.rank import wanted as open_questions
from workbench.analysis.diagnosis.remedies.spelling import Platforms, in_commands
from workbench.analysis.evidence.read import read
from workbench.analysis.step_view import CaseView
from workbench.analysis.widening import stuck, unexplained, wider
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
    driver: Driver,
    options: Options,
    cancelled: Callable[[], bool] = lambda: False,
    steps: tuple[Step, ...] = STEPS,
    *,
    platforms: Platforms,
) -> Iterator[RunEvent]:
    """Ask, walk, watch and judge one flow. A cancelled run ends with what is known by then, judged
    but not final.

    `platforms` finds the platform of a device by its name, which gives the commands of fixes.
    """
    run = _Run(case, driver, options, cancelled, steps, platforms)
    yield from run.follow()
    yield from run.watch()
    yield from run.look_around()
    yield from run.settle()
    yield run.judged(final=not run.stopped)


@dataclass
class _Run:
    """What changes while a run goes on."""

    case: Case
    driver: Driver
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
    audience: Audience = Audience.NEAR  # whom it asks by now
    widening: Widening | None = None  # why it asks more

    def __post_init__(self) -> None:
        self.window = self.options.window
        if self.options.ask != Audience.NEAR or self.driver.has_all_answers:
            self.audience = Audience.ALL
        self.driver.watch(self.cancelled)
        self.asked.update(item.query.key for item in self.case.evidence)

    def follow(self) -> Iterator[RunEvent]:
        """Who is there, and which way does the flow take? Asked until nothing new is wanted."""
        yield from self._batch(RunPhase.SURVEY, self._queries(RunPhase.SURVEY))
        self._prepare()
        for _ in range(MOST_ROUNDS):
            findings = self._read()
            yield Walked(findings)
            wanted = [
                *self._queries(RunPhase.SURVEY),
                *self._queries(RunPhase.TRACK),
                *_wanted(findings),
            ]
            if self._fresh(wanted):
                yield from self._batch(RunPhase.TRACK, wanted)
            elif not self._widen(stuck(findings)):
                break
        if not self._over():
            yield self.judged(final=False)

    def _widen(self, why: Widening | None) -> bool:
        """Ask more devices from now on, if there is a reason and there are more."""
        if why is None or self.audience is Audience.ALL or self._over():
            return False
        self.audience = wider(self.audience)
        if self._known() - _in_full(item.query for item in self.case.evidence):
            self.widening = why  # where all were asked already, a reason would tell nothing
        return True

    def look_around(self) -> Iterator[RunEvent]:
        """Do those near the flow not explain what was seen? Then the others are asked, and what
        they make known is watched as well."""
        seen = self._involved()
        while not self._over() and self._widen(unexplained(self._read(), self._verdict())):
            yield from self.follow()
        if not self._over() and self._involved() - seen:
            self._prepare()
            yield from self._batch(RunPhase.BEFORE, self._queries(RunPhase.BEFORE))
            yield from self._once_more(1, "wider")
            yield from self._batch(RunPhase.AFTER, self._queries(RunPhase.AFTER))

    def _involved(self) -> frozenset[str]:
        """The devices of both ways, and who may lie between."""
        return frozenset(device.name for device in CaseView(self.case).involved)

    def watch(self) -> Iterator[RunEvent]:
        """What happens to the flow while it is attempted? A first look may settle it."""
        self._prepare()
        yield from self._batch(RunPhase.BEFORE, self._queries(RunPhase.BEFORE))
        yield from self._look()
        if self._settled():
            yield from self._batch(
                RunPhase.AFTER, reading_only(self._queries(RunPhase.AFTER), self.steps)
            )
        if not self._settled():
            yield from self._rest()
            yield from self._batch(RunPhase.AFTER, self._queries(RunPhase.AFTER))
        if not self._over() and moved_unwatched(self._read()):
            yield from self._once_more(1)

    def _look(self) -> Iterator[RunEvent]:
        """Short, and without probes of ours; a recording that holds none is played without."""
        short = replace(self.options, window=LOOK)
        queries = first_look(self._queries(RunPhase.WINDOW, short))
        self.looked = (
            self.window >= 2 * LOOK and bool(self._fresh(queries)) and self.driver.knows(queries)
        )
        if self.looked:
            yield from self._batch(RunPhase.WINDOW, queries, LOOK)

    def _settled(self) -> bool:
        return self.looked and enough(self._read(), self._verdict())

    def _rest(self) -> Iterator[RunEvent]:
        """The whole window, or what is left of it after the first look; longer where it showed too
        few packets."""
        if self.looked:
            self.options = replace(self.options, window=rest(self.window, pace(self.case)))
        yield from self._batch(RunPhase.WINDOW, self._queries(RunPhase.WINDOW), self.options.window)
        if not self._over() and self._too_few():
            yield from self._once_more(2)

    def _too_few(self) -> bool:
        """Was there no attempt yet, does a question still wait, or is random loss not yet
        distinguished
        from none?"""
        findings = self._read()
        return not findings.attempts_seen or undecided(findings, self._verdict())

    def _prepare(self) -> None:
        """Captures must start at the same moment everywhere: a driver that can, opens what they
        need beforehand."""
        window = self._queries(RunPhase.WINDOW)
        lasting = Counter(query.device for query in window if query.params.seconds is not None)
        for count in set(lasting.values()):
            devices = [device for device in lasting if lasting[device] == count]
            self.driver.prepare(devices, count + 1)

    def _once_more(self, times: int, called: str = "again") -> Iterator[RunEvent]:
        """A second window: longer for a client that tries seldom, as long for a flow whose way
        moved meanwhile."""
        left = self.options.budget - (time.monotonic() - self.began)
        seconds = min(times * self.window, left)
        if seconds >= self.window:
            again = longer(self._queries(RunPhase.WINDOW), seconds / self.options.window, called)
            yield from self._batch(RunPhase.WINDOW, again, seconds)

    def settle(self) -> Iterator[RunEvent]:
        """What would decide between the causes that are left? New places found by the captures are
        asked as well."""
        for _ in range(MOST_SETTLING):
            wanted = self._unsettled()
            if not self._fresh(wanted):
                return
            yield self.judged(final=False)
            yield from self._batch(RunPhase.SETTLE, wanted)

    def _unsettled(self) -> list[Query]:
        findings = self._read()
        return [
            *self._queries(RunPhase.SETTLE),
            *self._queries(RunPhase.TRACK),
            *_wanted(findings),
            *open_questions(findings),
        ]

    def judged(self, final: bool) -> Judged:
        """The verdict on what is known now, as shown."""
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
        return time.monotonic() - self.began - self.timings.get(RunPhase.WINDOW.value, 0.0)

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

    def _queries(self, run_phase: RunPhase, options: Options | None = None) -> list[Query]:
        began = time.monotonic()
        steps = (step for step in self.steps if run_phase in step.run_phases)
        found = [
            query for step in steps for query in self._of(step, run_phase, options or self.options)
        ]
        self._spent("reading", began)
        return found

    def _of(self, step: Step, run_phase: RunPhase, options: Options) -> list[Query]:
        try:
            return list(step.queries(CaseView(self.case, self.audience), options, run_phase))
        except Exception:
            if self.known is None:
                raise
            log.exception("the step %s could not say what to ask", step.id)
            return []

    def _fresh(self, wanted: Iterable[Query]) -> tuple[Query, ...]:
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
        self, run_phase: RunPhase, wanted: Iterable[Query], seconds: float = 0.0
    ) -> Iterator[RunEvent]:
        """Ask what was not asked yet, and take every answer into the case."""
        queries = self._fresh(wanted)
        if not queries:
            return
        began = time.monotonic()
        self.asked.update(query.key for query in queries)
        yield self._asking(run_phase, queries, seconds)
        learned: list[Evidence] = []
        for evidence in self._numbered(queries):
            if evidence is not None:
                learned.append(evidence)
                yield Learned(evidence)
            if self._first_is_due():
                self.case, learned = self.case.with_evidence(learned), []
                yield self.judged(final=False)
        self.case = self.case.with_evidence(learned)
        self._spent(run_phase.value, began)

    def _asking(self, run_phase: RunPhase, queries: tuple[Query, ...], seconds: float) -> Asking:
        known = self._known()
        every = [*queries, *(item.query for item in self.case.evidence)]
        asked = {query.device for query in every} & known
        numbers = len(asked), len(asked & _in_full(every)), len(known)
        return Asking(run_phase, queries, seconds, *numbers, self.widening)

    def _known(self) -> set[str]:
        """The devices that can be logged in to."""
        devices = self.case.inventory.devices
        return {device.name for device in devices if device.login is not None}

    def _first_is_due(self) -> bool:
        """Some device may keep all waiting: what the others answered is judged meanwhile."""
        return self.verdict is None and time.monotonic() - self.began > FIRST and not self._over()

    def _numbered(self, queries: tuple[Query, ...]) -> Iterator[Evidence | None]:
        """Each answer under its number; None = nothing came for a while."""
        number = len(self.case.evidence)
        with closing(self.driver.stream(queries)) as answers:
            for evidence in answers:
                number += evidence is not None
                yield evidence and evidence.renamed(f"e{number}")
                if self.cancelled():
                    self.stopped = True
                    break

    def _spent(self, what: str, began: float) -> None:
        self.timings[what] = self.timings.get(what, 0.0) + time.monotonic() - began


def _in_full(queries: Iterable[Query]) -> set[str]:
    """Who is asked more than which addresses it has?"""
    return {query.device for query in queries if query.question is not Question.INTERFACES}


def _wanted(findings: Findings) -> Iterator[Query]:
    """What the walk wants to know of both directions and of their branches, under the name of its
    step."""
    for path in (findings.forward, findings.reverse, *findings.targets):
        step = (return_route if path.reverse else route_get).STEP.id
        yield from (replace(query, step=step) for query in _all_wanted(path))


def _all_wanted(path: Trace) -> Iterator[Query]:
    yield from path.wanted
    for alternate in path.alternates:
        yield from _all_wanted(alternate)
