"""The directions room and the literature in the matrix: open pages on which no word of a proposal may stand."""

import datetime as dt
from typing import TYPE_CHECKING

from django.urls import reverse

from yuantou.apps.directions.models import Consultation, Question

if TYPE_CHECKING:
    from tests.apps.matrix import Planted

READERS = {
    "directions/templates/directions/question.html": {"evidence"},  # `seen.evidence` of a question
    "directions/urls.py": {"evidence"},  # the name of an address: works behind a frontier
    "directions/views.py": {"evidence", "comments"},  # `seen.evidence`; `seen.comments`, or one's own of a round
}


def plant(planted: "Planted") -> None:
    """A registered direction of the agency and an open round about it."""
    world = planted.world
    row = {"agency": world.agency, "created_at": world.now}
    direction = Question.objects.create(
        kind="direction", title_zh="矩阵之方向", title_en="Direction of the matrix", state="registered",
        author=world.officer, saved_at=world.now, owner=world.officer, review_on=dt.date(2027, 1, 1), **row,
    )  # fmt: skip
    consultation = Consultation.objects.create(
        title_zh="矩阵之征求", title_en="Round of the matrix", state="open", **row
    )
    consultation.questions.add(direction)


def list_pages(planted: "Planted") -> dict[str, str]:
    """The register, the question with its ledger, the round, the form for a proposal, the literature."""
    question = Question.objects.get(title_en="Direction of the matrix")
    consultation = Consultation.objects.get(title_en="Round of the matrix")
    agency = [planted.world.agency.pk]
    found = {"directions:question": reverse("directions:question", args=[question.pk])}
    found["directions:consultation"] = reverse("directions:consultation", args=[consultation.pk])
    found |= {f"directions:{name}": reverse(f"directions:{name}", args=agency) for name in ("write", "plan")}
    found |= {f"ledger of the {kind}": reverse("workflow:ledger", args=[kind, row.pk]) for kind, row in
              (("question", question), ("consultation", consultation))}  # fmt: skip
    names = ("register", "search", "map", "frontier", "fields", "partners")
    return found | {f"directions:{name}": reverse(f"directions:{name}") for name in names}
