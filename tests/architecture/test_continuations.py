"""What a change of state sets in motion elsewhere is written down here, so that nothing of it comes unnoticed."""

from yuantou.apps.workflow.facade import continuations

WRITTEN_DOWN = {
    "decision_list": ["yuantou.apps.projects.agreement.begin_projects"],
    "proposal": ["yuantou.apps.integrity.following.proposal_changed"],
}


def test_every_continuation_is_written_down() -> None:
    assert continuations() == WRITTEN_DOWN
