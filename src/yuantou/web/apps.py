"""The web application itself: base templates, components and assets."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "yuantou.web"
    label = "web"
