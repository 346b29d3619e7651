"""What a schema cannot say of `sample`: which of its keys do not go together."""

from collections.abc import Iterator, Mapping

from model.sampling import contradictions
from workflow.entries import Settings, merged_run, runs_of


def sample_problems(config: Settings) -> Iterator[str]:
    """Yield what is wrong with how runs are sampled, one sentence each, with its key."""
    for where, _, entry in runs_of(config):
        sample = merged_run(config, entry).get("sample")
        if isinstance(sample, Mapping):
            for key, words in contradictions(sample):
                yield f"{where}.sample.{key}: {words}"
