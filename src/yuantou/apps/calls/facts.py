"""What opens the acts of a call, as far as calls themselves know it; review and decisions provide the rest."""

from yuantou.apps.calls.domain import missing_of
from yuantou.apps.calls.models import Call
from yuantou.apps.workflow.facade import Case, Lacking, knows, provides, takes
from yuantou.kernel.errors import Place, Problem
from yuantou.kernel.local_text import LocalText

_FILL_IN = LocalText("请补充。", "Please fill it in.")


takes("call", "publish", "cancel", "close")
knows("role", "officer", "signatory", "institution")


@provides("call_complete", "call")
def _call_complete(case: Case) -> bool | Lacking:
    missing = missing_of(case.record, now=case.now)
    return not missing or Lacking(
        problems=tuple(Problem("call.missing", text, _FILL_IN, Place(column=name)) for name, text in missing.items())
    )


@provides("deadline_passed", "call")
def _deadline_passed(case: Case) -> bool:
    call: Call = case.record
    return call.last_instant is not None and case.now > call.last_instant
