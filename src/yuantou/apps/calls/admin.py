"""Calls for operators: to look at, never to change their state."""

from django.contrib import admin

from yuantou.apps.calls.models import Call, Notice
from yuantou.apps.looking import ReadOnly


@admin.register(Call)
class CallAdmin(ReadOnly):
    list_display = ["title_zh", "title_en", "agency", "state", "opens_at", "closes_at"]
    list_filter = ["state"]
    search_fields = ["title_zh", "title_en"]


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ["call", "kind", "closed_before", "closes_now", "at"]
