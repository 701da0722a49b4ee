"""A run ends as what it was, whatever happens on the way."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, transaction

from collectors.model.driver import Driver, NotRecorded
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.inventory import Device, Inventory, Login, Role
from collectors.model.records import NextHop, RouteChoice
from collectors.model.step import RunPhase
from tests.incidents.conftest import FLOW
from workbench.analysis.case.case import Case
from workbench.analysis.case.findings import Disposition, Findings, Hop
from workbench.analysis.case.findings import Trace as FlowPath
from workbench.analysis.case.run_events import Asking, Judged, Learned, RunEvent, Walked, Widening
from workbench.analysis.case.verdict import Cause, Hypothesis, Outcome, Ranked, Verdict
from workbench.incidents import actions, queries
from workbench.incidents.audit import CommandLog
from workbench.incidents.models import CommandRecord, EvidenceRow, Incident, Run
from workbench.incidents.storage import evidence_rows, retry, spool
from workbench.incidents.worker import heartbeat, progress
from workbench.incidents.worker.heartbeat import Heartbeat
from workbench.incidents.worker.investigator import CannotBegin, Investigator, options_of
from workbench.web.presenters.progress import whom

ASKED = Query(
    "edge-fw-a", Question.ROUTE_CHOICE, QueryParams(flow=FLOW, iif="eth0"), step="route-get"
)
CHOICE = RouteChoice("unicast", NextHop("eth1", ip_address("198.51.100.1")))
ANSWER = Evidence(
    "e1",
    ASKED,
    Status.ANSWERED,
    command="ip -j route get",
    stdout=b"\xff\x00<script>",
    stderr=b"\x1b[31mred",
    exit_status=0,
    records=(CHOICE,),
    unread=("what is this\0",),
    taken_at=1_790_000_000.0,
    clock_offset=1.5,
    clock_uncertainty=0.01,
)
INVENTORY = Inventory(
    (Device("edge-fw-a", Role.FIREWALL, login=Login("127.0.0.1", password="hunter2-secret")),)
)


def findings() -> Findings:
    hop = Hop("edge-fw-a", None, "eth0", "eth1", None, FLOW, FLOW)
    forward = FlowPath(FLOW, (hop,), Disposition.DELIVERED)
    return Findings(
        Case(FLOW, INVENTORY),
        forward,
        FlowPath(FLOW.reversed(), (), Disposition.UNRESOLVED, reverse=True),
    )


def verdict() -> Verdict:
    return Verdict(
        Outcome.BROKEN,
        Ranked(Hypothesis(Cause.ASYM_STATEFUL_FW, "edge-fw-a", summary="Lost."), 0.93),
    )


class Nobody(Driver):
    """Closed or not."""

    closed = False

    def ask(self, queries: Sequence[Query]) -> Iterator[Evidence]:
        yield from ()

    def close(self) -> None:
        self.closed = True


def the_whole_story(*args: Any) -> Iterator[RunEvent]:
    yield Asking(RunPhase.SURVEY, (ASKED,), 0.0, 3, 1, 22, Widening.WALK_STUCK)
    yield Learned(ANSWER)
    yield Walked(findings())
    yield Judged(findings(), verdict(), final=True)


def work(
    run: Run, story: Callable[..., Iterator[RunEvent]] = the_whole_story
) -> tuple[Run, Driver]:
    driver = Nobody()
    Investigator(run, lambda run, recorder: (INVENTORY, driver), story).work()
    return Run.objects.get(pk=run.pk), driver


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "PAUSES", ())


pytestmark = pytest.mark.django_db(transaction=True)


def test_a_run_is_written_down_as_it_happens(run: Run, incident: Incident) -> None:
    done, driver = work(run)
    assert (done.state, done.problem, driver.closed) == (Run.State.DONE, "", True)
    assert done.verdict["root_cause"] == "asym_stateful_fw" and done.verdict_final
    kinds = [event.kind for event in queries.events_after(incident, 3)]
    assert kinds == ["asking", "answered", "walked", "judged", "run-ended"]


def test_the_page_says_how_many_devices_were_asked_and_why(run: Run) -> None:
    assert whom(queries.devices_asked(run)) == ""
    done, _ = work(run)
    words = whom(queries.devices_asked(done))
    assert words.startswith("1 of 22 devices asked, 2 more only for their addresses, because it is")
    assert words.endswith("; the others are not on the way.")


def test_evidence_comes_back_as_it_was(run: Run) -> None:
    work(run)
    row = queries.evidence_named(run, "e1")
    assert row is not None
    kept = evidence_rows.evidence_of(row)
    assert kept.records == (CHOICE,)
    assert kept.query == ASKED and kept.query.step == "route-get"
    assert (kept.stdout, kept.stderr, kept.unread) == (
        ANSWER.stdout,
        ANSWER.stderr,
        ("what is this\ufffd",),
    )


def test_the_device_s_time_and_clock_stand_beside_the_event(run: Run, incident: Incident) -> None:
    work(run)
    [event] = [e for e in queries.events_after(incident, 0) if e.kind == "answered"]
    assert event.device_at is not None and event.device_at.timestamp() == 1_790_000_001.5
    assert (event.clock_offset, event.clock_uncertainty) == (1.5, 0.01)


def test_findings_come_back_without_the_secrets_of_the_inventory(run: Run) -> None:
    done, _ = work(run)
    kept = queries.findings(done)
    assert kept is not None and kept.forward == findings().forward
    assert kept.case.inventory == Inventory()
    for row in (done.verdict, done.picture):
        assert "hunter2" not in str(row)


def test_a_run_that_breaks_off_fails_and_keeps_what_it_learnt(run: Run) -> None:
    def breaks_off(*args: Any) -> Iterator[RunEvent]:
        yield Learned(ANSWER)
        raise RuntimeError("boom: password hunter2-secret")

    failed, driver = work(run, breaks_off)
    assert (
        failed.state == Run.State.FAILED
        and "RuntimeError" in failed.problem
        and "hunter2" not in failed.problem
    )
    assert driver.closed and EvidenceRow.objects.count() == 1


def test_a_run_without_a_verdict_has_failed(run: Run) -> None:
    failed, _ = work(run, lambda *args: iter(()))
    assert failed.state == Run.State.FAILED and "without a verdict" in failed.problem


def test_a_run_that_cannot_begin_says_why(run: Run) -> None:
    def nowhere(run: Run, recorder: Any) -> Any:
        raise CannotBegin("the inventory is empty")

    Investigator(run, nowhere, the_whole_story).work()
    run.refresh_from_db()
    assert (run.state, run.problem) == (Run.State.FAILED, "the inventory is empty")


def test_a_cancelled_run_stops_and_says_so(run: Run, responder: Any, settings: Any) -> None:
    settings.HEARTBEAT_SECONDS = 0.01

    def until_cancelled(
        case: Any, driver: Any, options: Any, cancelled: Callable[[], bool]
    ) -> Iterator[RunEvent]:
        actions.cancel_run(responder, run)
        pause = threading.Event()
        while not cancelled():
            pause.wait(0.01)
        yield Learned(ANSWER)

    cancelled, driver = work(run, until_cancelled)
    assert cancelled.state == Run.State.CANCELLED and driver.closed
    assert EvidenceRow.objects.count() == 1


def test_cancelling_ends_what_the_run_waits_for(run: Run, responder: Any, settings: Any) -> None:
    settings.HEARTBEAT_SECONDS = 0.01
    lost = threading.Event()

    def hanging(case: Any, driver: Any, options: Any, cancelled: Any) -> Iterator[RunEvent]:
        actions.cancel_run(responder, run)
        assert lost.wait(30)
        yield from ()

    class Hanging(Nobody):
        def interrupt(self) -> None:
            lost.set()

    Investigator(run, lambda run, recorder: (INVENTORY, Hanging()), hanging).work()
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED


def test_a_worker_that_is_told_to_end_interrupts_its_runs(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeat, "_closing", threading.Event())

    def until_closed(
        case: Any, driver: Any, options: Any, cancelled: Callable[[], bool]
    ) -> Iterator[RunEvent]:
        yield Learned(ANSWER)
        heartbeat.close()
        assert cancelled()

    ended, _ = work(run, until_closed)
    assert ended.state == Run.State.INTERRUPTED and "stopped" in ended.problem
    assert EvidenceRow.objects.count() == 1


def test_what_a_busy_database_does_not_take_is_kept_and_given_to_it_later(
    run: Run, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: Any) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as busy:
        for verb in (
            "record_asking",
            "record_evidence",
            "record_walk",
            "record_verdict",
            "finish_run",
        ):
            busy.setattr(progress, verb, locked)
        lost, _ = work(run)
        assert lost.state == Run.State.RUNNING and spool.waiting(run.pk)
    text = spool._path(run.pk).read_text()
    assert "hunter2" not in text and len(text.splitlines()) == 5
    assert spool.merge_all() == 1
    done = Run.objects.get(pk=run.pk)
    assert done.state == Run.State.DONE and done.verdict_final
    assert EvidenceRow.objects.get().stdout == ANSWER.stdout
    assert not spool.waiting(run.pk)


def test_a_database_that_comes_back_in_mid_run_gets_everything_in_order(
    run: Run, incident: Incident, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_write, calls = progress.record_evidence, []

    def locked_once(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 1:
            raise OperationalError("database is locked")
        true_write(*args)

    monkeypatch.setattr(progress, "record_evidence", locked_once)
    done, _ = work(run)
    kinds = [event.kind for event in queries.events_after(incident, 3)]
    assert kinds == ["asking", "answered", "walked", "judged", "run-ended"]
    assert done.state == Run.State.DONE and not spool.waiting(run.pk)


def test_a_spool_file_that_cannot_be_read_is_set_aside(run: Run, data_dir: Path) -> None:
    progress.finish_run(run, Run.State.DONE)
    (data_dir / "spool").mkdir()
    (data_dir / "spool" / f"run-{run.pk}.jsonl").write_text("half a li")
    assert spool.merge_all() == 0
    assert [path.name for path in (data_dir / "spool").iterdir()] == [f"run-{run.pk}.unreadable"]


def test_a_command_that_cannot_be_recorded_must_not_be_sent(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database is locked")

    log = CommandLog(run.incident, run, None)
    monkeypatch.setattr(CommandRecord.objects, "create", locked)
    with pytest.raises(NotRecorded):
        log.intend(ASKED, "root", b"ip route")


def test_evidence_points_to_the_command_that_gave_it(run: Run) -> None:
    def reach(run: Run, recorder: Any) -> Any:
        recorder.result(recorder.intend(ASKED, "root", b"ip -j route get"), ANSWER)
        return INVENTORY, Nobody()

    Investigator(run, reach, the_whole_story).work()
    row = EvidenceRow.objects.get()
    assert (
        row.command_record is not None and bytes(row.command_record.command) == b"ip -j route get"
    )
    assert row.digest == row.command_record.result.digest


def test_evidence_that_is_told_twice_is_kept_once(run: Run) -> None:
    for _ in range(2):
        progress.record_evidence(run, ANSWER)
    assert EvidenceRow.objects.count() == 1


def test_a_heart_beats_and_hears_that_the_run_was_ended(run: Run) -> None:
    with Heartbeat(run.pk, every=0.01) as beating:
        progress.finish_run(run, Run.State.INTERRUPTED)
        pause = threading.Event()
        while not beating.cancelled():
            pause.wait(0.01)


def test_options_survive_being_stored(incident: Incident, responder: Any) -> None:
    from collectors.model.step import Options

    wanted = Options(probes="off", window=3.0)
    run = actions.start_run(responder, incident, wanted)
    assert options_of(Run.objects.get(pk=run.pk)) == wanted


def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def always_locked() -> None:
        tries.append(1)
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError):
        retry.with_retries(always_locked, pauses=(0.0, 0.0))
    assert len(tries) == 3


def test_patience_leaves_a_transaction_alone() -> None:
    tries = iter([OperationalError("locked"), None])

    def locked_once() -> None:
        error = next(tries)
        if error:
            raise error

    with transaction.atomic():
        retry.with_retries(locked_once, pauses=(0.0,))
    assert next(tries, "both used") == "both used"
