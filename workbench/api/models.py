"""Tokens with which programs log in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class ApiToken(models.Model):
    """Lets a program act as a person, in all that they may do or in one thing only. Only a digest
    is kept; the token itself is shown once."""

    class Scope(models.TextChoices):
        """What a token opens; `api.tokens.OPENS` says by which addresses."""

        PERSON = "person", "all that this person may do"
        HOOKS = "hooks", "alerts only: POST /api/hooks/…"
        CHANGES = "changes", "reports of changes only: POST /api/changes"

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.PERSON)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        """What is kept of a token: it is long and random, so a plain digest cannot be turned
        round."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(
        cls,
        person: User,
        name: str,
        scope: str = Scope.PERSON,
        expires_at: datetime | None = None,
    ) -> str:
        """Make a token; the only time that it can be seen."""
        row = cls(person=person, name=name, scope=scope, expires_at=expires_at)
        return row.fill()

    def fill(self) -> str:
        """Give this new row its token, and save it; the only time that the token can be seen."""
        token = f"bw_{secrets.token_urlsafe(32)}"
        self.digest = self.digest_of(token)
        self.save()
        return token


class SentRequest(models.Model):
    """The answer to a request that was sent with an `Idempotency-Key`, kept for some days."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    token_number = models.PositiveBigIntegerField(default=0)  # 0 = sent from a session
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)  # of address and body
    status = models.PositiveSmallIntegerField(default=0)
    content_type = models.CharField(max_length=100, blank=True)
    answer = models.BinaryField(default=b"")
    made_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "token_number", "key"], name="a_key_is_used_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id}/{self.token_number} {self.key}"
