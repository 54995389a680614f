"""Planted reuse in the demonstration: a proposal that takes from somebody else's, and the office that looks at it."""

from datetime import timedelta
from typing import Any, Final

from yuantou.apps.accounts.models import Role, RoleGrant
from yuantou.apps.integrity.training import require_training
from yuantou.apps.jobs.models import Job, JobState
from yuantou.apps.proposals.models import Proposal
from yuantou.demo.generate import demo_records
from yuantou.kernel.local_text import LocalText

TITLE: Final = LocalText("示例：含有他人文字的申请", "An example that takes from somebody else's text")
COURSE: Final = LocalText("科研诚信入门（演示）", "Research integrity, an introduction (demonstration)")


class PlantedReuse:
    """One proposal of the open call, a quarter of it from an earlier one; the worker finds it after the start."""

    def __init__(self, loader: Any) -> None:
        self.loader, self.now = loader, loader.now

    def load(self) -> None:
        """Set up the office and plant the proposal. Only this one is checked: the others repeat their own abstracts."""
        office = self.loader._account("integrity", "沈诚信", "Shen (integrity office)")
        RoleGrant.objects.create(
            user=office, role=Role.INTEGRITY, organisation_id=self.loader.signatory.grants.get().organisation_id
        )
        planted = self._proposal()
        waiting = Job.objects.filter(kind__startswith="reuse_", state=JobState.QUEUED)
        waiting.exclude(kind="reuse_submitted", subject=planted.pk).update(state=JobState.CANCELLED)
        require_training(
            slug="introduction",
            name=COURSE,
            required_of=["reviewer", "committee"],
            valid_months=36,
            user=office,
            now=self.now,
        )

    def _proposal(self) -> Proposal:
        records = list(demo_records("proposals"))
        own, other = records[13], records[22]
        call = Proposal.objects.filter(call__state="published").earliest("created_at").call
        taken = {
            **own,
            "title_zh": TITLE.zh,
            "title_en": TITLE.en,
            "abstract_zh": own["abstract_zh"][:200] + other["abstract_zh"][:240],
            "co_applicants": [],
        }
        proposal = self.loader._draft(call, taken, self.now - timedelta(days=1, hours=2))
        self.loader._submit(proposal, self.now - timedelta(days=1))
        self.loader._rename(own["applicant"], "author")
        return Proposal.objects.get(pk=proposal.pk)
