"""Configuration of the app."""

from django.apps import AppConfig


class FilesConfig(AppConfig):
    name = "yuantou.apps.files"
    label = "files"
