"""What opens the acts that follow a decision."""

from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.workflow.facade import Case, provides


@provides("list_signed", "call", "proposal")
def _list_signed(case: Case) -> bool:
    call = case.record.pk if isinstance(case.record, Call) else case.record.call_id
    return DecisionList.objects.filter(call=call, state__in=["signed", "published"]).exists()
