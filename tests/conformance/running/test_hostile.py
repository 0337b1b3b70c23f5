"""Does what a subject raises, whatever it is, cost that one case and no other verdict?"""


def test_each_costs_its_case_and_all_others_are_judged(run):
    done = run("--tier", "quick", suite="hostile_suite:SUITE")
    subjects = done.report["selection"]["subjects"]
    assert (done.code, done.report["complete"], len(subjects)) == (1, True, 30), done.out + done.err
    failed = {f"beta/number-1 {name}" for name in subjects}
    passed = {f"beta/number-{number} {name}" for number in (0, 2) for name in subjects}
    assert done.verdicts == dict.fromkeys(failed, "fail") | dict.fromkeys(passed, "pass")
    said = {name: done.said("beta/number-1", name) for name in subjects}
    assert all("BET-01: raised " in line or "BET-01: ran out of" in line for line in said.values()), said
    assert max(map(len, said.values())) < 1000
    assert "raised OddText: (no text: asked for it, it raised RuntimeError)" in said["text-raises"]
    assert "raised CannotAskError: not my fault at tests/conformance/parts/hostile_suite.py" in said["like-cannot-ask"]
    assert "raised RecursionError" in said["deep"]
    assert "problems" not in done.report


def test_where_the_runner_itself_breaks_those_cases_alone_have_no_verdict(run):
    odd = ("class-raises-undeclared", "pytest-exit-undeclared", "through-the-suite")
    words = ("text-raises", "in-thread", "in-garbage", *odd)
    done = run("--tier", "quick", "--subject", *words, suite="hostile_suite:SUITE")
    assert (done.code, done.report["complete"]) == (1, False), done.out + done.err
    verdicts = {"beta/number-0": "pass", "beta/number-1": "fail", "beta/number-2": "pass"}
    judged = {f"{case} text-raises": verdict for case, verdict in verdicts.items()}
    others = {f"{case} {name}": "pass" for case in verdicts for name in words[1:3]}
    others |= {f"beta/number-{number} through-the-suite": "pass" for number in (0, 2)}
    assert done.verdicts == judged | others, "what threads and garbage raise says nothing of the case by then"
    said = "\n".join(problem["text"] for problem in done.report["problems"])
    assert "the runner broke in it: raised Exit: enough at tests/conformance/parts/hostile_suite.py:" in said
    assert "the cache cannot be written" in said, "what the suite needs failed below a subject: no verdict on it"
    assert sum(len(problem["cases"]) for problem in done.report["problems"]) == 2 * 3 + 1
