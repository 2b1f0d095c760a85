"""Fits of the Chinchilla law: `fit` and its certificate, `resample` and its intervals."""
