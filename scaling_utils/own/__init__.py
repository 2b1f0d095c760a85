"""Your own runs: read them, fit a law, ask what it is worth, plan a budget."""
