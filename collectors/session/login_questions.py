"""What is asked of a device at login, after its terminal was prepared: rights, clock and sudo."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from collectors.model.evidence import Evidence, Query, QueryParams, Question, Status
from collectors.model.login import Elevation, LoginCommands
from collectors.session.device_session import LoginFacts, read_clock, read_rights
from collectors.session.link import Raw
from collectors.session.sending import LOGIN, Limits, Sender
from collectors.session.taken import stamped

# seconds: then it is slow each time, as it looks up a host name that no device answers
SLOW_SUDO = 1.0


@dataclass(frozen=True, slots=True)
class LoginQuestions:
    """What is asked of a device when it is logged in to; each answer is reported as evidence."""

    sender: Sender
    report: Callable[[Evidence], None]

    def facts(self, login: LoginCommands) -> LoginFacts:
        """Who we are; the clock when the shell is warm, so that starting it is not taken for
        distance; then sudo."""
        self._prepare(login)
        facts = LoginFacts()
        if rights := login.rights:
            root = read_rights(rights, self._ask(rights.command))
            facts = replace(facts, root=root)
        if clock := login.clock:
            offset, uncertainty = read_clock(clock, self._ask(clock.command))
            facts = replace(facts, offset=offset, uncertainty=uncertainty)
        if login.elevation is None or facts.root:
            return facts
        return self._with_sudo(login.elevation, facts)

    def _prepare(self, login: LoginCommands) -> None:
        for command in login.prepare:
            self._ask(command)
        self.sender.device_session.preparation = tuple(
            command.encode() for command in login.prepare
        )

    def _with_sudo(self, elevation: Elevation, facts: LoginFacts) -> LoginFacts:
        """Can we become root, and how long does it take? While sudo is slow to answer it is asked
        for a shell, too."""
        aside, began, shell = ThreadPoolExecutor(1, "sudo"), time.monotonic(), False
        asked = aside.submit(self._ask, elevation.test)
        aside.shutdown(wait=False)
        try:
            asked.result(SLOW_SUDO)
        except TimeoutError:
            shell = self._become_root(elevation.shell)
        allowed, took = asked.result().exit_status == 0, time.monotonic() - began
        patience = 2 * took if took > SLOW_SUDO else 0.0
        return replace(facts, sudo=allowed, patience=patience, root_shell=allowed and shell)

    def _become_root(self, shell: str | None) -> bool:
        """A sudo that is slow each time is asked for a shell once. False: it gives none, so it is
        asked each time."""
        if shell is None:
            return False
        query, began = self._query(shell), time.time()
        raw = self.sender.open_root_shell(query, shell)
        self._report(query, shell, raw, began)
        return raw.exit_status == 0

    def _ask(self, command: str) -> Raw:
        query, began = self._query(command), time.time()
        raw = self.sender.send(query, command, Limits())
        self._report(query, command, raw, began)
        return raw

    def _query(self, command: str) -> Query:
        device = self.sender.device_session.device.name
        return Query(device, Question.IDENTITY, QueryParams(sample=command), step=LOGIN)

    def _report(self, query: Query, command: str, raw: Raw, began: float) -> None:
        status = Status.NO_ANSWER if raw.timed_out else Status.ANSWERED
        evidence = Evidence("", query, status, command, raw.stdout, raw.stderr, raw.exit_status)
        self.report(stamped(evidence, began, LoginFacts()))
