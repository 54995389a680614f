"""What a kind says of the letters of a project's steps is what arrives: the text, to all it names, once."""

import pytest

from tests.apps.conftest import World
from tests.apps.projects.conftest import Award
from tests.apps.workflow.test_facts import Retype
from tests.apps.workflow.test_facts import retype as retype  # noqa: PLC0414  a fixture
from yuantou.apps.accounts.models import User
from yuantou.apps.projects import duties
from yuantou.apps.workflow.models import Letter
from yuantou.apps.workflow.undo import open_window, undo

pytestmark = pytest.mark.django_db
RETURNED, OPINION = '[letter.report_returned]\nto = ["holder"', 'guards = ["no_conflict", "verdict_complete"]'


def test_a_changed_letter_arrives_changed_at_both_roles_and_is_dropped_with_its_step(
    world: World, retype: Retype
) -> None:
    retype(
        (RETURNED, f'{RETURNED}, "institution"'),
        ("报告需补充：{title}", "{what}，{outcome}：{reason}"),
        ("Report returned: {title}", "{what}, {outcome}: {reason}"),
    )
    User.objects.filter(pk=world.office.pk).update(language="en")
    one = Award(world, world.call.programme_type)
    one.signed()
    row = one.project.reports.first()
    assert row is not None
    saved = duties.save_report(report=row, text="Done", user=one.lead, version=0)
    duties.submit_report(report=saved, user=one.lead, now=one.now)
    duties.return_report(report=saved, reason="R2D2", user=world.officer, now=one.now)
    letters = Letter.objects.filter(template="report_returned", key=row.pk)
    name, state = row.plan.name, saved.now_in.name
    assert dict(letters.values_list("address", "subject")) == {
        one.lead.email: f"{name.zh}，{state.zh}：R2D2",
        world.office.email: f"{name.en}, {state.en}: R2D2",
    }
    assert all(letter.waits_until and letter.waits_until > one.now for letter in letters)
    window = open_window(row.pk, world.officer, now=one.now)
    assert window is not None
    undo(window=window, user=world.officer, now=one.now)
    assert {letter.state for letter in letters.all()} == {"dropped"}


def test_a_step_that_wrote_nothing_writes_once_its_kind_names_a_letter(world: World, retype: Retype) -> None:
    subject = '{ zh = "{what}，{deadline}", en = "{what}, {deadline}" }'
    retype(
        (OPINION, f'{OPINION}, letter = "thanks"'),
        more=f'\n[letter.thanks]\nto = ["assessor", "holder"]\nsubject = {subject}\nbody = {subject}\n',
    )
    one = Award(world, world.call.programme_type)
    one.signed()
    one.reported()
    one.project.gates.all().delete()
    type(one.project).objects.filter(pk=one.project_id).update(state="closing")
    [given] = one.judged(None, 1)
    letters = Letter.objects.filter(template="thanks", kind="verdict", key=given.pk)
    assert set(letters.values_list("address", flat=True)) == {given.person.user.email, one.lead.email}
    due = f"{given.due_at:%Y-%m-%d}"
    assert all(
        one.programme.project.evaluation.name.zh in letter.subject and due in letter.subject for letter in letters
    )
    assert Letter.objects.filter(template="assessor_invitation", address=given.person.user.email).count() == 1
