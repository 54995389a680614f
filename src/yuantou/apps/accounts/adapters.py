"""How sign-in behaves on this platform."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

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

    def post_login(self, request: HttpRequest, user: User, **named: Any) -> HttpResponse:
        """Go on in the language of the account, unless the visitor has just chosen one here."""
        answer = super().post_login(request, user, **named)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax")
        return answer
