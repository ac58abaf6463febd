"""`ruche`: the command line of the house.

One file a noun; this one hangs them together and turns an error of the house into one sentence and an
exit status. A command imports what is heavy when it runs, so that `--help` is quick.
"""

import sys

import typer

from ruche import errors
from ruche.cli import (
    audit,
    banks,
    bench,
    doctor,
    evidence,
    members,
    models,
    policy,
    policy_mature,
    policy_names,
    policy_versions,
    render,
    serve,
    verify,
)

app = typer.Typer(
    name="ruche",
    help="The house where a community makes and shares AI images, and keeps them safe while it grows.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
app.command()(serve.up)
app.command()(render.render)
app.command()(serve.worker)
app.command()(serve.web)
app.add_typer(models.app, name="models")
app.add_typer(members.app, name="members")
app.add_typer(banks.app, name="banks")
app.add_typer(evidence.app, name="evidence")
app.command()(verify.verify)
policy_versions.add_to(policy.app)
policy_mature.add_to(policy.app)
policy_names.add_to(policy.app)
app.add_typer(policy.app, name="policy")
app.command()(doctor.doctor)
app.add_typer(audit.app, name="audit")
app.add_typer(bench.app, name="bench")


def main() -> None:
    """Run one command; an error of the house is one sentence on stderr and exit status 1."""
    try:
        app()
    except errors.RucheError as error:
        sys.stderr.write(f"ruche: {error.sentence}\n")
        sys.exit(1)
