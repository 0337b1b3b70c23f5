"""Do ranks that are processes, each with its own experts alone, all-reduce to the whole?"""

import pytest

from conformance.asking.unaskable import CannotAskError
from conformance.distributed.messages import Job
from conformance.distributed.ranks import RankError, ranks_of
from conformance.distributed.verdict import judge_rank, judge_whole


@pytest.mark.family("expert-parallel")
def test_expert_parallel(case, subject, asked, backend, vector, judge, seconds):
    job = Job(case.id, asked.spec, dict(case.params))
    try:
        found = ranks_of(case.params["world"], backend).ask(job, seconds and 0.8 * seconds)
    except CannotAskError as error:
        return error
    except RankError as error:
        for observable in ("process-output", "process-sum"):
            judge.claim(observable, False, str(error))
        return None
    for rank, (output, total) in enumerate(found):
        judge_rank(judge, subject.pipeline, vector.expected, rank, output, total)
    judge_whole(judge, case, subject, backend, vector.inputs, vector.expected, found[0][1])
    return None
