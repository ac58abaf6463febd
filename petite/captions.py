"""From a scene to the words a person might use for it.

Problem: a picture is drawn once but can be asked for in hundreds of ways, and the model must know them all.
Given a scene and a generator, this module words it freshly: synonyms, articles or none, either order of a
relation, an opening or none, capitals. It never says anything false about the scene. ``words`` turns the
text into numbers next.
"""

from random import Random
from typing import Final

from petite import palette, scene

SHAPE_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "circle": ("circle", "circle", "circle", "circle", "disc", "ball", "dot", "disk"),
    "square": ("square", "square", "square", "square", "box"),
    "triangle": ("triangle",),
    "star": ("star",),
    "heart": ("heart",),
    "ring": ("ring", "ring", "ring", "donut"),
}
BETWEEN: Final[dict[str, tuple[str, ...]]] = {
    "above": (
        "above",
        "above",
        "over",
        "on top of",
        "atop",
        "directly above",
        "placed above",
        "sitting on top of",
        "on",
        "is above",
        "is on top of",
        "is over",
        "sits above",
        "floating above",
        "higher than",
        "up above",
    ),
    "below": (
        "below",
        "below",
        "under",
        "beneath",
        "underneath",
        "is below",
        "is under",
        "is beneath",
        "sits below",
        "directly below",
        "placed under",
        "lower than",
        "is underneath",
        "at the bottom of",
        "down below",
    ),
    "left": (
        "left of",
        "to the left of",
        "to the left of",
        "on the left of",
        "is left of",
        "is to the left of",
        "on the left side of",
        "at the left of",
        "sits to the left of",
        "is on the left of",
        "placed left of",
    ),
    "right": (
        "right of",
        "to the right of",
        "to the right of",
        "on the right of",
        "is right of",
        "is to the right of",
        "on the right side of",
        "at the right of",
        "sits to the right of",
        "is on the right of",
        "placed right of",
    ),
}
OPPOSITE: Final = {"above": "below", "below": "above", "left": "right", "right": "left"}
PLACES: Final[dict[str, tuple[str, ...]]] = {
    "above": ("at the top", "on top", "above", "up top", "in the upper half"),
    "below": ("at the bottom", "below", "underneath", "beneath", "in the lower half"),
    "left": ("on the left", "at the left", "to the left", "on the left side"),
    "right": ("on the right", "at the right", "to the right", "on the right side"),
}
OPENINGS: Final = (
    "a picture of",
    "an image of",
    "a drawing of",
    "picture of",
    "a painting of",
    "draw",
    "an illustration of",
    "a photo of",
    "image of",
    "show me",
    "paint",
    "a simple picture of",
    "there is",
    "please draw",
    "a small painting of",
    "a flat illustration of",
    "i want",
)
COUNTS: Final = {2: ("two", "two", "2", "a pair of"), 3: ("three", "three", "3"), 4: ("four", "four", "4")}
THING_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "house": ("house", "house", "house", "home", "cottage", "cabin"),
    "tree": ("tree",),
    "pine": ("pine", "pine tree", "fir tree", "pine tree"),
    "boat": ("boat", "boat", "sailboat", "ship", "sailing boat"),
    "cat": ("cat", "cat", "cat", "kitten"),
    "bird": ("bird",),
    "fish": ("fish",),
    "lighthouse": ("lighthouse",),
    "balloon": ("hot air balloon", "balloon", "balloon"),
    "flower": ("flower",),
    "snowman": ("snowman",),
    "whale": ("whale",),
}
GROUND_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "hills": ("on the hills", "in the hills", "on a hill", "with hills", "on green hills", "among hills"),
    "mountains": (
        "in the mountains",
        "in front of mountains",
        "with mountains",
        "near the mountains",
        "by the mountains",
    ),
    "sea": ("on the sea", "at sea", "by the sea", "on the ocean", "on the water", "over the sea"),
    "field": ("in a field", "in the field", "on a meadow", "in a meadow", "on the grass", "in a green field"),
    "desert": ("in the desert", "in a desert", "on the dunes", "on the sand"),
    "snow": ("in the snow", "on snowy hills", "in a snowy landscape", "in winter", "on a snowy hill"),
    "city": ("in the city", "over the city", "in a city", "in town", "with buildings"),
    "forest": ("in the forest", "in a forest", "in the woods", "by the forest"),
    "underwater": ("underwater", "under the sea", "under water", "in the deep sea", "swimming in the sea"),
}
GROUND_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "hills": ("hills", "green hills", "rolling hills", "the hills"),
    "mountains": ("mountains", "the mountains", "a mountain landscape"),
    "sea": ("the sea", "sea", "the ocean", "a calm sea"),
    "field": ("a field", "a meadow", "a green field"),
    "desert": ("a desert", "the desert", "dunes"),
    "snow": ("snowy hills", "a snowy landscape", "a winter landscape"),
    "city": ("a city", "the city", "a town", "a city skyline"),
    "forest": ("a forest", "the forest", "the woods"),
    "underwater": ("under the sea", "the deep sea", "underwater"),
}
TIME_WORDS: Final[dict[str, tuple[str, ...]]] = {
    "day": ("", "", "", "by day", "during the day", "at daytime", "on a bright day", "at noon"),
    "night": ("at night", "at night", "by night", "in the night", "at midnight"),
    "sunset": ("at sunset", "at sunset", "in the evening", "at dusk"),
    "dawn": ("at dawn", "at sunrise", "in the morning", "in the early morning"),
}


def caption(picture: scene.Scene, rng: Random) -> str:
    """Word a scene: mostly plain lower case, sometimes with an opening, capitals or a full stop."""
    if picture.kind == "pair":
        text = _pair(picture, rng)
    elif picture.kind == "view":
        text = _view(picture, rng)
    else:
        text = _group(picture, rng)
    if picture.backdrop and (picture.backdrop not in {"cream", "slate"} or rng.random() < 0.1):
        before = rng.choice(("on a", "on", "against a", "with a"))
        text += f" {before} {rng.choice(palette.BACKDROP_WORDS[picture.backdrop])} background"
    if rng.random() < 0.18:
        text = f"{rng.choice(OPENINGS)} {text}"
    return _dress(text, rng)


def _dress(text: str, rng: Random) -> str:
    roll = rng.random()
    if roll < 0.05:
        text = text[0].upper() + text[1:]
    elif roll < 0.08:
        text = text.title()
    if rng.random() < 0.08:
        text += "."
    return text


def _article(words: str, rng: Random, *, bare: bool) -> str:
    if bare:
        return words
    roll = rng.random()
    if roll < 0.8:
        return ("an " if words[0] in "aeiou" else "a ") + words
    return words if roll < 0.9 else rng.choice(("the ", "one ")) + words


def _shape(thing: scene.Thing, rng: Random, *, bare: bool) -> str:
    manner = rng.choice(("", "", "", "", "", "", "", "", "big ", "bright ", "large ", "plain "))
    words = f"{manner}{rng.choice(palette.COLOUR_WORDS[thing.colour])} {rng.choice(SHAPE_WORDS[thing.what])}"
    return _article(words, rng, bare=bare)


def _pair(picture: scene.Scene, rng: Random) -> str:
    bare = rng.random() < 0.12
    relation = picture.relation
    first, second = (_shape(thing, rng, bare=bare) for thing in picture.things)
    if rng.random() < 0.5:
        first, second, relation = second, first, OPPOSITE[relation]
    roll = rng.random()
    if roll < 0.74:
        return f"{first} {rng.choice(BETWEEN[relation])} {second}"
    here, there = rng.choice(PLACES[relation]), rng.choice(PLACES[OPPOSITE[relation]])
    if roll < 0.82:
        return f"{first} {here} {rng.choice(('and', 'and', ','))} {second} {there}"
    if roll < 0.87:
        return f"{here} {first}{rng.choice((' and ', ' , ', ', '))}{there} {second}"
    if roll < 0.95:
        where = rng.choice(
            {
                "above": ("above it", "on top", "over it"),
                "below": ("below it", "under it", "underneath", "beneath it"),
                "left": ("to its left", "on the left", "left of it"),
                "right": ("to its right", "on the right", "right of it"),
            }[OPPOSITE[relation]]
        )
        return f"{first} {rng.choice(('with', 'and', 'that has', ', with'))} {second} {where}"
    if relation == "left":
        return f"{first} {rng.choice(('and', 'next to', 'beside', 'and then', ','))} {second}"
    return f"{second} {rng.choice(BETWEEN[OPPOSITE[relation]])} {first}"


def _group(picture: scene.Scene, rng: Random) -> str:
    thing = picture.things[0]
    if picture.kind == "single":
        size = "small" if thing.size < 0.4 else ("big" if thing.size > 0.6 else "")
        manner = {
            "small": ("small ", "little ", "tiny "),
            "big": ("big ", "large ", "huge "),
            "": ("", "", "single ", "bright "),
        }[size]
        words = (
            rng.choice(manner)
            + f"{rng.choice(palette.COLOUR_WORDS[thing.colour])} {rng.choice(SHAPE_WORDS[thing.what])}"
        )
        return _article(words, rng, bare=rng.random() < 0.15)
    words = f"{rng.choice(palette.COLOUR_WORDS[thing.colour])} {_plural(rng.choice(SHAPE_WORDS[thing.what]))}"
    return f"{rng.choice(COUNTS[len(picture.things)])} {words}"


def _plural(word: str) -> str:
    return word + ("es" if word.endswith("x") else "s")


def _thing(thing: scene.Thing, rng: Random, *, bare: bool) -> str:
    colour = rng.choice(palette.COLOUR_WORDS[thing.colour]) + " "
    if scene.USUAL_COLOUR.get(thing.what) == thing.colour and rng.random() < 0.8:
        colour = ""
    manner = rng.choice(("", "", "", "", "", "", "", "little ", "small ", "cute ", "lovely "))
    return _article(f"{manner}{colour}{rng.choice(THING_WORDS[thing.what])}", rng, bare=bare)


def _things(picture: scene.Scene, rng: Random) -> str:
    bare = rng.random() < 0.12
    things = list(picture.things)
    if len(things) == 1:
        return _thing(things[0], rng, bare=bare) + _side(things[0], rng)
    if things[0].what == things[1].what and things[0].colour == things[1].colour:
        plural = things[0].what if things[0].what == "fish" else _plural(things[0].what)
        return f"two {rng.choice(palette.COLOUR_WORDS[things[0].colour])} {plural}"
    names = [(thing.what, thing.colour) for thing in things]
    unusual = names != sorted(names, key=scene.usual_order)
    if rng.random() < 0.5:
        things.reverse()
    first, second = (_thing(thing, rng, bare=bare) for thing in things)
    if unusual or rng.random() < 0.25:
        words = BETWEEN["left" if things[0].x < things[1].x else "right"]
        return f"{first} {rng.choice(words)} {second}"
    return f"{first} {rng.choice(('and', 'and', 'next to', 'near', 'beside', 'with'))} {second}"


def _side(thing: scene.Thing, rng: Random) -> str:
    if thing.x < 0.42:
        return rng.choice((" on the left", " on the left", " to the left", " on the left side"))
    if thing.x > 0.58:
        return rng.choice((" on the right", " on the right", " to the right", " on the right side"))
    return " in the middle" if rng.random() < 0.08 else ""


SKY_WORDS: Final = {
    "snow": ("with snow falling", "while it snows", "in falling snow", "with falling snow", "with snow"),
    "sun": (
        "with the sun",
        "under the sun",
        "with a yellow sun",
        "on a sunny day",
        "in the sun",
        "with sunshine",
    ),
    "moon": (
        "under the moon",
        "with the moon",
        "with a moon",
        "under a full moon",
        "in the moonlight",
        "with moon and stars",
    ),
    "stars": ("under the stars", "with stars", "under a starry sky", "with a starry sky"),
    "rainbow": ("with a rainbow", "under a rainbow", "and a rainbow", "with a rainbow in the sky"),
}


def _sky(picture: scene.Scene, rng: Random) -> list[str]:
    parts: list[str] = []
    day = picture.time == "day"
    if picture.weather == "rain":
        hour = "on a rainy day" if day else "on a rainy night"
        parts.append(rng.choice(("in the rain", hour, "with rain", "while it rains")))
    if picture.weather == "snow":
        parts.append(rng.choice(SKY_WORDS["snow"]))
    if picture.sun and day:
        parts.append(rng.choice(SKY_WORDS["sun"]))
    if picture.moon:
        parts.append(rng.choice(SKY_WORDS["moon"]))
    elif picture.stars and rng.random() < 0.6:
        parts.append(rng.choice(SKY_WORDS["stars"]))
    if picture.rainbow:
        parts.append(rng.choice(SKY_WORDS["rainbow"]))
    if picture.clouds and not picture.weather:
        white = "with white clouds" if day else "with clouds"
        parts.append(rng.choice(("with clouds", "and clouds", "under a cloudy sky", white)))
    return parts


def _view(picture: scene.Scene, rng: Random) -> str:
    time = "" if picture.weather == "rain" and picture.time == "day" else rng.choice(TIME_WORDS[picture.time])
    if picture.stars and not picture.moon and rng.random() < 0.15:
        time = "on a starry night"
    sky = [part for part in (time, *_sky(picture, rng)) if part]
    rng.shuffle(sky)
    if not picture.things:
        return " ".join([rng.choice(GROUND_NAMES[picture.ground]), *sky])
    if (
        len(picture.things) == 1
        and picture.things[0].what in {"fish", "whale", "snowman"}
        and rng.random() < 0.15
    ):
        return " ".join([_things(picture, rng), *sky])
    return " ".join([_things(picture, rng), rng.choice(GROUND_WORDS[picture.ground]), *sky])
