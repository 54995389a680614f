"""The tables of a call in files: every column, what it means, and the headings by which it is known."""

from dataclasses import replace
from typing import Final

from yuantou.connectors.files.columns import Column, Kind, Table, fold
from yuantou.kernel.local_text import LocalText


def _column(name: str, kind: Kind, zh: str, en: str, meaning_zh: str, meaning_en: str, headings: str = "") -> Column:
    known = tuple(heading for heading in headings.split(" | ") if heading)
    label, meaning = LocalText(zh, en), LocalText(meaning_zh, meaning_en)
    return Column(name.rstrip("*"), kind, label, meaning, known, name.endswith("*"))


_PROPOSAL = _column(
    "proposal_id*",
    "id",
    "项目编号",
    "Proposal ID",
    "项目编号，全表唯一。",
    "Identifier of the proposal.",
    "项目id | 项目号 | 申请编号 | 申请号 | 申请书编号 | proposal | proposal number | application id | id | 编号",
)
_EXPERT = _column(
    "expert_id*",
    "id",
    "专家编号",
    "Expert ID",
    "专家编号，全表唯一。",
    "Identifier of the expert.",
    "专家id | 专家号 | 评审专家编号 | expert | expert number | reviewer id | person id",
)
_OWN_EXPERT = replace(_EXPERT, headings=(*_EXPERT.headings, "id", "编号"))

TABLES: Final[tuple[Table, ...]] = (
    Table(
        "proposals",
        LocalText("项目", "Proposals"),
        ("proposal", "applications", "submissions", "申请", "申请书", "项目申请", "申请项目", "项目列表"),
        (
            _PROPOSAL,
            _column(
                "title*",
                "text",
                "题目",
                "Title",
                "项目名称。",
                "Title of the proposal.",
                "标题 | 项目名称 | 名称 | 申请题目 | name",
            ),
            _column(
                "abstract",
                "text",
                "摘要",
                "Abstract",
                "摘要，中文或英文。",
                "Abstract, Chinese or English.",
                "项目摘要 | 简介 | 内容摘要 | summary | description",
            ),
            _column(
                "keywords",
                "list",
                "关键词",
                "Keywords",
                "关键词，可多个。",
                "Keywords, several.",
                "关键字 | 主题词 | keyword",
            ),
            _column(
                "discipline",
                "text",
                "学科",
                "Discipline",
                "学科或领域；有多个经费池时据此归池。",
                "Discipline or challenge; names the pot where there are several.",
                "学科代码 | 学科领域 | 领域 | 方向 | 指南方向 | field | subject | challenge | panel",
            ),
            _column(
                "applicant",
                "text",
                "申请人",
                "Applicant",
                "申请人姓名或 ORCID。",
                "Name or ORCID iD of the applicant.",
                "项目负责人 | 负责人 | 申请人姓名 | pi | principal investigator",
            ),
            _column(
                "participants",
                "names",
                "参与者",
                "Participants",
                "参与者姓名或 ORCID，可多个。",
                "Names or ORCID iDs of the participants, several.",
                "参与人 | 项目成员 | 成员 | 主要参与者 | 合作者 | 合作申请人 | participant | members | team",
            ),
            _column(
                "organisation",
                "text",
                "依托单位",
                "Organisation",
                "依托单位。",
                "Host organisation.",
                "单位 | 申请单位 | 承担单位 | 工作单位 | 机构 | organization | institution | affiliation | host",
            ),
            _column(
                "requested",
                "money",
                "申请经费",
                "Requested",
                "申请经费；可写 万、亿，也可在表头写（万元）。",
                "Money asked for; 万 and 亿 are understood.",
                "申请金额 | 经费 | 金额 | 预算 | 申请额度 | requested amount | amount | amount requested | budget",
            ),
            _column(
                "demand",
                "count",
                "评审数",
                "Reviews wanted",
                "所需评审份数；空则取参数值。",
                "Number of reviews wanted; empty takes the parameter.",
                "评审份数 | 所需评审数 | 专家数 | reviews | reviews needed",
            ),
        ),
        ("proposal_id",),
    ),
    Table(
        "experts",
        LocalText("专家", "Experts"),
        ("expert", "reviewers", "reviewer", "评审专家", "专家库", "专家列表"),
        (
            _OWN_EXPERT,
            _column(
                "name*",
                "text",
                "姓名",
                "Name",
                "专家姓名。",
                "Name of the expert.",
                "专家姓名 | 专家 | expert name | full name",
            ),
            _column(
                "orcid",
                "orcid",
                "ORCID",
                "ORCID iD",
                "ORCID，校验位须正确。",
                "ORCID iD; its checksum is verified.",
                "orcid号",
            ),
            _column(
                "organisation",
                "text",
                "单位",
                "Organisation",
                "现工作单位。",
                "Present organisation.",
                "工作单位 | 所在单位 | 机构 | organization | institution | affiliation",
            ),
            _column(
                "organisations",
                "names",
                "曾任职单位",
                "Past organisations",
                "曾任职单位，可多个。",
                "Past organisations, several.",
                "历任单位 | 其他单位 | 曾用单位 | organizations | past affiliations | previous organisations",
            ),
            _column(
                "topics",
                "list",
                "研究方向",
                "Topics",
                "研究方向或熟悉领域，可多个。",
                "Topics of expertise, several.",
                "研究领域 | 熟悉领域 | 关键词 | 专长 | topic | keywords | expertise | research interests",
            ),
            _column(
                "max_load",
                "count",
                "评审上限",
                "Maximum load",
                "最多评审份数；空则取参数值。",
                "Most reviews to be given; empty takes the parameter.",
                "最大评审数 | 上限 | 评审数上限 | max reviews | load | capacity",
            ),
            _column(
                "fields",
                "list",
                "学科",
                "Disciplines",
                "所属学科，写法与申请的学科一致，可多个；仅用于组合要求。",
                "Disciplines, written as those of proposals, several; only wishes for the mix read them.",
                "学科代码 | 学科领域 | discipline | subject | panels",
            ),
            _column(
                "seniority",
                "count",
                "独立工作年数",
                "Years of independent work",
                "首个独立岗位以来的整年数；十年以上为资深。",
                "Whole years since the first independent post; ten and more are senior.",
                "资历 | 工作年限 | years | years independent",
            ),
            _column(
                "region",
                "text",
                "地区",
                "Region",
                "所在省份或城市，写法须一致。",
                "Province or city, written alike throughout.",
                "省份 | 省市 | 城市 | province | city",
            ),
            _column(
                "country",
                "text",
                "国家",
                "Country",
                "两位国家代码，如 CN；空则视为境内。",
                "Code of two letters, such as CN; empty counts as home.",
                "国别 | 国家代码 | country code",
            ),
        ),
        ("expert_id",),
    ),
    Table(
        "works",
        LocalText("论文", "Works"),
        ("work", "publications", "publication", "papers", "成果", "论著", "发表论文", "专家论文", "代表作"),
        (
            _column(
                "work_id",
                "id",
                "论文编号",
                "Work ID",
                "论文编号或 DOI；空则由题目、年份生成。",
                "Identifier or DOI; made from title and year where empty.",
                "成果编号 | doi | paper id | publication id | id | 编号",
            ),
            _EXPERT,
            _column(
                "title*",
                "text",
                "题目",
                "Title",
                "论文题目。",
                "Title of the work.",
                "标题 | 论文题目 | 论文名称 | 成果名称 | 名称",
            ),
            _column(
                "abstract", "text", "摘要", "Abstract", "论文摘要。", "Abstract of the work.", "论文摘要 | summary"
            ),
            _column(
                "year",
                "year",
                "年份",
                "Year",
                "发表年份，或日期。",
                "Year of publication, or a date.",
                "发表年份 | 出版年 | 发表时间 | 发表日期 | publication year | date | published",
            ),
            _column(
                "authors",
                "names",
                "作者",
                "Authors",
                "全部作者，可多个。",
                "All authors.",
                "全部作者 | 作者列表 | author | author names",
            ),
        ),
        ("work_id", "expert_id"),
    ),
    Table(
        "conflicts",
        LocalText("回避", "Conflicts"),
        ("conflict", "coi", "conflicts_of_interest", "利益冲突", "回避名单", "回避专家"),
        (
            _PROPOSAL,
            _EXPERT,
            _column(
                "kind",
                "text",
                "类型",
                "Kind",
                "回避类型；空即本人声明。",
                "Kind of conflict; empty means declared.",
                "回避类型 | 冲突类型 | type",
            ),
            _column(
                "evidence",
                "text",
                "依据",
                "Evidence",
                "依据或说明。",
                "Evidence or note.",
                "理由 | 原因 | 说明 | 备注 | reason | note",
            ),
        ),
        ("proposal_id", "expert_id", "kind"),
    ),
    Table(
        "reviews",
        LocalText("评审", "Reviews"),
        ("review", "votes", "ratings", "评审意见", "评分", "评审结果", "打分"),
        (
            _PROPOSAL,
            _column(
                "reviewer_id*",
                "id",
                "评审人编号",
                "Reviewer ID",
                "评审人编号，全批次唯一。",
                "Identifier of the reviewer, unique over the whole call.",
                "专家编号 | 评审专家编号 | 评审人 | 专家 | reviewer | expert id | assessor | voter",
            ),
            _column(
                "score*",
                "number",
                "评分",
                "Score",
                "分数。",
                "The score.",
                "分数 | 得分 | 打分 | 成绩 | grade | rating | mark",
            ),
            _column("panel", "text", "评审组", "Panel", "评审组。", "Panel.", "组别 | 小组 | 会评组 | section | group"),
            _column(
                "criterion",
                "text",
                "指标",
                "Criterion",
                "评分指标；空为总体。",
                "Criterion; empty means overall.",
                "评价指标 | 维度 | 评分项 | criteria | question",
            ),
        ),
        ("proposal_id", "reviewer_id", "criterion"),
    ),
    Table(
        "budgets",
        LocalText("经费", "Budgets"),
        ("budget", "pots", "预算", "经费池", "经费预算"),
        (
            _column(
                "pot",
                "text",
                "经费池",
                "Pot",
                "经费池，对应项目的学科；只有一个时可空。",
                "Pot, named like the discipline; may be empty if there is one.",
                "学科 | 领域 | 类别 | discipline | challenge | name | 名称",
            ),
            _column(
                "amount*",
                "money",
                "金额",
                "Amount",
                "可用金额；可写 万、亿。",
                "Money to give; 万 and 亿 are understood.",
                "经费 | 预算 | 总额 | 额度 | 总经费 | budget | total",
            ),
        ),
        ("pot",),
    ),
)
TABLE: Final = {table.name: table for table in TABLES}
_BY_NAME: Final = {fold(name): table for table in TABLES for name in table.known_as()}


def table_named(name: str) -> Table | None:
    """Return the table that a file stem or sheet name means, or None."""
    return _BY_NAME.get(fold(name))
