"""Fits of a law to runs: `fit` and its certificate, `resample` and its intervals."""
