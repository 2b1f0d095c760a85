"""Parameters and FLOPs of a Transformer, as each of the two papers counts them.

Kaplan et al. leave embeddings out of N and count six operations per layer; Hoffmann et al.
count everything that is trained, with relative positions, biases and norms.
The same model therefore has two sizes, and most of the papers' disagreement hangs on that.
"""

from scaling_utils.transformer.architecture import (
    HOFFMANN_CONTEXT,
    HOFFMANN_VOCAB,
    KAPLAN_CONTEXT,
    KAPLAN_VOCAB,
    SHAPE,
    Architecture,
)
from scaling_utils.transformer.hoffmann import (
    flops_ratio,
    hoffmann_flops,
    hoffmann_flops_terms,
    hoffmann_parameter_terms,
    hoffmann_parameters,
    non_embedding_parameters,
)
from scaling_utils.transformer.kaplan import (
    Operation,
    context_share,
    kaplan_embedding_parameters,
    kaplan_forward_flops,
    kaplan_operations,
    kaplan_parameters,
)

__all__ = [
    "HOFFMANN_CONTEXT",
    "HOFFMANN_VOCAB",
    "KAPLAN_CONTEXT",
    "KAPLAN_VOCAB",
    "SHAPE",
    "Architecture",
    "Operation",
    "context_share",
    "flops_ratio",
    "hoffmann_flops",
    "hoffmann_flops_terms",
    "hoffmann_parameter_terms",
    "hoffmann_parameters",
    "kaplan_embedding_parameters",
    "kaplan_forward_flops",
    "kaplan_operations",
    "kaplan_parameters",
    "non_embedding_parameters",
]
