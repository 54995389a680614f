"""Assignments know their call; coverage and load are kept for lists of any length, and filled here."""

from typing import Any

from django.db import migrations, models
from django.db.models import CASCADE, PROTECT, Count, FloatField, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

LIVE = ("proposed", "invited", "accepted", "submitted")


def fill(apps: Any, schema_editor: Any) -> None:
    """Work the summaries out of what is there."""
    assignments, proposals = apps.get_model("review", "Assignment").objects, apps.get_model("proposals", "Proposal").objects
    of = proposals.filter(pk=OuterRef("proposal")).values("call")[:1]
    assignments.update(call=Subquery(of))
    live = Q(assignments__state__in=LIVE)
    covered = proposals.filter(state__in=["accepted", "in_review"]).annotate(
        reviewers=Count("assignments", filter=live),
        finished=Count("assignments", filter=Q(assignments__state="submitted")),
        weakest=Coalesce(Min("assignments__affinity", filter=live), -1.0, output_field=FloatField()),
    )
    coverage, load = apps.get_model("review", "Coverage"), apps.get_model("review", "Load")
    coverage.objects.bulk_create(
        coverage(
            proposal_id=row.pk, call_id=row.call_id, reviewers=row.reviewers, finished=row.finished, weakest=row.weakest
        )
        for row in covered.defer("answers")
    )
    loads = assignments.filter(state__in=LIVE).order_by().values("call", "expert").annotate(n=Count("pk"))
    load.objects.bulk_create(load(call_id=row["call"], expert_id=row["expert"], live=row["n"]) for row in loads)


def to(model: str, on_delete: Any, **options: Any) -> models.ForeignKey:
    return models.ForeignKey(to=model, on_delete=on_delete, **options)


class Migration(migrations.Migration):
    dependencies = [
        ("calls", "0002_notices"),
        ("proposals", "0003_indexes_for_lists"),
        ("review", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Coverage",
            fields=[
                (
                    "proposal",
                    models.OneToOneField(
                        on_delete=CASCADE,
                        primary_key=True,
                        related_name="coverage",
                        serialize=False,
                        to="proposals.proposal",
                    ),
                ),
                ("reviewers", models.PositiveSmallIntegerField(default=0, verbose_name="reviewers")),
                ("finished", models.PositiveSmallIntegerField(default=0, verbose_name="reviews in")),
                ("weakest", models.FloatField(default=-1.0, verbose_name="weakest affinity")),
                ("call", to("calls.call", CASCADE, db_index=False, related_name="+")),
            ],
            options={"verbose_name": "coverage", "verbose_name_plural": "coverage"},
        ),
        migrations.CreateModel(
            name="Load",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("live", models.PositiveSmallIntegerField(default=0, verbose_name="proposals")),
                ("call", to("calls.call", CASCADE, db_index=False, related_name="+")),
                ("expert", to("review.expert", CASCADE, related_name="loads")),
            ],
            options={"verbose_name": "load", "verbose_name_plural": "loads"},
        ),
        migrations.AddField("assignment", "call", to("calls.call", PROTECT, db_index=False, null=True, related_name="+")),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
