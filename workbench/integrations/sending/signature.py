"""Signs a webhook: HMAC-SHA256 over the time, a dot and the body, in lower-case hex. A receiver
refuses what is older than it likes; docs/integrations.md shows how."""

from __future__ import annotations

import hashlib
import hmac

TIMESTAMP = "Bothways-Timestamp"
SIGNATURE = "Bothways-Signature"
VERSION = "v1"


def signed(secret: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The headers that prove who sent this body, and when (seconds since 1970)."""
    said = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"{VERSION}={digest}"}
