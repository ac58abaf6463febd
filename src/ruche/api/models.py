"""What a recipe may name: the models on the shelf, and the samplers."""

import asyncio

from fastapi import APIRouter

from ruche import recipe
from ruche.api import callers, description, shapes

router = APIRouter(tags=["models"])


@router.get("/models", summary="List the models", responses=description.answers())
async def list_models(house: callers.House, _: callers.Anyone) -> shapes.Models:
    """What is on the shelf, with the sizes and the length of prompt that each takes."""
    found = await asyncio.to_thread(house.shelf.models)
    shown = (shapes.Model.model_validate(model, from_attributes=True) for model in found)
    return shapes.Models(models=list(shown))


@router.get("/samplers", summary="List the samplers", responses=description.answers())
async def list_samplers(_: callers.Anyone) -> shapes.Samplers:
    """The names that AUTOMATIC1111 users know."""
    return shapes.Samplers(samplers=list(recipe.SAMPLERS))
