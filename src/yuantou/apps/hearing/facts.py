"""What opens the acts of responses and debates; the words stand in the programme types."""

from yuantou.apps.hearing.models import Debate, Response
from yuantou.apps.links import link_to
from yuantou.apps.workflow.facade import Case, Lacking, announces, corresponds, provides, takes
from yuantou.kernel.instants import print_instant
from yuantou.kernel.local_text import LocalText

LONGEST_RESPONSE = 6000


takes("response", "give", "waive", "lapse")
takes("debate", "close")
announces("response", "asked")


def _says(response: Response, language: str) -> dict[str, str]:
    proposal = response.proposal
    return {
        "title": LocalText(proposal.title_zh, proposal.title_en).in_language(language),
        "number": proposal.number or "",
        "deadline": print_instant(response.due_at, proposal.call.time_zone),
        "link": link_to("hearing:response", response.pk),
    }


corresponds(
    Response,
    says=_says,
    words=("title", "number", "deadline", "link"),
    zone=lambda response: response.proposal.call.time_zone,
)


@provides("response_open", "response")
def _response_open(case: Case) -> bool | Lacking:
    response: Response = case.record
    day = print_instant(response.due_at, response.proposal.call.time_zone)
    return case.now <= response.due_at or Lacking(
        LocalText(f"回应期限已过：{day}。", f"The time for a response is over since {day}.")
    )


@provides("response_written", "response")
def _response_written(case: Case) -> bool | Lacking:
    written = len(case.record.text.strip())
    if written > LONGEST_RESPONSE:
        return Lacking(
            LocalText(
                f"回应有 {written} 字，至多 {LONGEST_RESPONSE} 字。",
                f"The response has {written} characters; {LONGEST_RESPONSE} at most.",
            )
        )
    return written > 0


@provides("deadline_passed", "response")
def _deadline_passed(case: Case) -> bool | Lacking:
    return case.record.due_at < case.now or Lacking(
        LocalText("回应期限未到。", "The time for a response is not over yet.")
    )


@provides("both_sides_spoke", "debate")
def _both_sides_spoke(case: Case) -> bool | Lacking:
    debate: Debate = case.record
    heard = set(debate.statements.values_list("role", flat=True))
    silent = [debate.programme.roles[side] for side in debate.stage.actors if side not in heard]
    return not silent or Lacking(
        LocalText(
            f"尚未发言：{'、'.join(side.zh for side in silent)}。",
            f"Not heard yet: {', '.join(side.en for side in silent)}.",
        )
    )
