"""A form works once: a double click, a retry and a second tab get the answer of the first, and one effect.

Every form carries a key (the tag that prints the token against forgery prints it too). The key belongs to a session
and changes with each form that had an effect, so that two tabs opened side by side carry the same one. Who sends the
same text to the same address under the same key once more is led to where the first was led.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.contrib import messages
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from yuantou.apps.workflow.models import Effect
from yuantou.kernel.hashing import content_hash

FIELD: Final = "once"
EFFECTS: Final = "effects"
KEPT: Final = timedelta(days=2)
FOREIGN: Final = frozenset({"", "admin"})
"""Forms of other makers, which keep their own order: sign-in, language, the operators' site."""


def key_of(request: HttpRequest) -> str:
    """Return the key of the forms on a page; nothing for who is not signed in."""
    if not request.user.is_authenticated:
        return ""
    return salted_hmac(__name__, f"{request.session.session_key} {request.session.get(EFFECTS, 0)}").hexdigest()[:32]


def forget_effects(*, now: datetime) -> int:
    """Forget which forms had an effect some days ago; return how many."""
    return Effect.objects.filter(at__lt=now - KEPT).delete()[0]


class OnceMiddleware:
    """Claims the form and carries it out in one transaction: whoever comes second waits, and finds the first answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Carry out a form, or answer as it was answered."""
        if request.method != "POST" or not request.user.is_authenticated or not _is_ours(request):
            return self.get_response(request)
        key = request.POST.get(FIELD, "")
        if not key:
            return self.get_response(request)
        with transaction.atomic():
            mark = _mark(request, key)
            if not _claim(mark):
                return _again(request, Effect.objects.get(pk=mark))
            answer = self.get_response(request)
            if answer.status_code >= 500:
                transaction.set_rollback(True)
            elif not connection.needs_rollback:
                _settle(request, mark, answer)
        return answer


def _is_ours(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).app_name not in FOREIGN
    except Resolver404:
        return False


def _mark(request: HttpRequest, key: str) -> str:
    """Hash who sends what where, files and all."""
    typed = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    files = [(name, _hash_of(file)) for name, rows in request.FILES.lists() for file in rows]
    return content_hash([request.user.pk, request.path, key, typed, files])


def _hash_of(file: Any) -> str:
    digest = sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _claim(mark: str) -> bool:
    try:
        with transaction.atomic():
            Effect.objects.create(mark=mark, at=timezone.now())
    except IntegrityError:
        return False
    return True


def _settle(request: HttpRequest, mark: str, answer: HttpResponse) -> None:
    """Keep where the answer leads; what was refused or only shown again may be sent once more."""
    if isinstance(answer, HttpResponseRedirect):
        Effect.objects.filter(pk=mark).update(location=answer.url)
        request.session[EFFECTS] = request.session.get(EFFECTS, 0) + 1
    else:
        Effect.objects.filter(pk=mark).delete()


def _again(request: HttpRequest, effect: Effect) -> HttpResponse:
    messages.info(request, _("This had arrived already. It was done once; here is the result."))
    return redirect(effect.location)
