"""The screener of this process: built once for each policy, off the event loop, and then shared."""

import asyncio
import threading
from typing import Final

from ruche.moderation import policy, registers, screening
from ruche.moderation.facts import Rating, Verdict
from ruche.moderation.versions import lexicons

# Four words or so take less than 2 ms on a busy machine even where each is new and odd. Longer texts are
# judged in a thread, which gives way to the loop every few milliseconds.
_SHORT: Final = 24
# The policy in force and the one before it, for whoever still asks with that.
_KEPT: Final = 2

_lock = threading.Lock()
_built: dict[policy.Policy, screening.Screener] = {}


def built(stated: policy.Policy) -> screening.Screener:
    """The screener for this policy, with its terms. Raises `errors.PolicyUnfit` where they are not there."""
    with _lock:
        if stated not in _built:
            terms = lexicons.terms_of(stated.prompts.lexicons, stated.brought)
            _built[stated] = screening.Screener(terms, policy=stated.version)
            for older in list(_built)[:-_KEPT]:
                del _built[older]
        return _built[stated]


async def judged(
    texts: dict[str, str],
    stated: policy.Policy,
    register: registers.Register,
    *,
    rating: Rating = "general",
) -> list[Verdict]:
    """The verdict on each of these fields; an empty one is nothing to judge.

    Handing a text to a thread costs a tenth of a millisecond, so only the shortest are judged on the loop.
    """

    def judge() -> list[Verdict]:
        screener = built(stated)
        return [
            screener.screen(text, field=field, rating=rating, register=register)
            for field, text in texts.items()
            if text
        ]

    if stated in _built and sum(map(len, texts.values())) <= _SHORT:
        return judge()
    return await asyncio.to_thread(judge)
