"""One batch of questions: sent when they are due, recorded before and after, each answered by one
evidence."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

from collectors import guard
from collectors.answering import (
    CannotAsk,
    answer_for,
    command_for,
    not_asked,
    platform_of,
    read_output,
)
from collectors.model.answer import Answer, Output
from collectors.model.driver import NotRecorded, Recorder
from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.login import Elevation, LoginCommands
from collectors.model.platform import Platform
from collectors.session.device_session import (
    LOGIN_LIMIT,
    LOGIN_TIMEOUT,
    DeviceSession,
    LoginFacts,
    read_clock,
    read_rights,
)
from collectors.session.link import LinkLost, LoginFailed, Raw, StopSignal

LOGIN = "login"  # the step of what is asked of every device when it is logged in to
# seconds: then it is slow each time, as it looks up a host name that no device answers
SLOW_SUDO = 1.0
RECORD_TIMEOUT = 30.0
MANY = 2000  # ports: asking about so many takes a while
LOOK_UP = 0.5  # seconds of silence after which the caller may do something else, or cancel
_Job = tuple[Query, str, bytes, "Future[object]"]


class Batch:
    """The queries of one call of `ask`."""

    def __init__(
        self,
        device_session: Callable[[str], DeviceSession | None],
        recorder: Recorder | None,
        queries: tuple[Query, ...],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled = cancelled
        self._device_session, self._recorder, self._queries = device_session, recorder, queries
        self._stop = StopSignal()
        self._inbox: queue.SimpleQueue[Evidence | _Job] = queue.SimpleQueue()
        self._tokens: dict[tuple[str, Question, QueryParams], object] = {}
        threading.Thread(target=self._send_when_due, name="batch", daemon=True).start()

    def answers(self) -> Generator[Evidence | None, None, None]:
        """One evidence per query, None while nothing comes; in between, this thread writes the
        record."""
        left = len(self._queries)
        try:
            while left:
                item = self._next()
                if item is None:
                    if self._cancelled():
                        return
                    yield None
                elif isinstance(item, Evidence):
                    left -= item.query.step != LOGIN
                    self._record_result(item)
                    if item.query.step != LOGIN:
                        yield item
                else:
                    self._record_intent(item)
        finally:
            self._stop.fire()
            self._settle()

    def _next(self) -> Evidence | _Job | None:
        """What comes next; None when nothing came for a while."""
        try:
            return self._inbox.get(timeout=LOOK_UP)
        except queue.Empty:
            return None

    def _send_when_due(self) -> None:
        began = time.monotonic()
        for query in sorted(self._queries, key=lambda i: i.delay):
            (
                self._stop.event.wait(max(0.0, began + query.delay - time.monotonic()))
                if query.delay
                else None
            )
            self._submit(query)

    def _submit(self, query: Query) -> None:
        device_session = self._device_session(query.device)
        if device_session is None:
            self._inbox.put(not_asked(query, "no such device in the inventory"))
            return
        try:
            device_session.pool.submit(self._work, device_session, query)
        except RuntimeError:  # the pool was closed with the driver
            self._inbox.put(not_asked(query, "the run has ended"))

    def _work(self, device_session: DeviceSession, query: Query) -> None:
        try:
            evidence = self._answer(device_session, query)
        except Exception as error:  # one question must never end the run
            evidence = not_asked(query, f"asking failed: {type(error).__name__}", Status.NO_ANSWER)
        self._inbox.put(evidence)

    def _answer(self, device_session: DeviceSession, query: Query) -> Evidence:
        if self._stop.event.is_set():
            return not_asked(query, "cancelled before it was asked")
        try:
            platform = platform_of(device_session.device)
            answer = answer_for(platform, query)
            command = command_for(answer, query)
            device_session.link()
            return self._put(device_session, platform, query, answer, command)
        except (CannotAsk, NotRecorded) as error:
            return not_asked(query, str(error))
        except LoginFailed as error:
            return not_asked(query, f"could not log in: {error}")
        except LinkLost as error:
            return not_asked(query, str(error), Status.NO_ANSWER)

    def _put(
        self,
        device_session: DeviceSession,
        platform: Platform,
        query: Query,
        answer: Answer,
        command: str,
    ) -> Evidence:
        hello = device_session.login_facts(lambda: self._greet(device_session, platform.login))
        elevation = platform.login.elevation if answer.privileged else None
        elevated = elevation is not None and _elevated(device_session, hello)
        root = elevated and hello.root_shell
        sent, timeout = command, answer.timeout + (query.params.seconds or 0.0)
        if elevation and elevated and not root:
            sent, timeout = f"{elevation.prefix} {command}", timeout + hello.patience
        began = time.time()
        lasting = answer.probe or query.params.seconds is not None or len(query.params.ports) > MANY
        raw = self._send(device_session, query, sent, timeout, answer.limit, lasting, root)
        evidence = _evidence(query, platform, sent, raw, timeout)
        return _stamped(evidence, began, time.time() - began, hello)

    def _greet(self, device_session: DeviceSession, login: LoginCommands) -> LoginFacts:
        """Who we are; the clock when the shell is warm, so that starting it is not taken for
        distance; then sudo."""
        for command in login.prepare:
            self._ask_at_login(device_session, command)
        device_session.preparation = tuple(command.encode() for command in login.prepare)
        hello = LoginFacts()
        if rights := login.rights:
            hello = replace(
                hello, root=read_rights(rights, self._ask_at_login(device_session, rights.command))
            )
        if clock := login.clock:
            offset, uncertainty = read_clock(
                clock, self._ask_at_login(device_session, clock.command)
            )
            hello = replace(hello, offset=offset, uncertainty=uncertainty)
        if login.elevation is None or hello.root:
            return hello
        return self._with_sudo(device_session, login.elevation, hello)

    def _with_sudo(
        self, device_session: DeviceSession, elevation: Elevation, hello: LoginFacts
    ) -> LoginFacts:
        """Can we become root, and how long does it take? While sudo is slow to answer it is asked
        for a shell, too."""
        aside, began, shell = ThreadPoolExecutor(1, "sudo"), time.monotonic(), False
        asked = aside.submit(self._ask_at_login, device_session, elevation.test)
        aside.shutdown(wait=False)
        try:
            asked.result(SLOW_SUDO)
        except TimeoutError:
            shell = self._become_root(device_session, elevation.shell)
        allowed, took = asked.result().exit_status == 0, time.monotonic() - began
        patience = 2 * took if took > SLOW_SUDO else 0.0
        return replace(hello, sudo=allowed, patience=patience, root_shell=allowed and shell)

    def _become_root(self, device_session: DeviceSession, shell: str | None) -> bool:
        """A sudo that is slow each time is asked for a shell once. False: it gives none, so it is
        asked each time."""
        if shell is None:
            return False
        query = _at_login(device_session, shell)
        began = time.time()
        self._intend(query, device_session.account, shell.encode())
        try:
            raw = device_session.run(b"true", LOGIN_TIMEOUT, LOGIN_LIMIT, self._stop, root=True)
        except LinkLost as error:
            raw = Raw(b"", str(error).encode(), 1)
        self._tell_of_login(query, shell, raw, began)
        return raw.exit_status == 0

    def _ask_at_login(self, device_session: DeviceSession, command: str) -> Raw:
        query = _at_login(device_session, command)
        began = time.time()
        raw = self._send(device_session, query, command, LOGIN_TIMEOUT, LOGIN_LIMIT)
        self._tell_of_login(query, command, raw, began)
        return raw

    def _tell_of_login(self, query: Query, command: str, raw: Raw, began: float) -> None:
        status = Status.NO_ANSWER if raw.timed_out else Status.ANSWERED
        evidence = Evidence("", query, status, command, raw.stdout, raw.stderr, raw.exit_status)
        self._inbox.put(_stamped(evidence, began, time.time() - began, LoginFacts()))

    def _send(
        self,
        device_session: DeviceSession,
        query: Query,
        command: str,
        timeout: float,
        limit: int,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        exact = command.encode()
        of_catalogue = None if query.step == LOGIN else query
        if refusal := guard.refusal(exact, platform_of(device_session.device), of_catalogue):
            raise CannotAsk(f"the guard does not let this be sent: {refusal}")
        self._intend(
            query,
            f"{device_session.account}, root by sudo" if root else device_session.account,
            exact,
        )
        return device_session.run(exact, timeout, limit, self._stop, alone, root)

    def _intend(self, query: Query, account: str, exact: bytes) -> None:
        """The intent is written by the thread that iterates over the answers; this one waits for
        it."""
        if self._recorder is None:
            return
        written: Future[object] = Future()
        self._inbox.put((query, account, exact, written))
        try:
            written.result(RECORD_TIMEOUT)
        except TimeoutError:
            raise NotRecorded(
                "the intent could not be recorded in time, so nothing was sent"
            ) from None

    def _record_intent(self, job: _Job) -> None:
        query, account, exact, written = job
        try:
            assert self._recorder is not None
            self._tokens[query.key] = token = self._recorder.intend(query, account, exact)
            written.set_result(token)
        except NotRecorded as error:
            written.set_exception(error)
        except Exception as error:  # what is not recorded is not sent, whatever the reason
            written.set_exception(
                NotRecorded(f"the intent could not be recorded: {type(error).__name__}")
            )

    def _record_result(self, evidence: Evidence) -> None:
        if self._recorder is not None and evidence.query.key in self._tokens:
            self._recorder.result(self._tokens.pop(evidence.query.key), evidence)

    def _settle(self) -> None:
        """The loop was left: nothing more is sent, and what was sent gets a result in the
        record."""
        while not self._inbox.empty():
            item = self._inbox.get()
            if isinstance(item, Evidence):
                self._record_result(item)
            else:
                item[3].set_exception(NotRecorded("cancelled before it was asked"))
        for query in self._queries:
            self._record_result(not_asked(query, "cancelled", Status.NO_ANSWER))


def _at_login(device_session: DeviceSession, command: str) -> Query:
    return Query(
        device_session.device.name, Question.IDENTITY, QueryParams(sample=command), step=LOGIN
    )


def _elevated(device_session: DeviceSession, hello: LoginFacts) -> bool:
    """What the inventory promises is tried even if it does not seem to work: the refusal is
    evidence."""
    return hello.sudo or (device_session.device.sudo and not hello.root)


def _evidence(query: Query, platform: Platform, sent: str, raw: Raw, timeout: float) -> Evidence:
    evidence = Evidence(
        id="",
        query=query,
        status=Status.NO_ANSWER,
        command=sent,
        stdout=raw.stdout,
        stderr=raw.stderr,
        exit_status=raw.exit_status,
        truncated=raw.truncated,
        reason=f"no complete answer within {timeout:.0f} s",
    )
    if raw.timed_out:
        return evidence
    output = Output(raw.stdout, raw.stderr, raw.exit_status, raw.truncated)
    status, reading, reason = read_output(platform, query, output)
    if raw.truncated:
        reason = f"{reason or 'answered'}; the output was cut at {len(raw.stdout)} bytes"
    cut = raw.truncated or reading.cut
    return replace(
        evidence,
        status=status,
        records=reading.records,
        unread=reading.unread,
        reason=reason,
        truncated=cut,
    )


def _stamped(evidence: Evidence, began: float, duration: float, hello: LoginFacts) -> Evidence:
    return replace(
        evidence,
        taken_at=began,
        duration=duration,
        clock_offset=hello.offset,
        clock_uncertainty=hello.uncertainty,
    )
