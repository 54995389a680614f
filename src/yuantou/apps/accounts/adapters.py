"""How sign-in behaves on this platform."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from yuantou.apps.accounts.models import User


class AccountAdapter(DefaultAccountAdapter):
    """Keeps addresses in lower case, so that one person has one account."""

    def clean_email(self, email: str) -> str:
        """Lower the case of an address."""
        return super().clean_email(email.lower())

    def save_user(self, request: HttpRequest, user: User, form: object, commit: bool = True) -> User:
        """Remember the language the person signed up in."""
        user.language = getattr(request, "LANGUAGE_CODE", "zh-hans")
        return super().save_user(request, user, form, commit)
