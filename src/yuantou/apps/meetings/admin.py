"""Meetings for operators: to look at, never to change."""

from django.contrib import admin

from yuantou.apps.looking import ReadOnly
from yuantou.apps.meetings.models import Meeting


@admin.register(Meeting)
class MeetingAdmin(ReadOnly):
    list_display = ("id", "call", "state", "starts_at", "quorum")
