"""The kinds of interval that the book and its packages print, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

Held = tuple[str, str, bool]
"""Kind, quantity, and whether the interval of one simulated table held the truth."""


def holds(low: float, truth: float, high: float) -> bool:
    """Whether an interval holds the truth; an end that is the truth to all digits does."""
    slack = 1e-9 * max(1.0, abs(truth))
    return bool(low - slack <= truth <= high + slack)


OWN = "own runs: constants and best size"
ONE_MORE = "own runs: one more run"
LAW_LOSS = "own runs: loss of the law"
PLAN = "own runs: a plan"
PROFILE = "own runs: profile likelihood"
MINIMA = "IsoFLOP minima: runs drawn again"
LEAN = "IsoFLOP minima: lean of the parabolas"
REFIT = "refit of Figure 4: budgets drawn again"
OTHERWISE = "refit of Figure 4: drawn otherwise"
ERRORS = "refit of Figure 4: standard errors"
PARTS = "refit of Figure 4: other runs or delta"
SUBSETS = "four fifths of the runs, middle 80 %"
APPROACH_2 = "Approach 2 on Figure 4: budgets drawn again"
APPROACH_2_RUNS = "Approach 2 on Figure 4: runs drawn again"
NINE = "nine measured ratios: runs drawn again"
TREND = "nine measured ratios: p-value of a trend"
SEEDS = "our small models: over seeds, many set-ups"
FEW_SETUPS = "our small models: over seeds, one or two set-ups"
CLAIMS = "our small models: verdicts of the ledger"
SIZES = "our small models: sizes drawn again"
VERDICTS = "our small models: firm verdicts of the ledger"
FORMULA = "our small models: over seeds and sizes"
TEXTS = "our small models: over four texts"
CONTROLS = "our small models: pooled over widths"


@dataclass(frozen=True)
class Kind:
    """Where a kind is printed, and what makes it.

    - makes: The functions that give it, as dotted names.
    - seen: What a chapter that has it calls, as a regular expression.
    - ledger: So the words begin that the ledger puts behind such an interval.
    - level: Nominal share of the interval; of a p-value, how often a true trend is not rejected.
    """

    makes: tuple[str, ...]
    seen: str = "(?!)"
    ledger: str = ""
    level: float = 0.95


def of(package: str, *names: str) -> tuple[str, ...]:
    """Dotted names of some functions of a package or module."""
    return tuple(f"{package}.{name}" for name in names)


OURS, NINE_RATIOS = "experiments.analysis", "reanalysis.three_approaches"
OVER_SEEDS = of(OURS, "our_runs.measured", "seed_draws.over_draws")
OF_OWN = of(
    "scaling_utils.own",
    *("intervals.interval_of", "intervals.widened", "intervals.resamples_of"),
    *("fits.Fit.resamples", "words._constants", "drawing._frontier"),
)
KINDS = {
    OWN: Kind(OF_OWN, r"\bf\.interval\("),
    ONE_MORE: Kind(of("scaling_utils.own.intervals", "prediction")),
    LAW_LOSS: Kind(of("scaling_utils.own.intervals", "prediction")),
    PLAN: Kind(of("scaling_utils.own.budget", "plan", "_turned"), r"\.plan\("),
    PROFILE: Kind(of("scaling_utils.own.likelihood", "profile_of"), r"\.profile\("),
    MINIMA: Kind(
        of("scaling_utils.isoflop.IsoFlops", "interval", "_exponents"), r"print\(isoflops\("
    ),
    LEAN: Kind(of("scaling_utils.isoflop.IsoFlops", "notes"), r"print\(isoflops\("),
    REFIT: Kind(
        (
            *of("reanalysis", "refit.resamples", "gopher.ends", "rules.summary"),
            *of("scaling_utils", "power_fit.interval", "fitting.resample.bootstrap"),
            "scaling_utils.fitting.resample.Bootstrap.interval",
        ),
        r"\b(resamples\(\)|in_words\(|summary\()",
    ),
    OTHERWISE: Kind(of("reanalysis.refit", "resamples"), r"\bresamples\(kind\)"),
    ERRORS: Kind(
        of("scaling_utils.fitting.resample", "Bootstrap.standard_error"), r"\.standard_error\("
    ),
    PARTS: Kind(of("reanalysis.refit", "refit_without", "refit_with"), r"\brefit_with(out)?\("),
    SUBSETS: Kind(
        of("scaling_utils", "isoflop.IsoFlops.interval", "fitting.resample.subset_range"),
        r"\bsubset_range\(",
        level=0.8,
    ),
    APPROACH_2: Kind(
        of(NINE_RATIOS, "approach_2_interval", "approach_2_sizes", "_of_few"),
        r"\bapproach_2_(interval|sizes)\(",
    ),
    APPROACH_2_RUNS: Kind(
        of("scaling_utils.isoflop.IsoFlops", "interval"), r"\bby_parabola\.interval\("
    ),
    NINE: Kind(of(NINE_RATIOS, "minima_of"), r"\bminima\(\)"),
    TREND: Kind(of(NINE_RATIOS, "trends"), r"\btrends\("),
    SEEDS: Kind(
        (
            *OVER_SEEDS,
            *of(f"{OURS}.best_sizes", "BestSizes.interval", "BestSizes.table", "exponent_shift"),
            *of(f"{OURS}.frontier", "MeasuredFrontier.interval", "MeasuredFrontier.table"),
            f"{OURS}.frontier.measured_frontier",
            *of(f"{OURS}.converged", "_own_floor"),
        ),
        r"\b(exponent_shift|own_floors|away_from_line)\(",
    ),
    FEW_SETUPS: Kind(
        (*OVER_SEEDS, f"{OURS}.our_runs.worth_of_text"),
        r"\b(with_ends\(|worth_of_text\(|over_seeds\(|over_draws\()",
    ),
    CLAIMS: Kind(OVER_SEEDS, ledger="95 % over seeds"),
    VERDICTS: Kind(OVER_SEEDS, ledger="95 % over seeds"),
    FORMULA: Kind(
        of(f"{OURS}.our_runs", "measured", "above_convergence"),
        r"\babove_convergence\(",
        ledger="95 % over seeds and over the sizes fitted",
    ),
    TEXTS: Kind(of(OURS, "our_runs.over_texts"), ledger="95 % over the four texts"),
    SIZES: Kind(
        of(OURS, "parametric.parametric_fit", "other_text.text_transfer"),
        r"\b(parametric_fit|text_transfer)\(",
    ),
    CONTROLS: Kind(of(OURS, "controls.controls", "controls._intervals"), r"\bcontrols\("),
}

NOT_SIMULATED = {
    "scaling_utils.power_fit.interval_around": "puts an interval together for its callers",
    "scaling_utils.laws.convergence.size_interval": "sizes between two roots of a formula",
    "scaling_utils.own.budget._budget": "quantiles of FLOPs for a parameter and token of the runs",
    "scaling_utils.own.likelihood._note": "compares two intervals that are simulated",
    "scaling_utils.own.likelihood.sharpness": "a quantile is the width of a window",
    "reanalysis.three_approaches._fitted_exponents": "simulated studies, of which none is printed",
    "claims.recompute.evaluate": "hands on what a recipe gives",
    **{
        f"claims.kaplan2020_runs.{name}": "names the runs of claims, whose recipes are simulated"
        for name in (
            *("_sizes", "_over_texts", "_depths", "_grid", "_repeated", "_lower_bound"),
            *("_gap_overestimates", "_schedule", "_smaller_rate"),
        )
    },
    "claims.muennighoff2023._four_epochs_in_our_runs": "a recipe, which is simulated as a claim",
    "claims.pearce2024._counting_without_attention": "a recipe, which is simulated as a claim",
    **{
        f"claims.besiroglu2024.{name}": "repeats what a paper prints, in the paper's own way"
        for name in ("_p_value", "_region", "_runs", "_width_80")
    },
}
"""Functions that make an interval, or call what makes one, and why no row is theirs."""
