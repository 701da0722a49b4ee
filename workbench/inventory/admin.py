"""The administration pages of the inventory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from workbench.inventory.models import Credential, Device, HostKey, StateGroup

if TYPE_CHECKING:
    CredentialBase = forms.ModelForm[Credential]
    CredentialPages = admin.ModelAdmin[Credential]
    DevicePages = admin.ModelAdmin[Device]
    StateGroupPages = admin.ModelAdmin[StateGroup]
    HostKeyPages = admin.ModelAdmin[HostKey]
else:  # Django's own classes take no parameters at run time
    CredentialBase = forms.ModelForm
    CredentialPages = DevicePages = StateGroupPages = HostKeyPages = admin.ModelAdmin


class CredentialForm(CredentialBase):
    """Takes secrets in and never gives one out."""

    password = forms.CharField(
        required=False, widget=forms.PasswordInput, help_text="Empty keeps what is there."
    )
    key = forms.CharField(
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=(
            "A private key in OpenSSH or PEM form. Empty keeps what is there; it is never shown"
            " again."
        ),
    )
    passphrase = forms.CharField(required=False, widget=forms.PasswordInput)
    forget = forms.MultipleChoiceField(
        required=False,
        choices=[(what, what) for what in Credential.SECRETS],
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Credential
        fields = ["name", "user"]

    def save(self, commit: bool = True) -> Any:
        """Seal what was given, drop what is to be forgotten."""
        for what in Credential.SECRETS:
            if self.cleaned_data.get(what):
                self.instance.keep(what, self.cleaned_data[what])
            if what in self.cleaned_data.get("forget", []):
                self.instance.keep(what, "")
        return super().save(commit)


@admin.register(Credential)
class CredentialAdmin(CredentialPages):
    """Credentials: which secrets are kept, never what they are."""

    form = CredentialForm
    list_display = ["name", "user", "kept", "changed_at"]

    @admin.display(description="secrets kept")
    def kept(self, row: Credential) -> str:
        """Which of the secrets are there?"""
        kept = filter(row.has, Credential.SECRETS)
        return ", ".join(kept) or "none"


@admin.register(Device)
class DeviceAdmin(DevicePages):
    """Devices."""

    list_display = ["name", "role", "platform", "site", "owner", "state_group", "host", "port"]
    list_filter = ["role", "platform", "site", "owner", "state_group"]
    search_fields = ["name", "addresses", "host", "owner"]
    list_select_related = ["state_group"]


@admin.register(StateGroup)
class StateGroupAdmin(StateGroupPages):
    """State groups."""


@admin.register(HostKey)
class HostKeyAdmin(HostKeyPages):
    """Accepted host keys; accepting happens where the key was offered, on the incident's page."""

    list_display = ["device", "kind", "fingerprint", "accepted_by", "accepted_at", "revoked_at"]
    readonly_fields = ["device", "kind", "fingerprint", "accepted_by", "accepted_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here."""
        return False
