"""What one command gave, as evidence: read by the device's platform, and when it was taken."""

from __future__ import annotations

import time
from dataclasses import replace

from collectors.answering import as_read
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
    found = as_read(evidence, platform)
    if not raw.truncated:
        return found
    cut = f"the output was cut at {len(raw.stdout)} bytes"
    return replace(found, reason=f"{found.reason or 'answered'}; {cut}")


def stamped(evidence: Evidence, began: float, facts: LoginFacts) -> Evidence:
    """With the moment at which it was asked, how long that took, and how the device's clock goes."""
    return replace(
        evidence,
        taken_at=began,
        duration=time.time() - began,
        clock_offset=facts.offset,
        clock_uncertainty=facts.uncertainty,
    )
