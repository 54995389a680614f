"""Configuration of the app."""

from django.apps import AppConfig


class ReviewConfig(AppConfig):
    name = "yuantou.apps.review"
    label = "review"
