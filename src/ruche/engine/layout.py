"""The same network in a shape that this machine computes faster; the same numbers come out.

Nothing here is approximate. Three habits cost time on a processor: weights in an order that every
convolution has to undo, 1 x 1 convolutions that are matrix products taking a detour, and large tensors
whose memory goes back to the system after each operation and is asked for again in the next.
"""

import ctypes
import sys
from functools import partial
from typing import Any

import torch

# glibc's mallopt: what to change, and bytes. Tensors of a batch are below the first, and as much as the
# second stays with the process between two steps.
_TRIM, _TRIM_BYTES = -1, 256 * 2**20
_MMAP, _MMAP_BYTES = -3, 64 * 2**20


def quicken(unet: Any) -> None:
    """Turn the 1 x 1 convolutions around the attention blocks into the matrix products that they are."""
    for block in unet.modules():
        if type(block).__name__ == "Transformer2DModel" and block.is_input_continuous:
            if isinstance(block.proj_in, torch.nn.Conv2d):
                block.proj_in, block.proj_out = _linear(block.proj_in), _linear(block.proj_out)
                block.use_linear_projection = True
            block._get_output_for_continuous_inputs = partial(_leave, block)  # noqa: SLF001 - stock's only seam


def keep_memory() -> None:
    """Let the process keep the memory of one step for the next; where there is no glibc, do nothing."""
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP, _MMAP_BYTES)
    mallopt(_TRIM, _TRIM_BYTES)


def _linear(convolution: Any) -> torch.nn.Linear:
    made = torch.nn.Linear(convolution.in_channels, convolution.out_channels)
    made.weight = torch.nn.Parameter(convolution.weight.flatten(1).contiguous(), requires_grad=False)
    made.bias = torch.nn.Parameter(convolution.bias, requires_grad=False)
    return made


def _leave(
    block: Any,
    hidden_states: torch.Tensor,
    residual: torch.Tensor,
    *,
    batch_size: int,
    height: int,
    width: int,
    inner_dim: int,  # noqa: ARG001 - the protocol of diffusers
) -> torch.Tensor:
    """The end of an attention block, less stock's copy into the slower order."""
    made: torch.Tensor = block.proj_out(hidden_states)
    return made.reshape(batch_size, height, width, -1).permute(0, 3, 1, 2) + residual
