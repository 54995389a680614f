"""The list of calls: filter, order, page."""

from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import QueryDict

from yuantou.apps.calls.models import Call, CallQuerySet

PAGE = 20
ORDERS = {"closes": "closes_at", "-closes": "-closes_at", "opens": "opens_at", "-opens": "-opens_at"}
STATUSES = ("open", "coming", "in_progress", "decided", "draft", "cancelled")


def status_filter(status: str, now: datetime) -> Q:
    """Return the filter for a status as readers name it."""
    return {
        "open": Q(state__means="announced", opens_at__lte=now, closes_at__gt=now),
        "coming": Q(state__means="announced", opens_at__gt=now),
        "in_progress": Q(state__means=["received", "reviewing", "deciding"])
        | Q(state__means="announced", closes_at__lte=now),
        "decided": Q(state__means="decided"),
        "draft": Q(state__means="preparing"),
        "cancelled": Q(state__means="cancelled"),
    }.get(status, Q())


def call_table(user: Any, query: QueryDict, now: datetime) -> "Page[Call]":
    """Return a page of the calls a user may see."""
    rows: CallQuerySet = Call.objects.visible_to(user).select_related("agency", "programme_type")
    rows = rows.filter(status_filter(query.get("status", ""), now))
    words = query.get("q", "").strip()
    if words:
        rows = rows.filter(Q(title_zh__icontains=words) | Q(title_en__icontains=words))
    order = ORDERS.get(query.get("sort", ""), "-created_at")
    return Paginator(rows.order_by(order, "pk"), PAGE).get_page(query.get("page"))
