"""What goes over the wire, as the OpenAPI document tells it.

Answers are these pydantic models, made from the house's own facts. A request's recipe is judged by
`recipe.py` alone, whose sentences are better; `Wish` only describes it, from the same bounds, and a
test holds the two together.
"""

from datetime import date, datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ruche import recipe

State = Literal["queued", "running", "delivered", "cancelled", "failed"]
NATIVE: Final = "Left out, what the model does best."
EXAMPLE: Final[dict[str, Any]] = {
    "prompt": "a red circle above a blue square",
    "width": 128,
    "height": 128,
    "steps": 20,
    "seed": 7,
}
# Control characters are refused, apart from the tab and the line ends.
PRINTED: Final = r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"

Prompt = Annotated[str, Field(max_length=recipe.PROMPT_CHARACTERS, pattern=PRINTED)]
Side = Annotated[int, Field(ge=recipe.SIDE[0], le=recipe.SIDE[1], multiple_of=recipe.GRID)]
Sampler = Annotated[str, Field(json_schema_extra={"enum": list(recipe.SAMPLERS)})]


class Wish(BaseModel):
    """A recipe as it is asked for. Null means the same as leaving the field out."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [EXAMPLE]})

    prompt: Prompt = Field(min_length=1, description="What to draw.")
    negative_prompt: Prompt | None = Field("", description="What to keep out.")
    model: str | None = Field("petite", description="A name from /models.")
    width: Side | None = Field(None, description=f"In pixels, on the model's grid. {NATIVE}")
    height: Side | None = Field(None, description=f"In pixels, on the model's grid. {NATIVE}")
    steps: int | None = Field(None, ge=recipe.STEPS[0], le=recipe.STEPS[1], description=NATIVE)
    guidance: float | None = Field(
        None,
        ge=recipe.GUIDANCE[0],
        le=recipe.GUIDANCE[1],
        description=f"How strictly the prompt is followed; 1 or less means without guidance. {NATIVE}",
    )
    sampler: Sampler | None = Field(None, description=f"A name from /samplers. {NATIVE}")
    seed: int | None = Field(
        None,
        ge=0,
        lt=recipe.SEEDS,
        description="Left out, one is drawn. Image number i (from 0) has the seed plus i.",
    )
    count: int | None = Field(1, ge=recipe.COUNT[0], le=recipe.COUNT[1], description="How many images.")
    rating: Literal["general", "mature"] | None = Field(
        "general", description="What it may be; mature only where this house makes such images."
    )


class Recipe(BaseModel):
    """A whole recipe: the same one gives the same image again."""

    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    steps: int
    guidance: float
    sampler: str
    seed: int
    count: int


class Image(BaseModel):
    """A finished image: its facts, and the recipe that makes it again."""

    id: UUID
    job: UUID
    place: int = Field(description="Which of the job's images, from 0.")
    recipe: Recipe
    width: int
    height: int
    bytes: int = Field(description="The size of the PNG file.")
    tint: str = Field(description="A CSS colour to show until the image is there.")
    seconds: float = Field(description="Engine time that it took.")
    shown: Literal["maker", "members"] = Field(description="Who may see it: you alone, or all members.")
    published_at: datetime | None = Field(description="Since when all members see it.")
    created_at: datetime
    file: str = Field(description="Where the file is; needs the token, too.")
    thumbnail: str


class ImagePage(BaseModel):
    """Images, newest first."""

    images: list[Image]
    next: str | None = Field(description="Where the next page is, or null at the end.")


class Publication(BaseModel):
    """What came of publishing an image."""

    shown: Literal["held", "maker", "members"] = Field(description="Who may see it now.")
    waits: bool = Field(description="Whether a person decides first.")
    sentence: str


class Discarded(BaseModel):
    """What became of an image that a moderator has yet to decide about."""

    kept: bool = Field(description="Whether its file is kept until that is decided.")
    sentence: str


class Failure(BaseModel):
    """Why a job failed: a stable code and a sentence."""

    code: str
    sentence: str


class JobFacts(BaseModel):
    """A job as lists show it."""

    id: UUID
    state: State
    recipe: Recipe
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    failure: Failure | None = Field(description="Set where the state is failed.")


class Line(BaseModel):
    """Where a waiting job stands."""

    ahead: int = Field(description="How many jobs go before it, as things stand.")
    more: bool = Field(description="Whether there are more than could be counted.")


class Job(JobFacts):
    """A job, where it stands, and what is finished of it."""

    line: Line | None = Field(description="Set while it waits.")
    images: list[Image]
    held: list[int] = Field(description="Places held for review: a person looks before you can see them.")
    events: str = Field(description="Where to watch it as server-sent events.")


class JobPage(BaseModel):
    """Jobs, newest first."""

    jobs: list[JobFacts]
    next: str | None = Field(description="Where the next page is, or null at the end.")


class Progress(BaseModel):
    """The data of a `progress` event."""

    place: int = Field(description="Which of the job's images, from 0.")
    step: int
    steps: int
    preview: str | None = Field(description="A small WebP picture as a data: address, now and then.")


class Model(BaseModel):
    """A model on this house's shelf."""

    name: str
    family: str
    width: int = Field(description="The size that it draws best.")
    height: int
    grid: int = Field(description="Width and height must be multiples of this.")
    max_tokens: int = Field(description="The longest prompt that it reads.")
    steps: int = Field(description="This and the next two hold where a recipe leaves them out.")
    guidance: float
    sampler: str
    note: str


class Models(BaseModel):
    """The shelf."""

    models: list[Model]


class Samplers(BaseModel):
    """The samplers, by the names that a recipe uses."""

    samplers: list[str]


class Limits(BaseModel):
    """What one member may ask of the house."""

    waiting_jobs: int = Field(description="Jobs waiting or under way at a time.")
    max_pixels: int = Field(description="Width times height of one image.")
    images_a_job: int
    prompt_characters: int


class Account(BaseModel):
    """Whose token this is, and what it may be used for."""

    id: int
    name: str
    role: Literal["operator", "moderator", "member"]
    scopes: list[str]
    limits: Limits


class Credential(BaseModel):
    """The content credential (C2PA) in a file."""

    whole: bool = Field(description="Whether the file is the one that was signed, byte for byte.")
    ours: bool = Field(description="Whether this house signed what it says.")
    self_made: bool = Field(description="Whether it is ours, by a certificate that this house made itself.")
    ai: bool = Field(description="Whether it says that an algorithm made the image.")
    generator: str = Field(description="The program that wrote it, by its own word.")
    signer: str = Field(description="Whom its certificate names; anybody can make one.")


class Origin(BaseModel):
    """Where a file came from, as far as this house can tell."""

    outcome: Literal["intact", "altered", "alike", "unknown"] = Field(
        description="Made here and as it left; made here and changed; looks like one made here; unknown."
    )
    made_here: bool = Field(description="Proven by its bytes or its signature; a likeness alone is no proof.")
    ai: bool | None = Field(description="Whether AI made it; null where nothing tells.")
    made_on: date | None = Field(description="The day on which it was made here (UTC).")
    model: str | None
    maker: str | None = Field(description="Who made it, where they let it be told and the file is intact.")
    sentence: str = Field(description="The same for people.")
    credential: Credential | None


class Fault(BaseModel):
    """One field that is wrong."""

    field: str
    code: str
    sentence: str


class Problem(BaseModel):
    """Any error, as RFC 9457 has it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:ruche:problem:out_of_range",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "code": "out_of_range",
                    "detail": "The steps must be between 1 and 150.",
                    "field": "steps",
                    "faults": [
                        {
                            "field": "steps",
                            "code": "out_of_range",
                            "sentence": "The steps must be between 1 and 150.",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field(description="A URN that ends in the code.")
    title: str
    status: int
    code: str = Field(description="Stable: programs read this.")
    detail: str = Field(description="What is wrong and what to do, for people.")
    field: str = Field("", description="The first field that is wrong, where it is one.")
    faults: list[Fault] = Field([], description="Every field that is wrong.")
