"""Configuration of the app."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "yuantou.apps.accounts"
    label = "accounts"
