"""From raw text to shards of tokens: sources, cleaning, splits, units. Never imports torch."""
