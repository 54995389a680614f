"""Is the form of a programme type sound?"""

from collections.abc import Iterator

from yuantou.engines.workflow.finding import Finding
from yuantou.engines.workflow.model import Field, FieldType, ProgrammeType


def form_findings(programme: ProgrammeType) -> Iterator[Finding]:
    """Yield what makes a form unsound: too many fields, doubles, conditions and writers that do not exist."""
    if len(programme.fields) > programme.field_budget:
        yield (
            "field_budget",
            "form",
            (
                f"字段 {len(programme.fields)} 个，超过上限 {programme.field_budget} 个。",
                f"{len(programme.fields)} fields where {programme.field_budget} are allowed.",
            ),
            ("请删减或合并字段。", "Remove or merge fields; each costs every applicant time."),
        )
    before: dict[str, Field] = {}
    for field in programme.fields:
        where = f"form.{field.id}"
        if field.id in before:
            yield (
                "duplicate_field",
                where,
                ("字段重复。", "This field is defined twice."),
                ("请改名或删除。", "Rename or remove one."),
            )
        if field.type is FieldType.CHOICE and not field.choices:
            yield (
                "no_choices",
                where,
                ("选择字段没有选项。", "A choice field has no choices."),
                ("请添加选项。", "Add choices."),
            )
        yield from _condition(field, before, where)
        yield from _writer(field, programme, where)
        if field.bilingual and field.prefill not in {"", "earlier"}:
            message = (
                f"不能以“{field.prefill}”预填双语字段。",
                f"A bilingual field cannot begin with “{field.prefill}”.",
            )
            yield "prefill", where, message, ("请改为 earlier。", "Use earlier.")
        before[field.id] = field


def _condition(field: Field, before: dict[str, Field], where: str) -> Iterator[Finding]:
    """A condition reads an earlier choice or box that is always asked, and one of its answers."""
    if field.when is None:
        return
    other = before.get(field.when.field)
    if other is None or other.when or other.type not in {FieldType.CHOICE, FieldType.YES}:
        yield (
            "condition_field",
            where,
            (
                f"条件字段“{field.when.field}”须在前面，为选择或勾选，且总是出现。",
                f"The condition reads “{field.when.field}”, which must be a choice or box asked earlier and always.",
            ),
            ("请改用前面的选择或勾选字段。", "Name a choice or box that stands before it."),
        )
        return
    answers = {"yes", "no"} if other.type is FieldType.YES else {key for key, _label in other.choices}
    unknown = set(field.when.values) - answers
    if unknown or not field.when.values:
        yield (
            "condition_value",
            where,
            (
                f"“{other.id}”没有这样的答案：{sorted(unknown)}。",
                f"“{other.id}” has no such answer: {sorted(unknown)}.",
            ),
            (f"请使用：{'、'.join(sorted(answers))}。", f"Use: {', '.join(sorted(answers))}."),
        )


def _writer(field: Field, programme: ProgrammeType, where: str) -> Iterator[Finding]:
    """Somebody else writes plain text, in a role of its own that asks and judges nothing."""
    if not field.writer:
        return
    judging = {actor for phase in programme.phases for actor in phase.actors} | {"applicant", "member", "officer"}
    if field.writer not in programme.roles or field.writer in judging:
        yield (
            "writer",
            where,
            (f"“{field.writer}”不能撰写此字段。", f"“{field.writer}” cannot write this field."),
            ("请另设一个既不申请也不评审的角色。", "Define a role that neither applies nor judges."),
        )
    if field.type is not FieldType.LONG_TEXT or field.bilingual:
        yield (
            "writer_type",
            where,
            ("由他人撰写的字段须为单语长文本。", "What somebody else writes is one long text."),
            ("请改为长文本。", "Use long_text without bilingual."),
        )
