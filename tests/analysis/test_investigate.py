"""Does a run ask the right things at the right time, and end truthfully?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from collectors.model.driver import Driver
from collectors.model.evidence import Evidence, Query, Question, Status
from collectors.model.records import Route
from collectors.model.step import Options, RunPhase
from collectors.offline.replay import Recording, ReplayDriver, load_recording
from collectors.platforms import platform_named
from workbench.analysis import run as module
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Findings
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked
from workbench.analysis.case.verdict import Cause, Outcome
from workbench.analysis.evidence.read import read
from workbench.analysis.run import investigate

RECORDINGS = Path(__file__).parents[1] / "fixtures" / "recordings"
RECORDING = load_recording(RECORDINGS / "fw-pair-nosync.json.gz")
GENTLE = Options()
PROBES = {
    Question.CONNECT,
    Question.TRACE,
    Question.ARP_PROBE,
    Question.PATH_MTU,
    Question.PING,
    Question.PORT_SWEEP,
}
PROBES |= {Question.TRACE_SPREAD}


def run(
    options: Options = GENTLE, recording: Recording = RECORDING, **more: object
) -> list[RunEvent]:
    case = Case(recording.flow, recording.inventory)
    return list(
        investigate(case, ReplayDriver(recording), options, platforms=platform_named, **more)
    )  # type: ignore[arg-type]


def asked(run_events: Sequence[RunEvent]) -> list[tuple[RunPhase, Query]]:
    return [(h.run_phase, i) for h in run_events if isinstance(h, Asking) for i in h.queries]


def last(run_events: Sequence[RunEvent]) -> Judged:
    final = run_events[-1]
    assert isinstance(final, Judged)
    return final


def test_a_firewall_pair_without_shared_state() -> None:
    """[client] -- (r1) == [fw-a | fw-b] == (r2) -- [server]: out by fw-a, back by fw-b."""
    final = last(run())
    verdict = final.verdict
    assert final.final
    assert (verdict.best.hypothesis.cause, verdict.best.hypothesis.guilty_node) == (
        Cause.ASYM_STATEFUL_FW,
        "fw-b",
    )
    assert verdict.forward_path == ("client", "r1", "fw-a", "r2", "server")
    assert verdict.reverse_path == ("server", "r2", "fw-b", "r1", "client")


def test_the_moments_come_in_their_order() -> None:
    run_phases = [h.run_phase for h in run() if isinstance(h, Asking)]
    order = list(RunPhase)
    assert run_phases == sorted(run_phases, key=order.index)
    assert {
        RunPhase.SURVEY,
        RunPhase.TRACK,
        RunPhase.BEFORE,
        RunPhase.WINDOW,
        RunPhase.AFTER,
    } <= set(run_phases)


def test_nothing_is_asked_twice() -> None:
    keys = [query.key for _, query in asked(run())]
    assert len(keys) == len(set(keys))


def test_every_question_is_answered_under_an_id_of_its_own() -> None:
    run_events = run()
    learned = [h.evidence for h in run_events if isinstance(h, Learned)]
    assert [e.id for e in learned] == [f"e{n}" for n in range(1, len(learned) + 1)]
    assert {e.query.key for e in learned} == {i.key for _, i in asked(run_events)}
    assert last(run_events).findings.case.evidence == tuple(learned)


def test_counters_are_read_before_and_after_the_window() -> None:
    samples = [
        (m, i.params.sample)
        for m, i in asked(run())
        if i.question is Question.COUNTERS and i.device == "fw-b"
    ]
    assert samples == [(RunPhase.BEFORE, "before"), (RunPhase.AFTER, "after")]


def test_all_captures_cover_both_directions_on_every_device_of_both_ways() -> None:
    captures = [i for m, i in asked(run()) if i.question is Question.CAPTURE]
    assert {i.device for i in captures} == {"client", "r1", "fw-a", "fw-b", "r2", "server"}
    assert all({RECORDING.flow, RECORDING.flow.reversed()} <= set(i.params.flows) for i in captures)
    assert all(i.delay == 0 for i in captures)


class _Moved(Driver):
    """The devices of the recording; when r2's tables are read again, its route to the client is
    another one."""

    def __init__(self) -> None:
        self._driver = ReplayDriver(RECORDING)

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        for item in self._driver.ask(queries):
            again = (
                item.device == "r2"
                and item.question is Question.ROUTES
                and item.params.sample == "after"
            )
            yield self._later(item.query) if again else item

    def knows(self, queries: Sequence[Query]) -> bool:
        return False

    def _later(self, query: Query) -> Evidence:
        [first] = self._driver.ask((Query("r2", Question.ROUTES),))
        return replace(
            first,
            query=query,
            taken_at=first.taken_at + 20,
            records=tuple(map(_moved, first.records)),
        )

    def close(self) -> None:
        """Nothing to end."""


def _moved(record: object) -> object:
    if isinstance(record, Route) and RECORDING.flow.src in record.destination and record.next_hops:
        return replace(record, metric=record.metric + 1)
    return record


def test_a_way_that_moved_while_it_was_watched_is_watched_again() -> None:
    case = Case(RECORDING.flow, RECORDING.inventory)
    windows = [
        h
        for h in investigate(case, _Moved(), GENTLE, platforms=platform_named)
        if isinstance(h, Asking) and h.run_phase is RunPhase.WINDOW
    ]
    assert [window.seconds for window in windows] == [GENTLE.window] * 2
    assert Question.CAPTURE in {query.question for query in windows[1].queries}
    assert len([h for h in run() if isinstance(h, Asking) and h.run_phase is RunPhase.WINDOW]) == 1


class _Quick(Driver):
    """The devices of a recording, whose first look shows what the recorded window shows."""

    def __init__(self, recording: Recording) -> None:
        self._driver = ReplayDriver(recording)

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        for query in queries:
            sample = "late" if query.delay else None
            looked = query.params.sample == "first look"
            known = replace(query, params=replace(query.params, sample=sample)) if looked else query
            yield from (replace(item, query=query) for item in self._driver.ask([known]))

    def close(self) -> None:
        """Nothing to end."""


def windows(recording: Recording, options: Options = GENTLE) -> list[Asking]:
    case = Case(recording.flow, recording.inventory)
    run_events = list(investigate(case, _Quick(recording), options, platforms=platform_named))
    assert isinstance(run_events[-1], Judged) and run_events[-1].final
    return [h for h in run_events if isinstance(h, Asking) and h.run_phase is RunPhase.WINDOW]


def test_a_fault_that_the_first_look_settles_is_watched_no_longer() -> None:
    [look] = windows(RECORDING)
    assert look.seconds < GENTLE.window / 2
    assert not PROBES & {query.question for query in look.queries}


def test_what_a_first_look_does_not_settle_is_watched_for_the_whole_window() -> None:
    """A flow that works, or fails for some source ports only, or that nobody attempts."""
    assert sum(h.seconds for h in windows(silent())[:2]) >= GENTLE.window
    split = windows(load_recording(RECORDINGS / "frr-ecmp.json.gz"))
    assert sum(h.seconds for h in split) >= GENTLE.window


def test_a_short_window_is_not_cut() -> None:
    assert [h.seconds for h in windows(RECORDING, Options(window=3.0))] == [3.0]


class _Slow(Driver):
    """One device keeps everybody waiting, while the others have answered."""

    def __init__(self) -> None:
        self._driver = ReplayDriver(RECORDING)

    def stream(self, queries: Sequence[Query]) -> Iterator[Evidence | None]:
        late = [i for i in queries if i.device == "fw-b"]
        yield from self._driver.ask([i for i in queries if i not in late])
        yield None
        yield from self._driver.ask(late)

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        return (item for item in self.stream(queries) if item is not None)

    def knows(self, queries: Sequence[Query]) -> bool:
        return False

    def close(self) -> None:
        """Nothing to end."""


def test_there_is_a_first_verdict_though_a_device_keeps_all_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FIRST", 0.0)
    run_events = list(
        investigate(
            Case(RECORDING.flow, RECORDING.inventory), _Slow(), GENTLE, platforms=platform_named
        )
    )
    first = next(index for index, h in enumerate(run_events) if isinstance(h, Judged))
    heard = {h.evidence.device for h in run_events[:first] if isinstance(h, Learned)}
    assert not last(run_events[: first + 1]).final and "fw-b" not in heard
    ids = [h.evidence.id for h in run_events if isinstance(h, Learned)]
    assert ids == [f"e{number}" for number in range(1, len(ids) + 1)]
    assert last(run_events).verdict.best.hypothesis.cause is Cause.ASYM_STATEFUL_FW


def test_a_first_verdict_comes_before_the_window() -> None:
    run_events = run()
    first = next(index for index, h in enumerate(run_events) if isinstance(h, Judged))
    watched = next(
        i
        for i, h in enumerate(run_events)
        if isinstance(h, Asking) and h.run_phase is RunPhase.WINDOW
    )
    assert first < watched and not last(run_events[: first + 1]).final


def test_probes_begin_when_captures_run() -> None:
    probes = [i for m, i in asked(run()) if i.question in PROBES and m is RunPhase.WINDOW]
    assert probes and all(i.delay > 0.5 for i in probes)


def test_without_probes_nothing_is_sent_and_the_verdict_stands() -> None:
    run_events = run(Options(probes="off"))
    assert not [i for _, i in asked(run_events) if i.question in PROBES]
    assert last(run_events).verdict.best.hypothesis.cause is Cause.ASYM_STATEFUL_FW


def test_a_cancelled_run_ends_with_what_is_known_and_says_it_is_not_final() -> None:
    seen: list[int] = []

    def cancelled() -> bool:
        seen.append(1)
        return len(seen) > 20

    run_events = run(cancelled=cancelled)
    assert len([h for h in run_events if isinstance(h, Learned)]) < 40
    assert not last(run_events).final


def test_a_run_without_time_asks_nothing_more() -> None:
    run_events = run(Options(budget=0))
    assert asked(run_events) == []
    assert last(run_events).verdict.outcome is Outcome.INCONCLUSIVE


class Deaf(Driver):
    """No device can be logged in to."""

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        return (Evidence("", i, Status.NOT_ASKED, reason="could not log in: no") for i in queries)

    def close(self) -> None:
        """Nothing."""


def test_devices_that_never_answer_are_asked_once() -> None:
    run_events = list(
        investigate(
            Case(RECORDING.flow, RECORDING.inventory), Deaf(), Options(), platforms=platform_named
        )
    )
    assert {run_phase for run_phase, _ in asked(run_events)} == {RunPhase.SURVEY}
    assert last(run_events).verdict.outcome is Outcome.INCONCLUSIVE
    assert {"client", "server"} <= set(last(run_events).verdict.unreached)


def silent() -> Recording:
    """The recording, with captures that saw nothing of the flow."""
    quiet = {
        Question.CAPTURE,
        Question.SESSION_EVENTS,
        Question.CONNECT,
        Question.SOCKETS,
        Question.SESSIONS,
    }
    kept = tuple(e for e in RECORDING.evidence if e.question not in quiet)
    return replace(RECORDING, evidence=kept)


def test_a_client_that_tries_by_itself_is_not_imitated() -> None:
    seen = [
        e for e in RECORDING.evidence if e.question is Question.CAPTURE and e.device == "client"
    ]
    case = Case(RECORDING.flow, RECORDING.inventory).with_evidence(seen)
    assert Question.CONNECT in {i.question for _, i in asked(run())}
    watched = list(investigate(case, ReplayDriver(RECORDING), GENTLE, platforms=platform_named))
    assert Question.CONNECT not in {i.question for _, i in asked(watched)}


def test_when_nothing_of_the_flow_was_seen_it_is_watched_once_more_and_longer() -> None:
    windows = [
        h
        for h in run(recording=silent())
        if isinstance(h, Asking) and h.run_phase is RunPhase.WINDOW
    ]
    assert [h.seconds for h in windows] == [6.0, 12.0]
    longer = [i for i in windows[1].queries if i.question is Question.CAPTURE]
    assert longer and all(i.params.seconds == 12.0 for i in longer)


def test_evidence_that_is_there_already_is_not_asked_for() -> None:
    first = last(run()).findings.case
    again = list(investigate(first, ReplayDriver(RECORDING), Options(), platforms=platform_named))
    assert asked(again) == []
    assert last(again).verdict.best == last(run()).verdict.best


def test_the_paths_are_told_as_soon_as_they_are_known() -> None:
    kinds = [type(h) for h in run()]
    assert kinds.index(Walked) < kinds.index(Judged)


def test_answers_that_nobody_foresaw_do_not_end_the_run(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def fails_later(case: Case) -> Findings:
        calls.append(1)
        if len(calls) > 3:
            raise KeyError("eth0")
        return read(case)

    monkeypatch.setattr(module, "read", fails_later)
    final = last(run())
    assert final.verdict.forward_path == ("client", "r1", "fw-a", "r2", "server")
    assert "reading the answers failed" in caplog.text


def test_a_first_reading_that_fails_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(case: Case) -> Findings:
        raise KeyError("eth0")

    monkeypatch.setattr(module, "read", fails)
    with pytest.raises(KeyError):
        run()


def test_timings_say_where_the_time_went() -> None:
    timings = last(run()).verdict.timings
    assert {"survey", "window", "reading", "judging", "total", "beyond_window"} <= timings.keys()
