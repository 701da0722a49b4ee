"""One batch of questions: sent when they are due, recorded before and after, each answered by one
evidence."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

from collectors.answering import CannotAsk, answer_for, command_for, not_asked, platform_of
from collectors.model.answer import Answer
from collectors.model.driver import NotRecorded, Recorder
from collectors.model.evidence import Evidence, Query, Status
from collectors.model.platform import Platform
from collectors.session.device_session import DeviceSession, LoginFacts
from collectors.session.link import LinkLost, LoginFailed, StopSignal
from collectors.session.login_questions import LoginQuestions
from collectors.session.record import BatchRecord, Intent
from collectors.session.sending import LOGIN, Limits, Sender
from collectors.session.taken import evidence_of, stamped

MANY = 2000  # ports: asking about so many takes a while
LOOK_UP = 0.5  # seconds of silence after which the caller may do something else, or cancel


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
        self._device_session, self._queries = device_session, queries
        self._stop = StopSignal()
        self._inbox: queue.SimpleQueue[Evidence | Intent] = queue.SimpleQueue()
        self._record = BatchRecord(recorder, self._inbox.put)
        threading.Thread(target=self._send_when_due, name="batch", daemon=True).start()

    def answers(self) -> Generator[Evidence | None, None, None]:
        """One evidence per query, None while nothing comes; in between, this thread writes the
        record."""
        left = len(self._queries)
        try:
            while left:
                item = self._next()
                if item is None and self._cancelled():
                    return
                if isinstance(item, Intent):
                    self._record.write(item)
                    continue
                if item is not None:
                    self._record.result(item)
                    if item.query.step == LOGIN:
                        continue
                    left -= 1
                yield item
        finally:
            self._stop.fire()
            self._settle()

    def _next(self) -> Evidence | Intent | None:
        """What comes next; None when nothing came for a while."""
        try:
            return self._inbox.get(timeout=LOOK_UP)
        except queue.Empty:
            return None

    def _settle(self) -> None:
        """The loop was left: nothing more is sent, and what was sent gets a result in the
        record."""
        while not self._inbox.empty():
            item = self._inbox.get()
            if isinstance(item, Intent):
                self._record.refuse(item)
            else:
                self._record.result(item)
        for query in self._queries:
            self._record.result(not_asked(query, "cancelled", Status.NO_ANSWER))

    # --- in other threads ---

    def _send_when_due(self) -> None:
        began = time.monotonic()
        for query in sorted(self._queries, key=lambda query: query.delay):
            if query.delay:
                self._stop.event.wait(max(0.0, began + query.delay - time.monotonic()))
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
            return self._asked(device_session, query)
        except (CannotAsk, NotRecorded) as error:
            return not_asked(query, str(error))
        except LoginFailed as error:
            return not_asked(query, f"could not log in: {error}")
        except LinkLost as error:
            return not_asked(query, str(error), Status.NO_ANSWER)

    def _asked(self, device_session: DeviceSession, query: Query) -> Evidence:
        platform = platform_of(device_session.device)
        answer = answer_for(platform, query)
        command = command_for(answer, query)
        device_session.link()
        sender = Sender(device_session, self._record, self._stop)
        questions = LoginQuestions(sender, self._inbox.put)
        facts = device_session.login_facts(lambda: questions.facts(platform.login))
        return Asked(sender, platform, query, answer, facts).evidence(command)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question to one device that is logged in to."""

    sender: Sender
    platform: Platform
    query: Query
    answer: Answer
    facts: LoginFacts

    def evidence(self, command: str) -> Evidence:
        """What the device says to the command. Raises CannotAsk, NotRecorded, LinkLost."""
        sent, timeout = self._prefix + command, self._timeout
        root = self._elevated and self.facts.root_shell
        began = time.time()
        limits = Limits(timeout, self.answer.limit)
        raw = self.sender.send(self.query, sent, limits, self._lasting, root)
        evidence = evidence_of(self.query, self.platform, sent, raw, timeout)
        return stamped(evidence, began, self.facts)

    @property
    def _elevated(self) -> bool:
        """With root's rights? What the inventory promises is tried even if it does not seem to
        work: the refusal is evidence."""
        if not self.answer.privileged or self.platform.login.elevation is None:
            return False
        promised = self.sender.device_session.device.sudo and not self.facts.root
        return self.facts.sudo or promised

    @property
    def _by_sudo(self) -> bool:
        """By a sudo for this command, rather than in root's shell?"""
        return self._elevated and not self.facts.root_shell

    @property
    def _prefix(self) -> str:
        elevation = self.platform.login.elevation
        return f"{elevation.prefix} " if elevation and self._by_sudo else ""

    @property
    def _timeout(self) -> float:
        asked = self.answer.timeout + (self.query.params.seconds or 0.0)
        return asked + self.facts.patience if self._by_sudo else asked

    @property
    def _lasting(self) -> bool:
        """Does it take so long that short commands must not wait behind it?"""
        params = self.query.params
        takes_its_time = params.seconds is not None or len(params.ports) > MANY
        return self.answer.probe or takes_its_time
