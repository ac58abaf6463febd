"""A house in the middle of its day: things were reported, held, decided and appealed, by the front door."""

import contextlib
from dataclasses import dataclass

from tests import markers
from tests.integration.actions.looked import with_classifier

NOTICE = {
    "ground": "depicted",
    "contact": "ada@example.org",
    "words": "I am the person in this picture, and I never agreed to that.",
    "honest": "yes",
}
ARTIST = {
    "artist": "Anna Zebracorn",
    "aliases": "zebra, Studio Quixotle",
    "contact": "anna@example.org",
    "evidence": "https://zebracorn.example/about",
}
APPEAL = (
    "It is an owl in a field of snow, and nobody in particular. The caption names a bird; please look again."
)


@dataclass
class Stage:
    """What stands where."""

    images: list
    """Mia's, published."""
    hidden: str
    """One that Mo took from sight."""
    statement: str
    """What Mia reads about it."""
    receipt: str
    """Of a stranger's notice."""
    request: str
    """Of an artist's opt-out."""
    held: str
    """The case of an image that was held."""
    cases: list
    """All that waits, the most urgent first."""


def statement_of(client):
    """The address of the member's newest statement."""
    page = client.get("/account/statements").text
    return "/statements/" + page.partition('href="/statements/')[2].partition('"')[0]


def doubtful(house, means="mature"):
    """From now on a program takes every image of this house for one that a person should look at."""
    house.do(with_classifier(house.hive, markers.silly(0.9), means={"magenta": means}))


def published(client, *prompts, **fields):
    """Images that were made and put before all."""
    made = [client.make(prompt, **fields)[0] for prompt in prompts]
    for image in made:
        assert client.post_form(f"/images/{image}/publish").status_code == 303
    return made


def hide(house, mo, sten, image, code="real_person"):
    """Sten reports an image and Mo takes it from sight."""
    with house.client(sten) as reporter, house.client(mo) as moderator:
        words = "This looks like somebody whom I know."
        assert reporter.post_form(f"/images/{image}/report", ground="real_person", words=words).status_code == 200
        [case] = moderator.cases("report")
        assert moderator.decide(case, "hide", code).status_code == 303
    return case


def stage(house, mia, sten, mo, prompts, **fields):
    """A day in the life of this house."""
    with contextlib.ExitStack() as opened:
        maker, reporter, moderator, stranger = (
            opened.enter_context(house.client(who)) for who in (mia, sten, mo, None)
        )
        images = published(maker, *prompts, **fields)
        hide(house, mo, sten, images[0])
        statement = statement_of(maker)
        place = f"{house.address}/images/{images[1]}"
        receipt = stranger.fill("/notice", where=place, **NOTICE).headers["location"]
        request = stranger.fill("/artists", **ARTIST).headers["location"]
        reporter.post_form(f"/images/{images[2]}/report", ground="spam", words="")
        doubtful(house)
        assert maker.make(prompts[-1], **fields) == []
        [held] = moderator.cases("held")
        return Stage(images, images[0], statement, receipt, request, held, moderator.cases())
