"""From shards of tokens to a language model: training, evaluation, samples, reports."""
