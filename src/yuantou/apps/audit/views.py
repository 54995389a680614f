"""The public side of the ledger: how long it is, its root, the signed heads, and proofs that an entry is in it."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yuantou.apps.audit.domain import heads_document, tree_head
from yuantou.apps.audit.models import Entry, TreeHead
from yuantou.engines.ledger import inclusion_proof

PROVED_HERE = 200_000
"""Ledgers up to this size are proved in the request; longer ones by the exported copy."""


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
    if not 0 <= index < size or size > PROVED_HERE:
        raise Http404
    leaves = [
        bytes.fromhex(leaf) for leaf in Entry.objects.order_by("index").values_list("leaf_hash", flat=True)[:size]
    ]
    path = [node.hex() for node in inclusion_proof(leaves, index)]
    return JsonResponse({"index": index, "size": size, "root": root, "leaf": leaves[index].hex(), "path": path})
