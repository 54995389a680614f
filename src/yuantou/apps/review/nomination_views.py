"""The page on which an officer enters whom each agency names for a call."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from yuantou.apps.paging import page_of
from yuantou.apps.review import nominations
from yuantou.apps.review.desk import officers_call, user_of
from yuantou.apps.review.models import Nomination
from yuantou.apps.workflow.facade import means
from yuantou.kernel.errors import InputError, NotAllowedError

PAGE = 50


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def nominated(request: HttpRequest, call_id: str) -> HttpResponse:
    """Who was named by whom, and a form for more; what cannot be read is told line by line."""
    call = officers_call(request, call_id)
    pots = nominations.pots_of(call)
    if not pots:
        raise Http404
    problem: InputError | NotAllowedError | None = None
    if request.method == "POST":
        pot, typed = request.POST.get("pot", ""), request.POST.get("experts", "")
        try:
            made = nominations.nominate(call=call, pot=pot, typed=typed, user=user_of(request), now=timezone.now())
        except (InputError, NotAllowedError) as error:
            problem = error
        else:
            told = ngettext("%(n)d expert entered.", "%(n)d experts entered.", len(made))
            messages.success(request, told % {"n": len(made)})
            return redirect("review:nominations", call.pk)
    rows = Nomination.objects.filter(call=call).order_by("pot", "pk")
    page = page_of(rows, request.GET.get("page"), size=PAGE, read=_named)
    context = {
        "call": call,
        "pots": pots.items(),
        "named": [(pots.get(row.pot), row) for row in page.object_list],
        "page": page,
        "problem": problem,
        "typed": request.POST.get("experts", ""),
        "chosen": request.POST.get("pot", ""),
        "open": means("call", call.state, *nominations.OPEN),
    }
    return render(request, "review/nominations.html", context, status=400 if problem else 200)


def _named(keys: list[int]) -> "QuerySet[Nomination]":
    return Nomination.objects.filter(pk__in=keys).select_related("expert__person")


@login_required
@require_POST
def take_back(request: HttpRequest, call_id: str, nomination_id: int) -> HttpResponse:
    """Take a nomination back."""
    call = officers_call(request, call_id)
    row = get_object_or_404(Nomination.objects.select_related("call__programme_type"), pk=nomination_id, call=call)
    nominations.take_back(nomination=row, user=user_of(request), now=timezone.now())
    messages.success(request, _("The nomination was taken back."))
    return redirect("review:nominations", call.pk)
