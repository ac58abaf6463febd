from uuid import UUID

from ruche.moderation import policy
from ruche.moderation.versions import shadow

STRICT = policy.parse("[images]\nreview = 0.4\nnear = 0.1\n", version=1)


def judge(rules, recorded):
    """Refuses what mentions a word, and under a newer policy one word more."""
    words = {"first"} | ({"second"} if rules.version else set())
    hit = any(word in text for _, text in recorded.texts for word in words)
    return shadow.Verdict("refuse", "words") if hit else shadow.Verdict("allow")


def text(number, words, source="job"):
    return shadow.Recorded(source, UUID(int=number), "general", (("prompt", words),))


def image(number, **scores):
    return shadow.Recorded("image", UUID(int=number), "general", (), tuple(scores.items()))


def test_only_what_differs_is_told_by_rule_with_examples():
    records = [text(n, words) for n, words in enumerate(["first", "second", "third", *["second"] * 4])]
    found = shadow.compare([*records, text(9, "first", "refusal")], policy.Policy(), STRICT, judge=judge)
    assert found.looked_at == {"job": 7, "refusal": 1}
    [one] = found.differences
    assert (one.source, one.before, one.after, one.rule, one.count) == ("job", "allow", "refuse", "words", 5)
    assert one.examples == (UUID(int=1), UUID(int=3), UUID(int=4))


def test_recorded_scores_are_judged_by_both_thresholds():
    records = [image(1, mature=0.45), image(2, mature=0.2), image(3, mature=0.9), image(4, mature=0.05)]
    found = shadow.compare(records, policy.Policy(), STRICT, judge=judge)
    told = {(one.before, one.after): one.count for one in found.differences}
    assert told == {("near", "held"): 1, ("clear", "near"): 1}


def test_the_way_back_is_told_by_the_rule_that_no_longer_holds():
    [one] = shadow.compare([text(1, "second")], STRICT, policy.Policy(), judge=judge).differences
    assert (one.before, one.after, one.rule) == ("refuse", "allow", "words")


def test_a_difference_is_one_line_without_any_text():
    one = shadow.Difference("image", "clear", "near", "classifier", 1, (UUID(int=7),))
    assert one.words == f"1 image: clear becomes near by classifier ({UUID(int=7)})"


def test_what_no_record_can_tell_is_said_and_not_passed_over():
    other = policy.parse('[images]\ndistance = 40\nclassifier = "/x.onnx"\ndeadline = 1.0\n')
    told = list(shadow.untried(policy.Policy(), other, unscored=7))
    starts = ["7 of the newest images", "images.distance", "images.classifier", "images.deadline"]
    assert [one.startswith(start) for one, start in zip(told, starts, strict=True)] == [True] * 4
    assert list(shadow.untried(other, other, unscored=0)) == []


def test_a_report_on_nothing_does_not_claim_that_nothing_would_differ():
    assert shadow.Report({}, (), ("images.distance, since",)).lines == [
        "Looked at nothing:",
        "  not tried: images.distance, since",
    ]
    assert shadow.Report({"job": 2}, ()).lines[1] == "  nothing would have been different in these"
