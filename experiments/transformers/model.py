"""A decoder-only Transformer over bytes: the model whose loss the study measures.

Norm before each block, rotary positions, GELU, an output head of its own; without gains and
biases the body is exactly Kaplan's 12 · layers · width² parameters (Eq. 2.1).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

VOCABULARY = 256
"""Bytes are the tokens, so no tokenizer stands between the text and the loss."""


class Block(nn.Module):
    """Attention over the bytes so far, then a feed-forward layer; each adds to the stream."""

    def __init__(self, width: int, heads: int, depth: int) -> None:
        super().__init__()
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.attention_out = nn.Linear(width, width, bias=False)
        self.expand = nn.Linear(width, 4 * width, bias=False)
        self.contract = nn.Linear(4 * width, width, bias=False)
        for layer in (self.query_key_value, self.expand):
            nn.init.normal_(layer.weight, std=width**-0.5)
        # The stream is a sum of 2 · depth terms: each starts small, so that the sum does not grow.
        nn.init.normal_(self.attention_out.weight, std=(2 * depth * width) ** -0.5)
        nn.init.normal_(self.contract.weight, std=(2 * depth * 4 * width) ** -0.5)

    def forward(self, stream: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        batch, length, width = stream.shape
        projected = self.query_key_value(F.rms_norm(stream, (width,)))
        # (batch, length, 3 · width) -> three of (batch, heads, length, width / heads)
        query, key, value = projected.view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        query, key = rotate(query, cosine, sine), rotate(key, cosine, sine)
        mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
        stream = stream + self.attention_out(mixed.transpose(1, 2).reshape(batch, length, width))
        return stream + self.contract(F.gelu(self.expand(F.rms_norm(stream, (width,)))))


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Turn each pair of channels by an angle that grows with the position."""
    first, second = x.chunk(2, dim=-1)
    return torch.cat((first * cosine - second * sine, first * sine + second * cosine), dim=-1)


class Transformer(nn.Module):
    """Logits of the next byte."""

    def __init__(self, width: int, layers: int, heads: int, context: int) -> None:
        super().__init__()
        if width % (2 * heads):
            raise ValueError(f"{heads} heads do not divide a width of {width} into even parts")
        self.embedding = nn.Embedding(VOCABULARY, width)  # starts as N(0, 1)
        self.blocks = nn.ModuleList(Block(width, heads, layers) for _ in range(layers))
        self.head = nn.Linear(width, VOCABULARY, bias=False)
        nn.init.zeros_(self.head.weight)  # the first guess: every byte is as likely
        half = width // heads // 2
        angles = torch.arange(context)[:, None] * 10_000.0 ** (-torch.arange(half) / half)
        self.register_buffer("cosine", angles.cos(), persistent=False)
        self.register_buffer("sine", angles.sin(), persistent=False)

    def forward(self, text: Tensor) -> Tensor:
        """Read bytes of shape (batch, length); return logits (batch, length, 256)."""
        length = text.shape[1]
        stream = self.embedding(text)
        for block in self.blocks:
            stream = block(stream, self.cosine[:length], self.sine[:length])
        return self.head(F.rms_norm(stream, (stream.shape[-1],)))


def next_byte_loss(model: Transformer, windows: Tensor) -> Tensor:
    """Mean loss in nats per byte over windows of shape (batch, length + 1)."""
    text = windows.long()
    logits = model(text[:, :-1])
    return F.cross_entropy(logits.flatten(0, 1).float(), text[:, 1:].flatten())
