"""Records what the public reference says of our drawn pictures, in `pdq.json` beside this file.

The reference (PyPI: pdqhash 0.2.8) needs a C++ compiler, so it is no part of the tests. In a throw-away
environment, from the root of the repository:

    python -m venv /tmp/pdq && /tmp/pdq/bin/pip install pdqhash==0.2.8 numpy
    /tmp/pdq/bin/python tests/unit/imaging/reference/record_pdq.py
"""

import json
import sys
from pathlib import Path

import numpy as np
import pdqhash

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import drawn  # noqa: E402 - from the folder above

PICTURES = 40


def told(pixels):
    views, quality = pdqhash.compute_dihedral(pixels)
    once, again = pdqhash.compute(pixels)
    assert (np.array_equal(once, views[0]), again) == (True, quality)
    return {"quality": quality, "views": [np.packbits(view).tobytes().hex() for view in views]}


found = {str(number): told(drawn.picture(number)) for number in range(PICTURES)}
found |= {"plain": told(drawn.plain()), "slope": told(drawn.slope())}
lines = ",\n".join(f" {json.dumps(name)}: {json.dumps(one)}" for name, one in found.items())
(HERE / "pdq.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
