"""The record of one batch: each intent is written before its command is sent, its result after it.

Commands are sent by many threads, the record is written by one: the thread that iterates over the
answers. A sender hands its intent over and waits until it is written.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field

from collectors.model.driver import NotRecorded, Recorder
from collectors.model.evidence import Evidence, Query, QueryParams, Question

RECORD_TIMEOUT = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Intent:
    """What is about to be sent; `written` is set when it stands in the record."""

    query: Query
    account: str
    command: bytes
    written: Future[object] = field(default_factory=Future)


class BatchRecord:
    """Keeps the tokens of what was sent until its result is known."""

    def __init__(self, recorder: Recorder | None, hand_over: Callable[[Intent], None]) -> None:
        self._recorder, self._hand_over = recorder, hand_over
        self._tokens: dict[tuple[str, Question, QueryParams], object] = {}

    def intend(self, query: Query, account: str, command: bytes) -> None:
        """From a sender's thread: wait until the intent is written. Raises NotRecorded."""
        if self._recorder is None:
            return
        intent = Intent(query, account, command)
        self._hand_over(intent)
        try:
            intent.written.result(RECORD_TIMEOUT)
        except TimeoutError:
            raise NotRecorded(
                "the intent could not be recorded in time, so nothing was sent"
            ) from None

    def write(self, intent: Intent) -> None:
        """In the thread of the record: write one intent down, and let its sender go on."""
        try:
            intent.written.set_result(self._written(intent))
        except NotRecorded as error:
            intent.written.set_exception(error)
        except Exception as error:  # what is not recorded is not sent, whatever the reason
            intent.written.set_exception(
                NotRecorded(f"the intent could not be recorded: {type(error).__name__}")
            )

    def _written(self, intent: Intent) -> object:
        assert self._recorder is not None
        token = self._recorder.intend(intent.query, intent.account, intent.command)
        self._tokens[intent.query.key] = token
        return token

    def refuse(self, intent: Intent) -> None:
        """The batch has ended: this is not sent any more."""
        intent.written.set_exception(NotRecorded("cancelled before it was asked"))

    def result(self, evidence: Evidence) -> None:
        """In the thread of the record: write down what came of it, if it was sent."""
        was_sent = evidence.query.key in self._tokens
        if self._recorder is not None and was_sent:
            self._recorder.result(self._tokens.pop(evidence.query.key), evidence)
