"""What opens the acts that follow a decision."""

from yuantou.apps.calls.models import Call
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.workflow.facade import Case, knows, provides, takes
from yuantou.kernel.money import UNITS

BY_ORDER = ("line", "consensus", "acceptance")
"""Decision rules that follow the order of the ranking, as the panel leaves it."""
BY_LOT = ("swiss", "smooth", "linear", "bounded", "merit")
"""Decision rules that draw: ``engines.selection.LOTTERIES``, which a test holds equal."""

takes("call", "decide")
takes("proposal", "award", "decline")
takes("decision_list", "sign", "publish", "discard")
knows("decision rule", *BY_ORDER, *BY_LOT)
knows("currency", "CNY", *UNITS)


@provides("list_signed", "call", "proposal")
def _list_signed(case: Case) -> bool:
    call = case.record.pk if isinstance(case.record, Call) else case.record.call_id
    return DecisionList.objects.filter(call=call, state__means=["signed", "published"]).exists()
