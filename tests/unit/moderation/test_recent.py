"""What is remembered is bounded, and the oldest goes first."""

from ruche.moderation import recent, screening, wordlists


def test_what_was_not_asked_for_longest_goes_first():
    kept = recent.Recent(2)
    kept.put("a", 1)
    kept.put("b", 2)
    assert kept.get("a") == 1
    kept.put("c", 3)
    assert (kept.get("a"), kept.get("b"), kept.get("c"), len(kept)) == (1, None, 3, 2)


def test_more_odd_words_than_are_looked_at_closely_are_never_let_through():
    screener = screening.Screener([wordlists.read("zebracorn", "toys")])
    odd = " ".join(f"q{chr(97 + n // 26)}{chr(97 + n % 26)}vut" for n in range(301))
    verdict = screener.screen(odd)
    assert (verdict.decision.name, verdict.finding.code) == ("REVIEW", "unread_words")
    assert screener.screen(f"{odd} zebracorn").decision.name == "REFUSE"
    assert screener.screen(" ".join(["qaavut"] * 400)).decision.name == "ALLOW"
