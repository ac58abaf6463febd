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
APPEAL = "It is a snowman with a hat, and nobody in particular. Please look at it again."
# What Mia asks for; what Petite draws best, so that pictures of these pages are worth a look.
PROMPTS = (
    "a snowman in the snow",
    "a lighthouse by the sea at night",
    "a red house in the snow",
    "an orange fish underwater",
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
    """Images that were made and that their maker wants all to see."""
    made = [client.make(prompt, **fields)[0] for prompt in prompts]
    for image in made:
        assert client.post_form(f"/images/{image}/publish").status_code == 303
    return made


def look_first(house, mo):
    """A person says yes to what waits to be published: plain pictures cannot be told from others."""
    with house.client(mo) as moderator:
        for case in moderator.cases("publish"):
            assert moderator.decide(case, "publish", "routine").status_code == 303


def hide(house, folk, image, code="real_person"):
    """Sten reports an image and Mo takes it from sight."""
    with house.client(folk.sten) as reporter, house.client(folk.mo) as moderator:
        said = {"ground": "real_person", "words": "This looks like somebody whom I know."}
        assert reporter.post_form(f"/images/{image}/report", **said).status_code == 200
        [case] = moderator.cases("report")
        assert moderator.decide(case, "hide", code).status_code == 303
    return case


def stage(house, folk, **fields):
    """A day in the life of this house."""
    with contextlib.ExitStack() as opened:
        maker, reporter, moderator, stranger = (
            opened.enter_context(house.client(who)) for who in (folk.mia, folk.sten, folk.mo, None)
        )
        images = published(maker, *PROMPTS[:-1], **fields)
        look_first(house, folk.mo)
        hide(house, folk, images[0])
        statement = statement_of(maker)
        place = f"{house.address}/images/{images[1]}"
        receipt = stranger.fill("/notice", where=place, **NOTICE).headers["location"]
        request = stranger.fill("/artists", **ARTIST).headers["location"]
        reporter.post_form(f"/images/{images[2]}/report", ground="spam", words="")
        doubtful(house)
        assert maker.make(PROMPTS[-1], **fields) == []
        [held] = moderator.cases("held")
        return Stage(images, images[0], statement, receipt, request, held, moderator.cases())
