"""From clean text to shards of tokens: vocabulary (count, vocabulary), encode (encode, gather)."""


rule count:
    """Count the symbols of one part of the train split."""
    input:
        clean="data/clean/{corpus}/part-{part}.parquet",
        split="data/split/{corpus}.parquet",
    output:
        counts="data/counts/{corpus}/{unit}/part-{part}.parquet",
    log:
        "results/logs/count/{corpus}/{unit}/part-{part}.log",
    benchmark:
        "results/benchmarks/count/{corpus}/{unit}/part-{part}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.count"),
        settings=lambda wildcards: settings_of("count", wildcards.unit),
    shell:
        """
        exec python -m preprocess count {input.clean:q} {input.split:q} {output.counts:q} \
            --part {wildcards.part} --settings {params.settings:q} --log {log:q}
        """


rule vocabulary:
    """Choose the symbols that get an id, from the counts of all parts."""
    input:
        counts=lambda wildcards: [
            f"data/counts/{wildcards.corpus}/{wildcards.unit}/part-{part}.parquet"
            for part in configuration.corpora[wildcards.corpus].part_names
        ],
        extends=extended_vocabulary,
    output:
        vocabulary="data/vocabulary/{corpus}/{unit}.parquet",
    log:
        "results/logs/vocabulary/{corpus}/{unit}.log",
    benchmark:
        "results/benchmarks/vocabulary/{corpus}/{unit}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.choice"),
        settings=lambda wildcards: settings_of("vocabulary", wildcards.unit),
    shell:
        """
        exec python -m preprocess vocabulary {input.counts:q} --output {output.vocabulary:q} \
            --extends {input.extends:q} --settings {params.settings:q} --log {log:q}
        """


rule encode:
    """Turn one clean part into shards of tokens, one a split."""
    input:
        clean="data/clean/{corpus}/part-{part}.parquet",
        split="data/split/{corpus}.parquet",
        vocabulary="data/vocabulary/{corpus}/{unit}.parquet",
    output:
        train="data/shards/{corpus}/{unit}/train-{part}.parquet",
        valid="data/shards/{corpus}/{unit}/valid-{part}.parquet",
        test="data/shards/{corpus}/{unit}/test-{part}.parquet",
    log:
        "results/logs/encode/{corpus}/{unit}/part-{part}.log",
    benchmark:
        "results/benchmarks/encode/{corpus}/{unit}/part-{part}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.encode"),
    shell:
        """
        exec python -m preprocess encode {input.clean:q} --split {input.split:q} \
            --vocabulary {input.vocabulary:q} --part {wildcards.part} \
            --train {output.train:q} --valid {output.valid:q} --test {output.test:q} \
            --log {log:q}
        """


rule gather:
    """List the shards of all parts in a manifest, with their digests."""
    input:
        shards=lambda wildcards: [
            f"data/shards/{wildcards.corpus}/{wildcards.unit}/{split}-{part}.parquet"
            for split in ("train", "valid", "test")
            for part in configuration.corpora[wildcards.corpus].part_names
        ],
        vocabulary="data/vocabulary/{corpus}/{unit}.parquet",
    output:
        manifest="data/shards/{corpus}/{unit}/manifest.json",
    log:
        "results/logs/gather/{corpus}/{unit}.log",
    benchmark:
        "results/benchmarks/gather/{corpus}/{unit}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("preprocess.shards"),
    shell:
        """
        exec python -m preprocess gather {input.shards:q} --vocabulary {input.vocabulary:q} \
            --output {output.manifest:q} --log {log:q}
        """
