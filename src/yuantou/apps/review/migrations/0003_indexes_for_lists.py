"""Indexes that serve the lists of review in their order."""

from django.db import migrations, models
from django.db.models import PROTECT


class Migration(migrations.Migration):
    dependencies = [("review", "0002_summaries_for_lists")]

    operations = [
        migrations.AlterField(
            "assignment",
            "call",
            models.ForeignKey(db_index=False, on_delete=PROTECT, related_name="+", to="calls.call"),
        ),
        migrations.AddIndex(
            "assignment", models.Index(fields=["call", "due_at", "id", "state"], name="assignment_by_due")
        ),
        migrations.AddIndex(
            "assignment", models.Index(fields=["call", "state", "due_at", "id"], name="assignment_by_state")
        ),
        migrations.AddIndex(
            "coverage", models.Index(fields=["call", "weakest", "proposal"], name="coverage_by_affinity")
        ),
        migrations.AddIndex(
            "coverage", models.Index(fields=["call", "reviewers", "proposal"], name="coverage_by_reviewers")
        ),
        migrations.AddIndex("load", models.Index(fields=["call", "live"], name="load_by_number")),
        migrations.AddConstraint(
            "load", models.UniqueConstraint(fields=("call", "expert"), name="one_load_per_call")
        ),
    ]
