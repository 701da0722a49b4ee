"""Tells other apps which words they must not keep any longer."""

from __future__ import annotations

from django.dispatch import Signal

# sent with `redaction` and `removed` in the transaction that redacts: an app that keeps words of an
# incident in tables of its own takes them out there
words_removed = Signal()
