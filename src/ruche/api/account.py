"""Whose token this is, and what the house allows them."""

from fastapi import APIRouter

from ruche import recipe
from ruche.api import callers, description, shapes

router = APIRouter(tags=["account"])


@router.get("/me", summary="See who you are here", responses=description.answers())
async def me(house: callers.House, caller: callers.Anyone) -> shapes.Account:
    """The member behind the token, its scopes, and the limits that hold."""
    return shapes.Account(
        id=caller.member.id,
        name=caller.member.name,
        role=caller.member.role,
        scopes=sorted(caller.scopes),
        limits=shapes.Limits(
            waiting_jobs=house.settings.waiting_jobs,
            max_pixels=house.settings.max_pixels,
            images_a_job=recipe.COUNT[1],
            prompt_characters=recipe.PROMPT_CHARACTERS,
        ),
    )
