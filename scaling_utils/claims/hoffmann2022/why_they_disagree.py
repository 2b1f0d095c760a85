"""Section 2 and Appendices B to E: what Hoffmann et al. say set them apart from Kaplan et al."""

from scaling_utils.claims.recompute import recomputes
from scaling_utils.figure4 import points
from scaling_utils.published import constant


@recomputes("hoffmann-s2-kaplan-schedule")
def kaplan_schedule() -> float:
    batch = constant("kaplan2020/training", "batch_sequences").value
    context = constant("kaplan2020/training", "context").value
    return constant("kaplan2020/training", "steps").value * batch * context


@recomputes("hoffmann-s2-large-runs")
def share_of_large_runs() -> float:
    return 100 * float((points()["N"] > constant("hoffmann2022/Section 2", "N_half").value).mean())
