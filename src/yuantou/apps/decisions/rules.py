"""Who is what with regard to lists of decisions."""

from yuantou.apps.accounts.facade import agency
from yuantou.apps.decisions.models import DecisionList
from yuantou.apps.proposals.facade import TakesPart
from yuantou.apps.workflow.facade import plays

plays(DecisionList, [TakesPart("call")], agency("call__agency"))
