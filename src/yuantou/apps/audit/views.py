"""The public side of the ledger: how long it is, its root, the signed heads, and proofs that an entry is in it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from yuantou.apps.audit.domain import audit_path, heads_document, tree_head
from yuantou.apps.audit.models import Entry, Stamp, TreeHead
from yuantou.apps.audit.stamps import message_of


@require_safe
def heads(request: HttpRequest) -> HttpResponse:
    """Show size and root of the ledger and all signed heads; nothing of what the entries say."""
    size, root = tree_head()
    page: Any = Paginator(TreeHead.objects.order_by("-size"), 25).get_page(request.GET.get("page"))
    context = {"size": size, "root": root, "page": page, "key": heads_document()["public_key"]}
    return render(request, "audit/heads.html", context)


@require_safe
def heads_json(request: HttpRequest) -> JsonResponse:
    """Give the signed heads and the public key as a witness keeps them."""
    return JsonResponse(heads_document())


@require_safe
def proof(request: HttpRequest, index: int) -> JsonResponse:
    """Prove that an entry is in the ledger, with hashes alone: who holds a receipt can check it offline."""
    size, root = tree_head()
    if not 0 <= index < size:
        raise Http404
    leaf = Entry.objects.values_list("leaf_hash", flat=True).get(index=index)
    return JsonResponse({"index": index, "size": size, "root": root, "leaf": leaf, "path": audit_path(index, size)})


@require_safe
def head(request: HttpRequest, size: int) -> HttpResponse:
    """Show one signed head on a page made for printing: whoever keeps the sheet is a witness."""
    found = get_object_or_404(TreeHead.objects.select_related("stamp"), size=size)
    files, key = ("head.txt", "head.tsr"), heads_document()["public_key"]
    check = "openssl ts -verify -data head.txt -in head.tsr -CAfile roots.pem"
    return render(request, "audit/head.html", {"head": found, "key": key, "files": files, "check": check})


@require_safe
def head_text(request: HttpRequest, size: int) -> HttpResponse:
    """Give the bytes of a head that are signed and stamped."""
    return HttpResponse(message_of(get_object_or_404(TreeHead, size=size)), content_type="text/plain")


@require_safe
def stamp(request: HttpRequest, size: int) -> HttpResponse:
    """Give the answer of the time-stamping authority, as its own tools check it."""
    found = get_object_or_404(Stamp, head=size)
    return HttpResponse(bytes(found.answer), content_type="application/timestamp-reply")
