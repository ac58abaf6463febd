"""Where training computes: the first GPU that torch sees, else the processor.

Pictures are drawn and captions worded on the processor either way; what is learnt from them moves here.
"""

from typing import Final

import torch

DEVICE: Final = torch.device("cuda" if torch.cuda.is_available() else "cpu")
