"""What the chapters recompute of published runs and tables: Figure 4, our refit, the rules."""
