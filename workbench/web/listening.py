"""Hears of redactions: what was drawn before must not be shown, or kept in memory, any longer."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from workbench.web import parts


def forget(sender: object, **kwargs: Any) -> None:
    """Forget it once the redaction is kept."""
    transaction.on_commit(parts.forget_lines)
