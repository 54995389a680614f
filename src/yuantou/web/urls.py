"""All addresses of the site: one line for each app."""

from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from yuantou.web import views

PREFIXES = {
    "directions": "directions/",
    "calls": "calls/",
    "proposals": "",
    "review": "review/",
    "decisions": "decisions/",
    "hearing": "hearing/",
    "meetings": "meetings/",
    "projects": "projects/",
    "facilities": "facilities/",
    "outcomes": "outcomes/",
    "integrity": "integrity/",
    "registry": "people/",
    "accounts": "me/",
    "jobs": "jobs/",
    "workflow": "workflow/",
    "audit": "ledger/",
    "policy": "policy/",
}

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.home, name="home"),
    path("calls/<str:call_id>/room/", views.call_room, name="call_room"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    *(
        path(prefix, include(f"yuantou.apps.{app}.urls"))
        for app, prefix in PREFIXES.items()
        if find_spec(f"yuantou.apps.{app}.urls")
    ),
]
