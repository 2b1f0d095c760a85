"""Recompute what Kaplan et al. (2020) and Hoffmann et al. (2022) say about scaling laws."""

__version__ = "0.2.0"
