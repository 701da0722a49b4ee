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
from collectors.model.asker import NotRecorded, Recorder
from collectors.model.evidence import About, Evidence, Inquiry, Question, Status
from collectors.model.login import Elevation, LoginCommands
from collectors.model.platform import Platform
from collectors.session.desk import (
    LOGIN_LIMIT,
    LOGIN_TIMEOUT,
    Desk,
    Greeting,
    read_clock,
    read_rights,
)
from collectors.session.link import LinkLost, LoginFailed, Raw, Stop

LOGIN = "login"  # the step of what is asked of every device when it is logged in to
# seconds: then it is slow each time, as it looks up a host name that nobody answers
SLOW_SUDO = 1.0
RECORD_TIMEOUT = 30.0
MANY = 2000  # ports: asking about so many takes a while
LOOK_UP = 0.5  # seconds of silence after which the caller may do something else, or cancel
_Job = tuple[Inquiry, str, bytes, "Future[object]"]


class Batch:
    """The inquiries of one call of `ask`."""

    def __init__(
        self,
        desk: Callable[[str], Desk | None],
        recorder: Recorder | None,
        inquiries: tuple[Inquiry, ...],
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self._cancelled = cancelled
        self._desk, self._recorder, self._inquiries = desk, recorder, inquiries
        self._stop = Stop()
        self._inbox: queue.SimpleQueue[Evidence | _Job] = queue.SimpleQueue()
        self._tokens: dict[tuple[str, Question, About], object] = {}
        threading.Thread(target=self._send_when_due, name="batch", daemon=True).start()

    def answers(self) -> Generator[Evidence | None, None, None]:
        """One evidence per inquiry, None while nothing comes; in between, this thread writes the
        record."""
        left = len(self._inquiries)
        try:
            while left:
                item = self._next()
                if item is None:
                    if self._cancelled():
                        return
                    yield None
                elif isinstance(item, Evidence):
                    left -= item.inquiry.step != LOGIN
                    self._record_result(item)
                    if item.inquiry.step != LOGIN:
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
        for inquiry in sorted(self._inquiries, key=lambda i: i.delay):
            (
                self._stop.event.wait(max(0.0, began + inquiry.delay - time.monotonic()))
                if inquiry.delay
                else None
            )
            self._submit(inquiry)

    def _submit(self, inquiry: Inquiry) -> None:
        desk = self._desk(inquiry.device)
        if desk is None:
            self._inbox.put(not_asked(inquiry, "no such device in the inventory"))
            return
        try:
            desk.pool.submit(self._work, desk, inquiry)
        except RuntimeError:  # the pool was closed with the asker
            self._inbox.put(not_asked(inquiry, "the run has ended"))

    def _work(self, desk: Desk, inquiry: Inquiry) -> None:
        try:
            evidence = self._answer(desk, inquiry)
        except Exception as error:  # noqa: BLE001 (one question must never end the run)
            evidence = not_asked(
                inquiry, f"asking failed: {type(error).__name__}", Status.NO_ANSWER
            )
        self._inbox.put(evidence)

    def _answer(self, desk: Desk, inquiry: Inquiry) -> Evidence:
        if self._stop.event.is_set():
            return not_asked(inquiry, "cancelled before it was asked")
        try:
            platform = platform_of(desk.device)
            answer = answer_for(platform, inquiry)
            command = command_for(answer, inquiry)
            desk.link()
            return self._put(desk, platform, inquiry, answer, command)
        except (CannotAsk, NotRecorded) as error:
            return not_asked(inquiry, str(error))
        except LoginFailed as error:
            return not_asked(inquiry, f"could not log in: {error}")
        except LinkLost as error:
            return not_asked(inquiry, str(error), Status.NO_ANSWER)

    def _put(
        self, desk: Desk, platform: Platform, inquiry: Inquiry, answer: Answer, command: str
    ) -> Evidence:
        hello = desk.greeting(lambda: self._greet(desk, platform.login))
        elevation = platform.login.elevation if answer.privileged else None
        elevated = elevation is not None and _elevated(desk, hello)
        root = elevated and hello.root_shell
        sent, timeout = command, answer.timeout + (inquiry.about.seconds or 0.0)
        if elevation and elevated and not root:
            sent, timeout = f"{elevation.prefix} {command}", timeout + hello.patience
        began = time.time()
        lasting = (
            answer.probe or inquiry.about.seconds is not None or len(inquiry.about.ports) > MANY
        )
        raw = self._send(desk, inquiry, sent, timeout, answer.limit, lasting, root)
        evidence = _evidence(inquiry, platform, sent, raw, timeout)
        return _stamped(evidence, began, time.time() - began, hello)

    def _greet(self, desk: Desk, login: LoginCommands) -> Greeting:
        """Who we are; the clock when the shell is warm, so that starting it is not taken for
        distance; then sudo."""
        for command in login.prepare:
            self._ask_at_login(desk, command)
        desk.preparation = tuple(command.encode() for command in login.prepare)
        hello = Greeting()
        if rights := login.rights:
            hello = replace(
                hello, root=read_rights(rights, self._ask_at_login(desk, rights.command))
            )
        if clock := login.clock:
            offset, uncertainty = read_clock(clock, self._ask_at_login(desk, clock.command))
            hello = replace(hello, offset=offset, uncertainty=uncertainty)
        if login.elevation is None or hello.root:
            return hello
        return self._with_sudo(desk, login.elevation, hello)

    def _with_sudo(self, desk: Desk, elevation: Elevation, hello: Greeting) -> Greeting:
        """Can we become root, and how long does it take? While sudo is slow to answer it is asked
        for a shell, too."""
        aside, began, shell = ThreadPoolExecutor(1, "sudo"), time.monotonic(), False
        asked = aside.submit(self._ask_at_login, desk, elevation.test)
        aside.shutdown(wait=False)
        try:
            asked.result(SLOW_SUDO)
        except TimeoutError:
            shell = self._become_root(desk, elevation.shell)
        allowed, took = asked.result().exit_status == 0, time.monotonic() - began
        patience = 2 * took if took > SLOW_SUDO else 0.0
        return replace(hello, sudo=allowed, patience=patience, root_shell=allowed and shell)

    def _become_root(self, desk: Desk, shell: str | None) -> bool:
        """A sudo that is slow each time is asked for a shell once. False: it gives none, so it is
        asked each time."""
        if shell is None:
            return False
        inquiry = _at_login(desk, shell)
        began = time.time()
        self._intend(inquiry, desk.account, shell.encode())
        try:
            raw = desk.run(b"true", LOGIN_TIMEOUT, LOGIN_LIMIT, self._stop, root=True)
        except LinkLost as error:
            raw = Raw(b"", str(error).encode(), 1)
        self._tell_of_login(inquiry, shell, raw, began)
        return raw.exit_status == 0

    def _ask_at_login(self, desk: Desk, command: str) -> Raw:
        inquiry = _at_login(desk, command)
        began = time.time()
        raw = self._send(desk, inquiry, command, LOGIN_TIMEOUT, LOGIN_LIMIT)
        self._tell_of_login(inquiry, command, raw, began)
        return raw

    def _tell_of_login(self, inquiry: Inquiry, command: str, raw: Raw, began: float) -> None:
        status = Status.NO_ANSWER if raw.timed_out else Status.ANSWERED
        evidence = Evidence("", inquiry, status, command, raw.stdout, raw.stderr, raw.exit_status)
        self._inbox.put(_stamped(evidence, began, time.time() - began, Greeting()))

    def _send(
        self,
        desk: Desk,
        inquiry: Inquiry,
        command: str,
        timeout: float,
        limit: int,
        alone: bool = False,
        root: bool = False,
    ) -> Raw:
        exact = command.encode()
        of_catalogue = None if inquiry.step == LOGIN else inquiry
        if refusal := guard.refusal(exact, platform_of(desk.device), of_catalogue):
            raise CannotAsk(f"the guard does not let this be sent: {refusal}")
        self._intend(inquiry, f"{desk.account}, root by sudo" if root else desk.account, exact)
        return desk.run(exact, timeout, limit, self._stop, alone, root)

    def _intend(self, inquiry: Inquiry, account: str, exact: bytes) -> None:
        """The intent is written by the thread that iterates over the answers; this one waits for
        it."""
        if self._recorder is None:
            return
        written: Future[object] = Future()
        self._inbox.put((inquiry, account, exact, written))
        try:
            written.result(RECORD_TIMEOUT)
        except TimeoutError:
            raise NotRecorded(
                "the intent could not be recorded in time, so nothing was sent"
            ) from None

    def _record_intent(self, job: _Job) -> None:
        inquiry, account, exact, written = job
        try:
            assert self._recorder is not None
            self._tokens[inquiry.key] = token = self._recorder.intend(inquiry, account, exact)
            written.set_result(token)
        except NotRecorded as error:
            written.set_exception(error)
        except Exception as error:  # noqa: BLE001 (what is not recorded is not sent, whatever the reason)
            written.set_exception(
                NotRecorded(f"the intent could not be recorded: {type(error).__name__}")
            )

    def _record_result(self, evidence: Evidence) -> None:
        if self._recorder is not None and evidence.inquiry.key in self._tokens:
            self._recorder.result(self._tokens.pop(evidence.inquiry.key), evidence)

    def _settle(self) -> None:
        """The loop was left: nothing more is sent, and what was sent gets a result in the
        record."""
        while not self._inbox.empty():
            item = self._inbox.get()
            if isinstance(item, Evidence):
                self._record_result(item)
            else:
                item[3].set_exception(NotRecorded("cancelled before it was asked"))
        for inquiry in self._inquiries:
            self._record_result(not_asked(inquiry, "cancelled", Status.NO_ANSWER))


def _at_login(desk: Desk, command: str) -> Inquiry:
    return Inquiry(desk.device.name, Question.IDENTITY, About(sample=command), step=LOGIN)


def _elevated(desk: Desk, hello: Greeting) -> bool:
    """What the inventory promises is tried even if it does not seem to work: the refusal is
    evidence."""
    return hello.sudo or (desk.device.sudo and not hello.root)


def _evidence(
    inquiry: Inquiry, platform: Platform, sent: str, raw: Raw, timeout: float
) -> Evidence:
    evidence = Evidence(
        id="",
        inquiry=inquiry,
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
    status, reading, reason = read_output(platform, inquiry, output)
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


def _stamped(evidence: Evidence, began: float, duration: float, hello: Greeting) -> Evidence:
    return replace(
        evidence,
        taken_at=began,
        duration=duration,
        clock_offset=hello.offset,
        clock_uncertainty=hello.uncertainty,
    )
