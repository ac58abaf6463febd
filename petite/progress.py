"""Lines for the person who waits.

Problem: training runs for hours, often with its output in a file, and must still show where it is. One
function, flushed at once; it knows nothing of what it says. Every stage calls it.
"""

import sys


def tell(text: str, end: str = "\n") -> None:
    """Say something now."""
    sys.stdout.write(text + end)
    sys.stdout.flush()
