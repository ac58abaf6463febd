"""`python -m ruche` is `ruche`."""

from ruche.cli import app

app.main()
