"""Pages of lists of any length."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet


def page_of(
    rows: "QuerySet[Any]",
    number: str | None,
    *,
    size: int,
    read: "Callable[[list[Any]], QuerySet[Any]]",
    searched: bool = False,
) -> "Page[Any]":
    """Page over the keys of ``rows`` alone, which an index can serve, then ``read`` the few rows of the page.

    What no index answers (``searched``) is looked through once, for the page and the count together.
    A key that ``read`` does not return is left out: it is the last word on what may be seen.
    """
    keys = rows.values_list("pk", flat=True)
    page: Page[Any] = Paginator(list(keys) if searched else keys, size).get_page(number)
    wanted = list(page.object_list)
    found = {row.pk: row for row in read(wanted).order_by()}  # an order would tempt the planner past the keys
    page.object_list = [found[key] for key in wanted if key in found]
    return page
