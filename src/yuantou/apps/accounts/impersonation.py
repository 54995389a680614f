"""An operator looks at the site as somebody else: recorded, announced on every page, without writing or judging.

While it lasts, the account has no role by which reviews, reviewers or rankings are read (``rules``,
``workflow.access``), and nothing but leaving is taken from a form.
"""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yuantou.apps.accounts.models import User
from yuantou.apps.audit.facade import append
from yuantou.kernel.errors import NotAllowedError
from yuantou.kernel.hashing import content_hash
from yuantou.kernel.local_text import LocalText

SESSION_KEY = "seen_as"
SAFE = ("GET", "HEAD", "OPTIONS")


def begin(*, operator: User, email: str, reason: str) -> User:
    """Return the account to look as, after saying so in the ledger.

    Raises
    ------
    NotAllowedError
        If the user is no operator, the reason is missing, or the account is unknown or an operator's.
    """
    target = User.objects.filter(email=email.strip().lower(), is_active=True, is_staff=False).first()
    if not operator.is_staff or target is None or not reason.strip():
        raise NotAllowedError(
            LocalText("不能以该账号查看。", "You cannot look as this account."),
            LocalText(
                "须为运维人员，写明理由，且对方不是运维人员。",
                "Operators only, with a reason, and never as another operator.",
            ),
            code="impersonation.refused",
        )
    _tell(operator, "account.seen_as", target, {"reason_hash": content_hash(reason)})
    return target


def end(*, operator: User, target_id: int) -> None:
    """Say in the ledger that it is over."""
    _tell(operator, "account.seen_as_over", User(pk=target_id), {})


def _tell(operator: User, act: str, target: User, data: dict[str, str]) -> None:
    append(at=timezone.now(), actor=operator.actor, act=act, kind="account", key=str(target.pk), data=data)


class ImpersonationMiddleware:
    """Puts the account looked at in the place of the operator's, marked, for as long as the session says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Swap the account, or go on as usual."""
        target_id = request.session.get(SESSION_KEY)
        if target_id is not None:
            self._swap(request, target_id)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse everything that writes, leaving excepted."""
        looking = getattr(request.user, "seen_by", None)
        if looking and request.method not in SAFE and request.path != reverse("accounts:leave"):
            return HttpResponseForbidden(_("Nothing is changed while looking as somebody else."))
        return None

    def _swap(self, request: HttpRequest, target_id: int) -> None:
        operator = request.user
        target = User.objects.filter(pk=target_id, is_active=True, is_staff=False).first()
        if not operator.is_authenticated or not operator.is_staff or target is None:
            request.session.pop(SESSION_KEY, None)
            return
        target.seen_by = operator
        request.user = target
