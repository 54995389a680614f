"""The ledger for operators: to read, never to change."""

from django.contrib import admin

from yuantou.apps.audit.models import Entry, TreeHead
from yuantou.apps.looking import ReadOnly


@admin.register(Entry)
class EntryAdmin(ReadOnly):
    list_display = ["index", "at", "act", "kind", "key", "actor"]
    search_fields = ["key", "actor", "act"]
    show_full_result_count = False


@admin.register(TreeHead)
class TreeHeadAdmin(ReadOnly):
    list_display = ["size", "at", "root"]
