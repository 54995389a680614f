"""A working scientist would nod at the matches: the subtopic is found among neighbours of the same discipline."""

from yuantou.demo.generate import demo_call, demo_records
from yuantou.engines.matching import score_candidates


def test_those_who_study_the_subtopic_come_first():
    call = demo_call()
    candidates = score_candidates(call.proposals, call.experts, call.works).to_frame()
    themes = {person["person_id"]: person["themes"] for person in demo_records("people")}
    own = {proposal["proposal_id"]: proposal["theme"] for proposal in demo_records("proposals")}
    top = candidates.filter(candidates["rank"] <= 5).sort("proposal_id", "rank")
    knows = [own[proposal] in themes[expert] for proposal, expert in top.select("proposal_id", "expert_id").rows()]
    first = [own[p] in themes[e] for p, e in top.filter(top["rank"] == 1).select("proposal_id", "expert_id").rows()]
    assert sum(first) / len(own) >= 0.9
    assert sum(knows) / len(knows) >= 0.8
