"""The record of commands of a run without a database: JSON lines, the intent before a command and
its result after."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import time
from pathlib import Path
from typing import Any

from collectors.model.driver import NotRecorded
from collectors.model.evidence import Evidence, Query


class AuditFile:
    """Appends to a file that only its owner may read. What cannot be written is not sent."""

    def __init__(self, path: str | Path) -> None:
        descriptor = os.open(Path(path).expanduser(), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._numbers = itertools.count(1)

    def intend(self, query: Query, account: str, command: bytes) -> int:
        """Write down what is about to be sent. Raises NotRecorded."""
        number = next(self._numbers)
        self._write(
            event="intent",
            number=number,
            device=query.device,
            account=account,
            step=query.step,
            question=query.question.value,
            command=command.decode("utf-8", "backslashreplace"),
        )
        return number

    def result(self, token: object, evidence: Evidence) -> None:
        """Write down what came of it."""
        self._write(
            event="result",
            number=token,
            status=evidence.status.value,
            exit_status=evidence.exit_status,
            seconds=round(evidence.duration, 3),
            bytes=len(evidence.stdout),
            sha256=hashlib.sha256(evidence.stdout).hexdigest(),
            reason=evidence.reason,
        )

    def close(self) -> None:
        """Nothing more is to come."""
        self._file.close()

    def _write(self, **fields: Any) -> None:
        try:
            self._file.write(json.dumps({"time": round(time.time(), 6), **fields}) + "\n")
            self._file.flush()
        except (OSError, ValueError) as error:
            raise NotRecorded(
                f"the record could not be written ({error}), so nothing was sent"
            ) from None
