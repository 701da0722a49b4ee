"""What the words of ping, nc and the kernel mean for a probe that failed, the same on all systems
whose tools speak English or errno."""

from __future__ import annotations

import re
from typing import Any

from collectors.model.flow import Address
from collectors.model.records import Failure, ProbeResult
from collectors.model.words import AFTER

_SILENCE = {"timed out": Failure.TIMED_OUT, "no reply": Failure.NO_REPLY}
# the first that fits counts
_WORDS = tuple(
    (re.compile(pattern), failure)
    for pattern, failure in (
        ("not attempted", Failure.NOT_ATTEMPTED),
        (f"timed out {AFTER}", Failure.STALLED),
        ("reset", Failure.RESET),
        ("refused", Failure.REFUSED),
        # ENOKEY: no peer's allowed addresses hold the destination
        ("required key not available", Failure.NO_TUNNEL_PEER),
        # EDESTADDRREQ: the peer that would take it has no address yet
        ("destination address required", Failure.NO_PEER_ADDRESS),
        ("prohibited|filtered", Failure.PROHIBITED),
        ("net unreachable|network (?:is )?unreachable", Failure.NET_UNREACHABLE),
        ("(?:host|address) unreachable", Failure.HOST_UNREACHABLE),
        ("exceeded", Failure.AGED),
        ("too long", Failure.TOO_BIG_TO_SEND),  # EMSGSIZE
        ("mtu|frag|too", Failure.TOO_BIG),
        ("unreachable", Failure.UNREACHABLE),
    )
)


def failure_of(words: str) -> Failure:
    """Which failure do they name?"""
    text = words.lower()
    if text in _SILENCE:
        return _SILENCE[text]
    return next((one for pattern, one in _WORDS if pattern.search(text)), Failure.OTHER)


def failed(kind: str, target: Address, words: str, **more: Any) -> ProbeResult:
    """A probe that was not answered as it should be, and why."""
    return ProbeResult(kind, target, ok=False, error=words, failure=failure_of(words), **more)


def outcome(kind: str, target: Address, error: str | None, **more: Any) -> ProbeResult:
    """A probe that was answered (error None), or failed."""
    if error is None:
        return ProbeResult(kind, target, ok=True, **more)
    return failed(kind, target, error, **more)
