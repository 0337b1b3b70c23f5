"""Is the answer right? Two families with one check each."""

import pytest


@pytest.mark.family("alpha")
def test_alpha(case, subject, backend, vector, judge):
    for requirement, problem in subject.answer(case, vector).items():
        judge.note(requirement, problem)


@pytest.mark.family("beta")
def test_beta(case, subject, backend, vector, judge):
    for requirement, problem in subject.answer(case, vector).items():
        judge.note(requirement, problem)
