"""Accounts and roles for operators; each role given or taken is an act in the ledger."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from yuantou.apps.accounts.models import RoleGrant, User
from yuantou.apps.audit.facade import append


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """Accounts are switched off, never removed; passwords are set by their owners alone."""

    list_display = ["email", "person", "language", "is_active", "is_staff", "date_joined"]
    list_filter = ["is_active", "is_staff"]
    search_fields = ["email", "person__name_zh", "person__name_en"]
    autocomplete_fields: ClassVar = ["person"]
    fields = ["email", "person", "language", "is_active", "is_staff"]
    readonly_fields = ["email"]
    list_select_related = ["person"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(RoleGrant)
class RoleGrantAdmin(admin.ModelAdmin[RoleGrant]):
    list_display = ["user", "role", "organisation"]
    list_filter = ["role"]
    search_fields = ["user__email", "organisation__name_zh", "organisation__name_en"]
    autocomplete_fields: ClassVar = ["user", "organisation"]
    list_select_related = ["user__person", "organisation"]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: RoleGrant, form: Any, change: bool) -> None:
        """Give a role and say so in the ledger."""
        super().save_model(request, obj, form, change)
        _tell(request, obj, "role.grant")

    def delete_model(self, request: HttpRequest, obj: RoleGrant) -> None:
        """Take a role and say so in the ledger."""
        _tell(request, obj, "role.revoke")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        """Take several roles, one entry for each."""
        for grant in queryset:
            self.delete_model(request, grant)


def _tell(request: HttpRequest, grant: RoleGrant, act: str) -> None:
    data = {"role": grant.role, "organisation": grant.organisation_id}
    actor = f"user:{request.user.pk}"
    append(at=timezone.now(), actor=actor, act=act, kind="account", key=str(grant.user_id), data=data)
