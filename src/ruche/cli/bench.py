"""`ruche bench`: the figures in the docs, measured again by anybody.

Every benchmark compares with something, both sides in turn in one run, and gives figures with a goal.
Each is measured in its own `bench_NAME.py`; what they print stands in `figures.py`.
"""

import typer

from ruche.cli import (
    bench_desk,
    bench_engine,
    bench_house,
    bench_origin,
    bench_pictures,
    bench_queue,
    bench_screen,
)

app = typer.Typer(help="Measure this installation, in ratios.", no_args_is_help=True)
app.command("engine")(bench_engine.engine)
app.command("queue")(bench_queue.queue)
app.command("desk")(bench_desk.desk)
app.command("house")(bench_house.house)
app.command("pictures")(bench_pictures.pictures)
app.command("origin")(bench_origin.origin)
app.command("screen")(bench_screen.screen)
