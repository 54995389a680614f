"""The public side of the ledger: how long it is, its root, the signed heads, and proofs that an entry is in it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from yuantou.apps.audit.domain import audit_path, heads_document, tree_head
from yuantou.apps.audit.models import Entry, TreeHead


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
    found = get_object_or_404(TreeHead, size=size)
    return render(request, "audit/head.html", {"head": found, "key": heads_document()["public_key"]})
