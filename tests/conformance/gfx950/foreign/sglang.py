"""SGLang's Triton kernels beside its MXFP8 MoE (which is a subject): attention's states, its lengths and positions."""

from __future__ import annotations

import importlib
import sys

import torch
from torch import randn

from tests.conformance.gfx950.foreign import packages
from tests.conformance.gfx950.foreign.account import Real


def of(name):
    if "sglang" not in sys.modules:
        packages.emptied("sglang", "kernels.ops.attention.dsa.cp_split", "kernels.ops.activation.softcap")
    return importlib.import_module(f"sglang.kernels.ops.{name}")


def capped_logits():
    x = randn(6, 300) * 40
    found = x.clone()
    of("activation.softcap").softcap_inplace_logits(found, 30.0)
    yield found, (Real(x) / 30).tanh() * 30


def merged_attention_states():
    a, b, la, lb = randn(5, 4, 64), randn(5, 4, 64), randn(5, 4), randn(5, 4)
    out, lse = of("attention.merge_state").merge_state_triton(a, la, b, lb)
    most = torch.maximum(la, lb)
    pa, pb = (Real(la) - most).exp(), (Real(lb) - most).exp()
    total = pa + pb
    yield lse, total.log() + most
    wa, wb = (pa / total)[..., None], (pb / total)[..., None]
    yield out, wa * a + wb * b


def padded_sequences():
    x, lengths = randn(20, 48), torch.tensor([3, 9, 0, 8], dtype=torch.int32)
    offsets = torch.tensor([0, 3, 12, 12], dtype=torch.int32)
    found = of("attention.pad").pad_sequence_with_mask(x, offsets, lengths, 9)
    want, mask = torch.zeros(4, 9, 48), torch.arange(9) < lengths[:, None]
    for at, (start, length) in enumerate(zip(offsets.tolist(), lengths.tolist(), strict=True)):
        want[at, :length] = x[start : start + length]
    padded, masked = found[-2:]
    yield padded.reshape(want.shape), want
    yield masked.reshape(mask.shape).bool(), mask


def positions_of_tokens():
    prefix, lengths = torch.tensor([5, 0, 130], dtype=torch.int32), torch.tensor([3, 600, 9], dtype=torch.int32)
    found, starts = of("attention.position").compute_position_triton(prefix, lengths, 612)
    pairs = zip(prefix.tolist(), lengths.tolist(), strict=True)
    yield found, torch.cat([torch.arange(start, start + length) for start, length in pairs])
    yield starts, torch.tensor([0, 3, 603], dtype=torch.int32)


def lengths_of_a_rank():
    lengths = torch.tensor([7, 1, 2, 11], dtype=torch.int32)
    owner = torch.arange(21) % 4 == 1
    counts = torch.stack([part.sum() for part in owner.split(lengths.tolist())]).int()
    found, at = of("attention.dsa.cp_split").dsa_cp_interleave_q_seqs(lengths, int((counts > 0).sum()), 4, 1)
    yield found, counts[counts > 0]
    yield at, torch.nonzero(counts)[:, 0].int()


KERNELS = (capped_logits, merged_attention_states, padded_sequences, positions_of_tokens, lengths_of_a_rank)
