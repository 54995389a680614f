"""Who is what with regard to a call."""

from yuantou.apps.accounts.facade import agency
from yuantou.apps.calls.models import Call
from yuantou.apps.workflow.facade import plays

plays(Call, agency("agency"))
