"""What is in a picture, before it is drawn or put into words.

Problem: the drawer, the captions, the text encoder's lessons and the held-out list must all speak about the
same thing. A ``Scene`` is that thing: frozen facts, sampled from a seeded generator. It knows neither
pixels nor words; ``draw`` and ``captions`` come next.
"""

import zlib
from dataclasses import dataclass
from random import Random
from typing import Final

from petite import palette

SHAPES: Final = ("circle", "square", "triangle", "star", "heart", "ring")
THINGS: Final = (
    "house",
    "tree",
    "pine",
    "boat",
    "cat",
    "bird",
    "fish",
    "lighthouse",
    "balloon",
    "flower",
    "snowman",
    "whale",
)
RELATIONS: Final = ("above", "below", "left", "right")
TIMES: Final = ("day", "night", "sunset", "dawn")
GROUNDS: Final = ("hills", "mountains", "sea", "field", "desert", "snow", "city", "forest", "underwater")
HELD_OUT_ONE_IN: Final = 16
VARIANTS: Final = 6

THING_COLOURS: Final[dict[str, tuple[str, ...]]] = {
    "house": ("red", "blue", "yellow", "white", "pink", "green", "orange", "purple", "brown"),
    "tree": ("green", "green", "green", "orange", "red", "yellow", "pink"),
    "pine": ("green",),
    "boat": ("white", "red", "yellow", "blue", "orange", "pink", "green", "purple"),
    "cat": ("black", "orange", "gray", "white", "brown"),
    "bird": ("red", "blue", "yellow", "black", "white", "green", "pink"),
    "fish": ("orange", "yellow", "red", "pink", "purple", "green"),
    "lighthouse": ("red", "red", "blue", "black"),
    "balloon": ("red", "yellow", "orange", "purple", "pink", "blue", "green"),
    "flower": ("red", "pink", "yellow", "purple", "white", "orange", "blue"),
    "snowman": ("white",),
    "whale": ("blue",),
}
USUAL_COLOUR: Final = {"tree": "green", "pine": "green", "snowman": "white", "whale": "blue"}
"""A thing in its usual colour is mostly named without it."""

HABITATS: Final[dict[str, tuple[str, ...]]] = {
    "hills": ("house", "tree", "pine", "cat", "bird", "balloon", "flower", "house", "tree"),
    "mountains": ("house", "pine", "bird", "balloon", "cat", "tree"),
    "sea": ("boat", "boat", "boat", "lighthouse", "lighthouse", "whale", "bird", "balloon"),
    "field": ("flower", "house", "cat", "tree", "balloon", "bird"),
    "desert": ("balloon", "bird", "house", "cat"),
    "snow": ("snowman", "snowman", "house", "pine", "cat"),
    "city": ("balloon", "bird", "cat"),
    "forest": ("house", "cat", "bird"),
    "underwater": ("fish",),
}
SECOND: Final[dict[str, tuple[str, ...]]] = {
    "house": ("tree", "pine", "tree", "cat"),
    "boat": ("lighthouse", "bird", "whale"),
    "lighthouse": ("boat", "boat", "bird"),
    "snowman": ("pine", "house"),
    "cat": ("tree", "flower", "bird"),
    "flower": ("cat", "tree"),
    "tree": ("cat", "bird", "house"),
    "pine": ("house", "bird"),
    "fish": ("fish",),
    "whale": ("boat", "bird"),
    "bird": ("bird",),
    "balloon": ("balloon",),
}
FLYING: Final = frozenset({"bird", "balloon"})


@dataclass(frozen=True, slots=True)
class Thing:
    """One shape or object: centre and size in parts of the picture's width, y downwards."""

    what: str
    colour: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Scene:
    """A picture's facts. ``kind`` is pair, single, several or view."""

    kind: str
    things: tuple[Thing, ...]
    relation: str = ""
    """Of the first thing to the second, in a pair."""
    backdrop: str = ""
    """Behind plain shapes."""
    time: str = ""
    ground: str = ""
    weather: str = ""
    """Empty, rain or snow."""
    sun: bool = False
    moon: bool = False
    stars: bool = False
    clouds: bool = False
    rainbow: bool = False
    grain: int = 0
    """Chooses among the variants of the unspoken details: where the hills roll, where the stars stand."""

    @property
    def key(self) -> str:
        """The layout, however it is worded: what training must not hold if the scene is held out."""
        names = [f"{t.colour} {t.what}" for t in self.things]
        if self.kind == "pair":
            if self.relation in {"below", "right"}:
                names.reverse()
            return "|".join(["upright" if self.relation in {"above", "below"} else "level", *names])
        sky = f"{self.sun:d}{self.moon:d}{self.clouds:d}{self.rainbow:d}"
        return "|".join([self.kind, self.ground, self.time, self.weather, sky, *names])

    @property
    def held_out(self) -> bool:
        """True for layouts that training never sees: one in sixteen pairs and views, by a hash."""
        if self.kind not in {"pair", "view"}:
            return False
        return zlib.crc32(self.key.encode()) % HELD_OUT_ONE_IN == 0


def sample(rng: Random) -> Scene:
    """Draw one scene from the training mixture (held-out ones included: the caller chooses)."""
    roll = rng.random()
    if roll < 0.30:
        return sample_pair(rng)
    if roll < 0.36:
        return sample_single(rng)
    if roll < 0.40:
        return sample_several(rng)
    return sample_view(rng)


def sample_pair(rng: Random) -> Scene:
    """Two shapes of different colours, one above or beside the other, with a little play."""
    first, second = rng.sample(list(palette.COLOURS), 2)
    relation = rng.choice(RELATIONS)
    sign = 1 if relation in {"above", "left"} else -1
    shift, stagger = rng.uniform(-0.04, 0.04), rng.uniform(-0.03, 0.03)
    spots = []
    for side in (-sign, sign):
        along = 0.5 + side * 0.235 + rng.uniform(-0.015, 0.015)
        across = 0.5 + shift + side * stagger
        spots.append((across, along) if relation in {"above", "below"} else (along, across))
    things = tuple(
        Thing(rng.choice(SHAPES), colour, x, y, rng.uniform(0.36, 0.42))
        for colour, (x, y) in zip((first, second), spots, strict=True)
    )
    return Scene(
        "pair", things, relation, backdrop=_backdrop(rng, (first, second)), grain=rng.randrange(1 << 30)
    )


def sample_single(rng: Random) -> Scene:
    """One shape in the middle."""
    colour = rng.choice(list(palette.COLOURS))
    size = rng.choice((0.32, 0.5, 0.68)) + rng.uniform(-0.02, 0.02)
    x, y = 0.5 + rng.uniform(-0.05, 0.05), 0.5 + rng.uniform(-0.05, 0.05)
    return Scene(
        "single", (Thing(rng.choice(SHAPES), colour, x, y, size),), backdrop=_backdrop(rng, (colour,))
    )


def sample_several(rng: Random) -> Scene:
    """Two, three or four of a kind: in a row, or in a square."""
    count, colour, what = rng.choice((2, 3, 4)), rng.choice(list(palette.COLOURS)), rng.choice(SHAPES)
    spots = {
        2: ((0.27, 0.5), (0.73, 0.5)),
        3: ((0.19, 0.5), (0.5, 0.5), (0.81, 0.5)),
        4: ((0.27, 0.27), (0.73, 0.27), (0.27, 0.73), (0.73, 0.73)),
    }[count]
    size = {2: 0.38, 3: 0.27, 4: 0.36}[count]
    things = tuple(Thing(what, colour, x, y, size) for x, y in spots)
    return Scene("several", things, backdrop=_backdrop(rng, (colour,)))


def sample_view(rng: Random) -> Scene:
    """A small landscape: ground, hour, weather, up to two things in it."""
    ground = rng.choice(("hills", "hills", "mountains", "sea", "sea", "sea", *GROUNDS[3:]))
    time = rng.choice(("day", "day", "night", "sunset", "dawn"))
    grain = rng.randrange(VARIANTS)
    if ground == "underwater":
        return Scene("view", _things(rng, ground), ground=ground, time="day", grain=grain)
    weather = rng.choice(("", "", "", "", "rain", "snow")) if time in {"day", "night"} else ""
    if ground == "snow":
        weather = rng.choice(("", "snow"))
    if ground in {"sea", "desert"} and weather == "snow":
        weather = "rain" if ground == "sea" else ""
    clear = not weather
    sun = clear and (time in {"sunset", "dawn"} or (time == "day" and rng.random() < 0.6))
    moon = clear and time == "night" and rng.random() < 0.7
    clouds = bool(weather) or rng.random() < 0.3
    rainbow = time == "day" and not sun and weather != "snow" and rng.random() < 0.3
    return Scene(
        "view",
        _things(rng, ground),
        ground=ground,
        time=time,
        weather=weather,
        sun=sun,
        moon=moon,
        stars=time == "night" and clear,
        clouds=clouds,
        rainbow=rainbow,
        grain=grain,
    )


def _things(rng: Random, ground: str) -> tuple[Thing, ...]:
    count = rng.choices((0, 1, 2), (0.16, 0.52, 0.32))[0]
    if count == 0 or (count == 2 and ground == "city"):
        count = 0 if count == 0 else 1
    if count == 0:
        return ()
    first = rng.choice(HABITATS[ground])
    names = [first]
    if count == 2:
        fitting = [s for s in SECOND[first] if s in HABITATS[ground]]
        names += [rng.choice(fitting)] if fitting else []
    coloured = [(name, rng.choice(_colours(name, ground))) for name in names]
    if len(coloured) == 1:
        return (_thing(rng, coloured[0], (rng.choice((0.5, 0.5, 0.3, 0.7)), ground), 0.52),)
    in_order = sorted(coloured, key=usual_order)
    if rng.random() < 0.3:
        in_order.reverse()
    pairs = zip(in_order, (0.28, 0.72), strict=True)
    return tuple(_thing(rng, named, (side, ground), 0.42) for named, side in pairs)


def usual_order(named: tuple[str, str]) -> tuple[int, int]:
    """Two things stand in this order from the left, unless the caption says otherwise."""
    return THINGS.index(named[0]), list(palette.COLOURS).index(named[1])


def _colours(name: str, ground: str) -> list[str]:
    return [c for c in THING_COLOURS[name] if not (ground == "snow" and c == "white" and name != "snowman")]


def _thing(rng: Random, named: tuple[str, str], spot: tuple[float, str], size: float) -> Thing:
    side, ground = spot
    y = 0.36 if named[0] in FLYING else (0.5 if ground == "underwater" else 0.88)
    if ground == "sea" and named[0] not in FLYING:
        y = 0.82
    return Thing(*named, side + rng.uniform(-0.012, 0.012), y + rng.uniform(-0.012, 0.012), size)


def _backdrop(rng: Random, colours: tuple[str, ...]) -> str:
    if rng.random() < 0.8:
        return "slate" if "white" in colours else "cream"
    near = {
        "white": ("cream", "sky", "mint", "lilac"),
        "black": ("navy", "slate"),
        "blue": ("navy",),
        "gray": ("slate",),
        "purple": ("lilac",),
        "yellow": ("cream",),
    }
    barred = {name for colour in colours for name in near.get(colour, ())}
    left = [name for name in palette.BACKDROPS if name not in barred]
    return rng.choice(left) if left else "sky"
