"""Are the phases of review of a programme type sound? Every finding names the place and the remedy."""

from collections.abc import Iterator

from yuantou.engines.workflow.finding import Finding
from yuantou.engines.workflow.model import Criterion, PhaseKind, ProgrammeType, ReviewPhase
from yuantou.engines.workflow.phases import traits_of
from yuantou.engines.workflow.visibility import NAMES, base_of, phase_of

HEARD = {"comments": PhaseKind.REVIEW, "response": PhaseKind.RESPONSE, "debate": PhaseKind.DEBATE}


def phase_findings(programme: ProgrammeType) -> Iterator[Finding]:
    """Yield everything that is wrong with the phases of a type."""
    before: list[ReviewPhase] = []
    for phase in programme.review.phases:
        yield from _one(programme, phase, before)
        before.append(phase)
    if before and not any(phase.judged and phase.ranks for phase in before):
        yield (
            "nothing_ranks",
            "review.phase",
            ("没有一个阶段的评分进入排序。", "The grades of no phase enter the ranking."),
            ("请至少让一个阶段使用本类型的评审指标。", "Let one phase at least use the criteria of the type."),
        )
    yield from _mix(programme)
    yield from _blind(programme)


def _one(programme: ProgrammeType, phase: ReviewPhase, before: list[ReviewPhase]) -> Iterator[Finding]:
    where = f"review.phase.{phase.id}"
    if not phase.id or phase.id in {other.id for other in before}:
        yield "phase_twice", where, ("阶段编号重复或为空。", "Two phases have one id, or none."), _RENAME
    for section in sorted(set(phase.shows) - {section.id for section in programme.form}):
        message = (f"表单没有“{section}”部分。", f"The form has no section “{section}”.")
        yield "unknown_section", where, message, ("请改用表单已有的部分。", "Name a section of the form.")
    yield from _hearing(phase, before, where)
    yield from _kind(programme, phase, before, where)
    yield from criteria_findings(phase.criteria, programme, where)
    if phase.ranks and phase.judged and phase.criteria != programme.review.criteria:
        message = ("另设评审指标的阶段不能进入排序。", "A phase with criteria of its own cannot enter the ranking.")
        yield "ranks_apart", where, message, ("请设 ranks = false。", "Set ranks = false.")


def _hearing(phase: ReviewPhase, before: list[ReviewPhase], where: str) -> Iterator[Finding]:
    kinds = {other.kind for other in before}
    for heard in phase.hears:
        needed = HEARD.get(heard)
        if needed is None or needed not in kinds | ({PhaseKind.REVIEW} if PhaseKind.DEBATE in kinds else set()):
            message = (f"此前没有产生“{heard}”的阶段。", f"No phase before it makes “{heard}”.")
            yield "hears_nothing", where, message, ("请调整 hears 或阶段顺序。", "Change hears, or the order.")


def _kind(programme: ProgrammeType, phase: ReviewPhase, before: list[ReviewPhase], where: str) -> Iterator[Finding]:
    if phase.kind is PhaseKind.RESPONSE:
        if not any(other.judged for other in before):
            message = ("此前没有评审，申请人无可回应。", "No review stands before it: there is nothing to answer.")
            yield "response_to_nothing", where, message, ("请移到评审之后。", "Move it behind a review.")
        if phase.days < 1 or phase.actors != ("applicant",):
            message = ("回应阶段须由申请人在期限内作答。", "A response is given by the applicant, within some days.")
            yield (
                "response",
                where,
                message,
                ('请写 actors = ["applicant"] 与 days。', 'Say actors = ["applicant"], days.'),
            )
    elif phase.kind is PhaseKind.DEBATE and len(phase.actors) != 2:
        message = ("辩论须有正反两方。", "A debate has two sides, for and against.")
        yield "debate_sides", where, message, ("请写两个角色。", "Name two roles.")
    elif any(other.kind is PhaseKind.PANEL for other in before):
        message = ("会评之后不能再有阶段。", "Nothing follows the meeting of the panel.")
        yield "after_panel", where, message, ("请把会评放在最后。", "Put the panel last.")


def criteria_findings(criteria: tuple[Criterion, ...], programme: ProgrammeType, where: str) -> Iterator[Finding]:
    """Yield what is wrong with criteria: weights that do not sum to one, grades without a meaning."""
    total, scale = sum(criterion.weight for criterion in criteria), programme.review.scale
    if criteria and abs(total - 1) > 1e-9:
        message = (f"权重之和为 {total:g}，应为 1。", f"The weights sum to {total:g}, not to 1.")
        yield "weights", f"{where}.criterion.weight", message, ("请调整权重。", "Adjust the weights.")
    steps = round((scale.high - scale.low) / scale.step) + 1 if scale.step else 0
    for criterion in criteria:
        if steps and len(criterion.anchors) != steps:
            message = (
                f"应有 {steps} 级评分说明，实有 {len(criterion.anchors)} 级。",
                f"{steps} anchors are needed, {len(criterion.anchors)} are given.",
            )
            remedy = ("请为每一级写明含义。", "Say what each grade means.")
            yield "anchors", f"{where}.criterion.{criterion.id}", message, remedy


def _mix(programme: ProgrammeType) -> Iterator[Finding]:
    known = traits_of(programme)
    mixes = [("review.mix", programme.review.mix)]
    mixes += [(f"review.phase.{phase.id}", phase.mix) for phase in programme.review.phases]
    for where, mix in mixes:
        for share in mix:
            if share.trait not in known:
                message = (f"没有名为“{share.trait}”的专家特征。", f"There is no trait “{share.trait}” of experts.")
                yield (
                    "unknown_trait",
                    where,
                    message,
                    (f"可用：{'、'.join(sorted(known))}。", f"Known: {sorted(known)}."),
                )
            if share.low > share.high:
                message = (f"“{share.trait}”的比例不成立。", f"The share of “{share.trait}” is impossible.")
                yield "mix", where, message, ("须 low ≤ high。", "low ≤ high.")


def _blind(programme: ProgrammeType) -> Iterator[Finding]:
    """A rule that would name people to a role of a double-blind phase: it could never hold, so it is refused."""
    for rule in programme.visibility:
        for role in rule.roles:
            phase, shown = phase_of(programme, role), rule.fields & (NAMES | {"*"})
            if (
                phase
                and phase.blind == "double"
                and rule.record == "proposal"
                and shown
                and base_of(role) != "applicant"
            ):
                message = (
                    "双盲阶段不得向评审人显示姓名或单位。",
                    "A double-blind phase may not show names to those who judge.",
                )
                remedy = ("请从该角色的可见字段中删除。", "Remove these fields from what the role sees.")
                yield "blind_shows_name", f"visibility.proposal.{role}.{min(shown)}", message, remedy


_RENAME = ("请改名。", "Give each an id of its own.")
