"""What the rules work out for a corpus or a run: files, flags, threads."""

from workflow.threads import training_threads


def source_files(wildcards):
    """The user's own files of a corpus; a corpus that is fetched has none, but a licence."""
    corpus = configuration.corpora[wildcards.corpus]
    corpus.check_licence()
    return corpus.own_files()


def clean_parts(corpus):
    """All clean parts of a corpus, in order."""
    parts = configuration.corpora[corpus].part_names
    return expand("data/clean/{corpus}/part-{part}.parquet", corpus=corpus, part=parts)


def extended_vocabulary(wildcards):
    """The vocabulary that those of a unit begin with, if any."""
    extends = configuration.units[wildcards.unit].extends
    return [f"data/vocabulary/{extends}.parquet"] if extends else []


def initial_model(wildcards):
    """The files of the model that a run begins with, if any."""
    other = configuration.runs[wildcards.run].init_from
    names = "model.safetensors", "config.json", "vocabulary.parquet", "SHA256SUMS"
    return [f"results/{other}/model/{name}" for name in names] if other else []


def initial_flags(wildcards):
    """The flag that tells a training which model it begins with, if any."""
    other = configuration.runs[wildcards.run].init_from
    return [f"--init-from=results/{other}/model"] if other else []


def of_run(pattern):
    """Return an input function for a file of the corpus, in the unit, that a run is of."""

    def path(wildcards):
        run = configuration.runs[wildcards.run]
        return pattern.format(corpus=run.corpus, unit=run.unit)

    return path


def of_matrix(pattern):
    """Return an input function for a file of each run of a matrix."""

    def paths(wildcards):
        return expand(pattern, run=configuration.matrices[wildcards.matrix].runs)

    return paths


def threads_of(wildcards):
    """What the training of a run claims; its evaluation claims the same, for the same model."""
    return training_threads(configuration.runs[wildcards.run])


def gpus_of(wildcards):
    """GPUs that a run's jobs claim, used or not: only the job itself sees what its machine has."""
    return 0 if configuration.runs[wildcards.run].train["device"] == "cpu" else 1


def corpus_flags(corpora):
    """Flags that tell where the documents, cleaning and split of each corpus are counted."""
    return [
        f"--corpus-files={corpus}=data/documents/{corpus}/manifest.json,"
        f"data/clean/{corpus}/cleaning.json,data/split/{corpus}.json"
        for corpus in corpora
    ]
