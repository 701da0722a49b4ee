"""The administration pages of integrations: targets, the log of what was sent to them, and how alerts
are read."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest

from workbench.incidents import queries, roles
from workbench.integrations.actions import send_again
from workbench.integrations.models import AlertRules, Delivery, News, Target
from workbench.integrations.sending.reachable import MayNotReach

if TYPE_CHECKING:
    TargetBase = forms.ModelForm[Target]
    TargetPages = admin.ModelAdmin[Target]
    DeliveryPages = admin.ModelAdmin[Delivery]
    RulesPages = admin.ModelAdmin[AlertRules]
else:  # Django's own classes take no parameters at run time
    TargetBase = forms.ModelForm
    TargetPages = DeliveryPages = RulesPages = admin.ModelAdmin

LABELS = ("src", "sport", "dst", "dport", "protocol", "flow", "severity", "service")
SHORTEST = 24  # characters of a secret


class TargetForm(TargetBase):
    """Takes address and secret in and never gives one out."""

    news = forms.MultipleChoiceField(choices=News.choices, widget=forms.CheckboxSelectMultiple)
    address = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"size": 80, "autocomplete": "off"}),
        help_text="https://… of a webhook, or a URL of Apprise. Empty keeps what is there.",
    )
    secret = forms.CharField(
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=(
            f"Signs a webhook; {SHORTEST} characters or more. Empty keeps what is there, or makes"
            " one that is shown once."
        ),
    )

    class Meta:
        model = Target
        fields = ["name", "kind", "news", "active"]

    def clean(self) -> dict[str, Any] | None:
        """Refuse what could never be sent to."""
        fields = super().clean() or self.cleaned_data
        address, secret = fields.get("address", ""), fields.get("secret", "")
        if not address and not self.instance.sealed_address:
            raise ValidationError("Give an address.")
        if not address and "kind" in self.changed_data:
            raise ValidationError("Another kind needs another address.")
        if secret and len(secret) < SHORTEST:
            raise ValidationError(f"A secret has at least {SHORTEST} characters.")
        if address:
            _check(fields.get("kind", ""), address)
        return fields

    def save(self, commit: bool = True) -> Any:
        """Seal what was given; make a secret where there is none."""
        for what in ("address", "secret"):
            if self.cleaned_data.get(what):
                self.instance.keep(what, self.cleaned_data[what])
        self.made_secret = ""
        if self.instance.kind == Target.Kind.WEBHOOK and not self.instance.sealed_secret:
            self.made_secret = secrets.token_urlsafe(32)
            self.instance.keep("secret", self.made_secret)
        return super().save(commit)


def _check(kind: str, address: str) -> None:
    from workbench.integrations.sending import chat, webhook

    check = chat.check_apprise if kind == Target.Kind.APPRISE else webhook.check_url
    try:
        check(address)
    except MayNotReach as error:
        raise ValidationError(str(error)) from None


@admin.register(Target)
class TargetAdmin(TargetPages):
    """Targets: which there are and what they are told, never where they are."""

    form = TargetForm
    list_display = ["name", "kind", "news", "active", "changed_at"]

    def save_model(self, request: HttpRequest, obj: Target, form: Any, change: bool) -> None:
        """Show a secret that was made, this one time."""
        super().save_model(request, obj, form, change)
        if form.made_secret:
            words = f"The secret of {obj.name}, shown only now: {form.made_secret}"
            messages.warning(request, words)


@admin.register(Delivery)
class DeliveryAdmin(DeliveryPages):
    """What was sent to whom, and what came of it."""

    list_display = ["made_at", "target", "news", "incident", "state", "tries", "status", "problem"]
    list_filter = ["state", "target", "news"]
    list_select_related = ["target", "incident"]
    actions = ["again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """Without those of incidents that this person may not see."""
        rows = super().get_queryset(request)
        person = request.user
        return rows if person.is_superuser else rows.filter(incident__in=queries.incidents(person))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """All of them."""
        return [field.name for field in Delivery._meta.fields]

    @admin.action(description="Send again")
    def again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Send the chosen ones again."""
        assert request.user.is_authenticated
        try:
            count = sum(send_again(request.user, row) for row in queryset)
        except roles.NotAllowed as error:
            raise PermissionDenied(str(error)) from None
        messages.success(request, f"{count} sent again")


@admin.register(AlertRules)
class AlertRulesAdmin(RulesPages):
    """How alerts are read, and what they may start: one row for all."""

    fieldsets = [
        ("The labels or annotations that name", {"fields": LABELS}),
        ("What they mean here", {"fields": ["severities"]}),
        (
            "What an alert may start",
            {"fields": ["starts_runs", "runs_a_minute", "incidents_a_minute"]},
        ),
    ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Once."""
        return super().has_add_permission(request) and not AlertRules.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: AlertRules | None = None) -> bool:
        """Never: without the row the defaults hold, which would be a surprise."""
        return False
