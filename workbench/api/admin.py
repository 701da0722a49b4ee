"""The administration page of tokens: who has which; they can be taken away here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin
from django.http import HttpRequest

from workbench.api.models import ApiToken

if TYPE_CHECKING:
    TokenPages = admin.ModelAdmin[ApiToken]
else:  # Django's own class takes no parameters at run time
    TokenPages = admin.ModelAdmin


@admin.register(ApiToken)
class ApiTokenAdmin(TokenPages):
    """Tokens are made by `manage.py make_token`, which shows them once."""

    list_display = ["name", "person", "made_at", "expires_at"]
    fields = ["name", "person", "expires_at"]
    readonly_fields = ["person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not here."""
        return False
