"""The main navigation: what an account works on stands in the bar, what everybody may look round in under “More”."""

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

Item = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One entry: where it leads, what it says, whether the page stands under it."""

    address: str
    label: str
    here: bool


def navigation(request: HttpRequest) -> tuple[list[Link], list[Link]]:
    """Return the links of the bar and those under “More”; a visitor has all of them in the bar."""
    bar, more = _work(request), [*_around(), ("integrity:mine", _("Integrity"))]
    if not request.user.is_authenticated:
        bar, more = [("calls:list", _("Calls")), *_around()], []
    addresses = [address for name, _label in (*bar, *more) if (address := _address(name))]
    under = [address for address in addresses if request.path.startswith(address)]
    here = max(under, key=len, default="")
    return _links(bar, here), _links(more, here)


def _work(request: HttpRequest) -> list[Item]:
    user = request.user
    roles = set(user.grants.values_list("role", flat=True)) if user.is_authenticated else set[str]()
    items = [("calls:list", _("Calls"))]
    if "officer" in roles:
        items += [("projects:desk", _("Projects")), ("review:experts", _("Experts"))]
    if "institution" in roles:
        items += [("proposals:institution", _("Institution check")), ("projects:institution", _("Projects"))]
    if "integrity" in roles:
        items.append(("integrity:desk", _("Integrity office")))
    items += [("proposals:mine", _("My proposals")), ("projects:mine", _("My projects"))]
    items.append(("review:mine", _("My reviews")))
    return items


def _around() -> list[Item]:
    return [
        ("directions:register", _("Directions")),
        ("decisions:awards", _("Awards")),
        ("facilities:list", _("Facilities")),
        ("outcomes:national", _("Outcomes")),
    ]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _links(items: list[Item], here: str) -> list[Link]:
    return [Link(address, label, address == here) for name, label in items if (address := _address(name))]
