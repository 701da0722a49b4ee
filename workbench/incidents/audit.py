"""The record of commands: what is about to be sent is written before it is sent, what came of it
after."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.utils import timezone

from collectors.model.driver import NotRecorded
from collectors.model.evidence import Evidence, Query, QueryParams, Question
from workbench.incidents.models import CommandRecord, CommandResult, Incident, Run
from workbench.incidents.storage.retry import with_retries

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class CommandLog:
    """Fulfils collectors.model.driver.Recorder with rows. Used by one thread."""

    def __init__(self, incident: Incident | None, run: Run | None, by: User | None) -> None:
        self._incident, self._run, self._by = incident, run, by
        self._records: dict[tuple[str, Question, QueryParams], CommandRecord] = {}

    def intend(self, query: Query, account: str, command: bytes) -> CommandRecord:
        """Write down what is about to be sent. Raises NotRecorded: then it must not be sent."""
        try:
            record = with_retries(lambda: self._insert(query, account, command))
        except DatabaseError as error:
            raise NotRecorded(
                f"the record could not be written ({type(error).__name__})"
            ) from error
        self._records[query.key] = record
        return record

    def _insert(self, query: Query, account: str, command: bytes) -> CommandRecord:
        return CommandRecord.objects.create(
            incident=self._incident,
            run=self._run,
            actor=self._by,
            actor_name=self._by.get_username() if self._by else "",
            device=query.device[:100],
            account=account[:150],
            question=query.question.value,
            step=query.step[:60],
            command=command,
            at=timezone.now(),
        )

    def result(self, token: object, evidence: Evidence) -> None:
        """Write down what came of it."""
        assert isinstance(token, CommandRecord)
        with_retries(lambda: _insert_result(token, evidence))

    def of(self, query: Query) -> CommandRecord | None:
        """The record of the command that answered this; None = nothing was sent."""
        return self._records.get(query.key)


def _insert_result(record: CommandRecord, evidence: Evidence) -> CommandResult:
    return CommandResult.objects.create(
        record=record,
        at=timezone.now(),
        status=evidence.status.value,
        exit_status=evidence.exit_status,
        reason=(evidence.reason or "").replace("\0", "\ufffd")[:2000],
        duration=evidence.duration,
        size=len(evidence.stdout) + len(evidence.stderr),
        digest=hashlib.sha256(evidence.stdout + evidence.stderr).hexdigest(),
        truncated=evidence.truncated,
    )
