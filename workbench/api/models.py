"""Tokens with which programs log in."""

from __future__ import annotations

import hashlib
import secrets

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """Lets a program act as a person. Only a digest is kept; the token itself is shown once."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(token: str) -> str:
        """What is kept of a token: it is long and random, so a plain digest cannot be turned
        round."""
        return hashlib.sha256(token.encode()).hexdigest()

    @classmethod
    def issue(cls, person: models.Model, name: str) -> str:
        """Make a token; the only time that it can be seen."""
        token = f"bw_{secrets.token_urlsafe(32)}"
        cls.objects.create(person=person, name=name, digest=cls.digest_of(token))
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
