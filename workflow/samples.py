"""What a schema cannot say of `sample`: which of its keys do not go together."""

from collections.abc import Iterator, Mapping

from workflow.entries import Settings, merged_run, runs_of


def sample_problems(config: Settings) -> Iterator[str]:
    """Yield what is wrong with how runs are sampled, one sentence each, with its key."""
    for where, _, entry in runs_of(config):
        sample = merged_run(config, entry).get("sample")
        if isinstance(sample, Mapping):
            yield from (f"{where}.sample.{problem}" for problem in _problems(sample))


def _problems(sample: Settings) -> Iterator[str]:
    if sample.get("no_repeat_ngram") == 1:
        yield (
            "no_repeat_ngram: is 1, so that no character could come twice; write 0 (any span may "
            "come again) or 2 and more"
        )
    beam, count = sample.get("beam"), sample.get("count")
    if isinstance(beam, int) and isinstance(count, int) and 0 < beam < count:
        yield (
            f"beam: {beam} finds as many texts, but count is {count}; ask for {beam} or fewer, "
            "or for a wider beam"
        )
    if sample.get("acrostic") and sample.get("lines"):
        yield "lines: acrostic already says how many lines there are; write lines: 0"
