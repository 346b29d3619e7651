"""From a source to clean, split text: download, read, clean, split."""


rule download:
    """Bring the raw files of a corpus here, as they were published."""
    input:
        files=source_files,
    output:
        manifest="data/raw/{corpus}/manifest.json",
    log:
        "results/logs/download/{corpus}.log",
    benchmark:
        "results/benchmarks/download/{corpus}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.download"),
        settings=lambda wildcards: settings_of("download", wildcards.corpus),
    shell:
        """
        exec python -m preprocess download {output.manifest:q} \
            --settings {params.settings:q} --log {log:q}
        """


rule read:
    """Decode the raw files into documents, in parts; markup is still in."""
    input:
        raw="data/raw/{corpus}/manifest.json",
    output:
        manifest="data/documents/{corpus}/manifest.json",
    log:
        "results/logs/read/{corpus}.log",
    benchmark:
        "results/benchmarks/read/{corpus}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.read"),
        settings=lambda wildcards: settings_of("read", wildcards.corpus),
    shell:
        """
        exec python -m preprocess read {input.raw:q} {output.manifest:q} \
            --settings {params.settings:q} --log {log:q}
        """


rule clean:
    """Strip markup, normalise and filter one part of a corpus."""
    input:
        documents="data/documents/{corpus}/manifest.json",
    output:
        part="data/clean/{corpus}/part-{part}.parquet",
        counts="data/clean/{corpus}/part-{part}.json",
    log:
        "results/logs/clean/{corpus}/part-{part}.log",
    benchmark:
        "results/benchmarks/clean/{corpus}/part-{part}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.clean"),
        settings=lambda wildcards: settings_of("clean", wildcards.corpus),
    shell:
        """
        exec python -m preprocess clean {input.documents:q} {output.part:q} \
            --part {wildcards.part} --counts {output.counts:q} \
            --settings {params.settings:q} --log {log:q}
        """


rule merge_cleaning:
    """Add up what cleaning kept, dropped and changed in all parts."""
    input:
        counts=lambda wildcards: [
            f"data/clean/{wildcards.corpus}/part-{part}.json"
            for part in configuration.corpora[wildcards.corpus].part_names
        ],
    output:
        cleaning=report(
            "data/clean/{corpus}/cleaning.json",
            caption="../report/cleaning.rst",
            category="Corpora",
            labels={"corpus": "{corpus}", "what": "cleaning"},
        ),
    log:
        "results/logs/merge_cleaning/{corpus}.log",
    benchmark:
        "results/benchmarks/merge_cleaning/{corpus}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.clean"),
        settings=lambda wildcards: settings_of("merge_cleaning", wildcards.corpus),
    shell:
        """
        exec python -m preprocess merge-cleaning {input.counts:q} \
            --output {output.cleaning:q} --settings {params.settings:q} --log {log:q}
        """


rule split:
    """Divide the documents into train, valid and test, and count duplicates and leaks."""
    input:
        clean=lambda wildcards: clean_parts(wildcards.corpus),
        # Not read: a corpus that cleaning left empty is refused there, with the reason.
        cleaning="data/clean/{corpus}/cleaning.json",
    output:
        split="data/split/{corpus}.parquet",
        summary=report(
            "data/split/{corpus}.json",
            caption="../report/split.rst",
            category="Corpora",
            labels={"corpus": "{corpus}", "what": "split"},
        ),
    log:
        "results/logs/split/{corpus}.log",
    benchmark:
        "results/benchmarks/split/{corpus}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.split"),
        settings=lambda wildcards: settings_of("split", wildcards.corpus),
    shell:
        """
        exec python -m preprocess split {input.clean:q} \
            --output {output.split:q} --summary {output.summary:q} \
            --settings {params.settings:q} --log {log:q}
        """
