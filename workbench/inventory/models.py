"""The inventory as rows. `inventory.convert` turns them into the frozen Inventory that a run works
with."""

from __future__ import annotations

from ipaddress import ip_interface

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from collectors.model.inventory import Role
from workbench.inventory import vault

NAME = RegexValidator(
    r"\A[A-Za-z0-9][A-Za-z0-9_.:@-]{0,99}\Z", "Letters, digits and . _ - : @ only."
)
FINGERPRINT = RegexValidator(
    r"\ASHA256:[A-Za-z0-9+/]{43}\Z", "As ssh-keygen -l prints it: SHA256:..."
)
LINE = RegexValidator(r"\A[^\x00-\x1f\x7f]*\Z", "One line without control characters.")


def check_addresses(value: object) -> None:
    """Refuse what is not a list of addresses with prefix lengths."""
    if not isinstance(value, list):
        raise ValidationError('Write a list: ["198.51.100.2/30"].')
    for text in value:
        try:
            ip_interface(text)
        except ValueError:
            raise ValidationError(
                f"{str(text)[:60]!r} is not an address with a prefix length."
            ) from None


class StateGroup(models.Model):
    """Devices that share their session state with each other, or should."""

    name = models.CharField(max_length=100, unique=True, validators=[NAME])

    def __str__(self) -> str:
        return self.name


class Credential(models.Model):
    """How to log in. The secrets are sealed, are never shown again and never appear in a log."""

    name = models.CharField(max_length=100, unique=True, validators=[NAME])
    user = models.CharField(max_length=64, default="root", validators=[LINE])
    sealed_password = models.TextField(blank=True, editable=False)
    sealed_key = models.TextField(blank=True, editable=False)
    sealed_passphrase = models.TextField(blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    SECRETS = ("password", "key", "passphrase")
    SEALED = tuple(f"sealed_{what}" for what in SECRETS)

    def __str__(self) -> str:
        return self.name

    def keep(self, what: str, secret: str) -> None:
        """Seal one of SECRETS into this row; the caller saves."""
        setattr(self, f"sealed_{what}", vault.seal(secret))

    def reveal(self, what: str) -> str | None:
        """One of SECRETS in clear, for logging in only; None when there is none."""
        return vault.unseal(getattr(self, f"sealed_{what}")) or None

    def has(self, what: str) -> bool:
        """Is such a secret kept?"""
        return bool(getattr(self, f"sealed_{what}"))


class Device(models.Model):
    """One device: what it is for and how to reach it."""

    ROLES = [(role.value, role.value.replace("_", " ")) for role in Role]

    name = models.CharField(max_length=100, unique=True, validators=[NAME])
    role = models.CharField(max_length=16, choices=ROLES)
    platform = models.CharField(max_length=32, default="linux", validators=[NAME])
    site = models.CharField(max_length=200, blank=True, validators=[LINE])
    owner = models.CharField(
        max_length=200,
        blank=True,
        validators=[LINE],
        help_text="The team or person who answers for it.",
    )
    state_group = models.ForeignKey(
        StateGroup, models.SET_NULL, null=True, blank=True, related_name="devices"
    )
    addresses = models.JSONField(default=list, blank=True, validators=[check_addresses])
    host = models.CharField(
        "SSH host", max_length=255, blank=True, validators=[LINE], help_text="Empty: no login."
    )
    port = models.PositiveIntegerField(
        default=22, validators=[MinValueValidator(1), MaxValueValidator(65535)]
    )
    user = models.CharField(
        max_length=64, blank=True, validators=[LINE], help_text="Empty: the credential's user."
    )
    credential = models.ForeignKey(
        Credential, models.PROTECT, null=True, blank=True, related_name="devices"
    )
    key_file = models.CharField(max_length=500, blank=True, validators=[LINE])
    known_hosts_file = models.CharField(max_length=500, blank=True, validators=[LINE])
    jump = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="reached_through"
    )
    sudo = models.BooleanField(
        default=False, help_text="Send privileged questions through sudo -n."
    )
    position = models.PositiveIntegerField(default=0, editable=False)

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class HostKey(models.Model):
    """A key that somebody accepted for a device, after comparing it; trusted until it is taken
    back."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="host_keys")
    kind = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, validators=[FINGERPRINT])
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    accepted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["device", "fingerprint"], name="one_row_per_key")
        ]
        permissions = [("accept_hostkey", "May accept a device's host key")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.kind} {self.fingerprint}"

    @property
    def trusted(self) -> bool:
        """Is it not withdrawn?"""
        return self.revoked_at is None
