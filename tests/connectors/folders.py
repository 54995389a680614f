"""Small call folders for tests."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xlsxwriter

PROPOSALS = (
    "proposal_id,title,keywords,requested\n"
    "P1,Topological superconductors,majorana;transport,100\n"
    "P2,水稻根际铁膜,砷；水稻,200\n"
)
EXPERTS = "expert_id,name,organisation\nE1,Li Lei,Yunze University\nE2,韩梅梅,江海大学\nE3,Ada North,North Institute\n"
WORKS = (
    "work_id,expert_id,title,year\n"
    "W1,E1,Majorana zero modes in nanowires,2020\n"
    "W2,E2,水稻根际铁膜与砷,2021\n"
    "W3,E3,Quantum transport in superconductors,2022\n"
)


def write(folder: Path, **files: str | bytes) -> Path:
    """Write files named ``stem_suffix`` (``proposals_csv``) into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        stem, suffix = name.rsplit("_", 1)
        path = folder / f"{stem}.{suffix}"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[object]]]) -> Path:
    """Write an XLSX workbook of literal values; text that starts with ``=`` becomes a formula."""
    book = xlsxwriter.Workbook(path)
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return path


def full_call(folder: Path) -> Path:
    """Write a small bilingual call with every table: three themes, two proposals and two experts in each."""
    return write(
        folder,
        proposals_csv=(
            "项目编号,题目,摘要,学科,参与者,依托单位,申请经费\n"
            "P1,Majorana zero modes in topological superconductors,Transport in nanowires,physics,Ann Ree,,100\n"
            "P2,Quantum transport in superconducting nanowires,Majorana and topological phases,physics,,,80\n"
            "P3,水稻根际铁膜对砷迁移的影响,土壤微生物与铁膜,biology,,江海大学,60\n"
            "P4,土壤微生物调控水稻砷吸收,根际铁膜与砷,biology,,,50\n"
            "P5,Conformal inference in high dimensions,Statistics of prediction,maths,,,40\n"
            "P6,High dimensional statistics of prediction,Conformal and bootstrap inference,maths,,,30\n"
        ),
        experts_csv=(
            "expert_id,name,organisation\n"
            "E1,Li Lei,Yunze University\nE2,Ada North,North Institute\nE3,韩梅梅,江海大学\n"
            "E4,周平,云泽大学\nE5,Bo Gauss,South Institute\nE6,Eve Fisher,West College\n"
        ),
        works_csv=(
            "work_id,expert_id,title,year,authors\n"
            "W1,E1,Majorana zero modes in nanowires,2023,Li Lei; Ann Ree\n"
            "W2,E2,Transport in topological superconductors,2022,Ada North\n"
            "W3,E3,水稻根际铁膜与砷迁移,2024,韩梅梅\n"
            "W4,E4,土壤微生物与水稻砷,2021,周平\n"
            "W5,E5,Conformal inference and prediction,2023,Bo Gauss\n"
            "W6,E6,Bootstrap in high dimensional statistics,2020,Eve Fisher\n"
            "W7,E6,Statistics of quantum transport,2020,Eve Fisher\n"
            "W8,E5,土壤微生物统计,2020,Bo Gauss\n"
            "W9,E2,Statistics of prediction,2020,Ada North\n"
        ),
        conflicts_csv="proposal_id,expert_id,kind,evidence\nP5,E5,,shared grant\n",
        reviews_csv=(
            "proposal_id,reviewer_id,score\n"
            "P1,R1,5\nP1,R2,4\nP2,R1,4\nP2,R3,3\nP3,R2,4\nP3,R3,3\n"
            "P4,R1,3\nP4,R2,2\nP5,R3,5\nP5,R1,5\nP6,R2,2\nP6,R3,1\n"
        ),
        budgets_csv="pot,amount\n,250\n",
        call_toml='seed = 3\nreviews_per_proposal = 2\nmax_load = 3\nscale = "1:5"\nyear = 2026\n',
    )
