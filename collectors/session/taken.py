"""What one command gave, as evidence: read by the device's platform, and when it was taken."""

from __future__ import annotations

import time
from dataclasses import replace

from collectors.answering import read_output
from collectors.model.answer import Output
from collectors.model.evidence import Evidence, Query, Status
from collectors.model.platform import Platform
from collectors.session.device_session import LoginFacts
from collectors.session.link import Raw


def evidence_of(query: Query, platform: Platform, sent: str, raw: Raw, timeout: float) -> Evidence:
    """What the device answered, or that it did not answer in time."""
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
    return evidence if raw.timed_out else _read(evidence, platform, raw)


def _read(evidence: Evidence, platform: Platform, raw: Raw) -> Evidence:
    output = Output(raw.stdout, raw.stderr, raw.exit_status, raw.truncated)
    status, reading, reason = read_output(platform, evidence.query, output)
    if raw.truncated:
        reason = f"{reason or 'answered'}; the output was cut at {len(raw.stdout)} bytes"
    return replace(
        evidence,
        status=status,
        records=reading.records,
        unread=reading.unread,
        harmless=reading.harmless,
        all_versions=reading.all_versions,
        reason=reason,
        truncated=raw.truncated or reading.cut,
    )


def stamped(evidence: Evidence, began: float, facts: LoginFacts) -> Evidence:
    """With the moment at which it was asked, how long that took, and how the device's clock goes."""
    return replace(
        evidence,
        taken_at=began,
        duration=time.time() - began,
        clock_offset=facts.offset,
        clock_uncertainty=facts.uncertainty,
    )
