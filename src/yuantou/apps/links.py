"""Addresses of pages as letters print them."""

from django.conf import settings
from django.urls import reverse


def link_to(name: str, *arguments: str) -> str:
    """Return the full address of a page, by the name of its route."""
    return settings.SITE_URL.rstrip("/") + reverse(name, args=arguments)
