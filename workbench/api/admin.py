"""The administration page of tokens: who has which; they are made and taken away here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest

from workbench.api.models import ApiToken

if TYPE_CHECKING:
    TokenPages = admin.ModelAdmin[ApiToken]
else:  # Django's own class takes no parameters at run time
    TokenPages = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TokenPages):
    """A token is shown once, when it is made. Only a superuser makes one here: it acts as anybody."""

    list_display = ["name", "person", "scope", "made_at", "expires_at"]
    list_filter = ["scope"]
    fields = ["name", "person", "scope", "expires_at"]

    def get_readonly_fields(self, request: HttpRequest, obj: ApiToken | None = None) -> list[str]:
        """A token stays that of its person, and good for what it was made for."""
        return ["person", "scope"] if obj else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Superusers only."""
        return bool(request.user.is_active and request.user.is_superuser)

    def save_model(self, request: HttpRequest, obj: ApiToken, form: Any, change: bool) -> None:
        """Show a token that was made, this one time."""
        if change:
            super().save_model(request, obj, form, change)
            return
        token = obj.fill()
        messages.warning(request, f"The token {obj.name}, shown only now: {token}")
