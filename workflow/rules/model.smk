"""From shards to a model, its numbers and its text: train, evaluate, sample."""


rule train:
    """Train a model, or go on with a training that was stopped (see work/)."""
    input:
        shards=of_run("data/shards/{corpus}/{unit}/manifest.json"),
        vocabulary=of_run("data/vocabulary/{corpus}/{unit}.parquet"),
        initial=initial_model,
    output:
        weights="results/{run}/model/model.safetensors",
        config="results/{run}/model/config.json",
        vocabulary="results/{run}/model/vocabulary.parquet",
        sums="results/{run}/model/SHA256SUMS",
        metrics=report(
            "results/{run}/metrics.csv",
            caption="../report/metrics.rst",
            category="Training",
            labels={"run": "{run}", "what": "losses"},
        ),
        record=report(
            "results/{run}/run.json",
            caption="../report/record.rst",
            category="Training",
            labels={"run": "{run}", "what": "record"},
        ),
    log:
        "results/logs/train/{run}.log",
    benchmark:
        "results/benchmarks/train/{run}.tsv"
    conda:
        "../../environment.yml"
    threads: threads_of
    resources:
        gpu=gpus_of,
    params:
        code=code_digest("model.train"),
        settings=lambda wildcards: settings_of("train", wildcards.run),
        initial=initial_flags,
    shell:
        """
        exec python -m model train {input.shards:q} --vocabulary {input.vocabulary:q} \
            --model results/{wildcards.run:q}/model \
            --metrics {output.metrics:q} --record {output.record:q} \
            --work work/{wildcards.run:q} --tensorboard results/{wildcards.run:q}/tensorboard \
            {params.initial:q} --threads {threads} --code {params.code} \
            --settings {params.settings:q} --log {log:q}
        """


rule evaluate:
    """Measure the model and its floor on the test split, in bits per byte."""
    input:
        weights="results/{run}/model/model.safetensors",
        sums="results/{run}/model/SHA256SUMS",
        shards=of_run("data/shards/{corpus}/{unit}/manifest.json"),
        split_summary=of_run("data/split/{corpus}.json"),
    output:
        evaluation=report(
            "results/{run}/evaluation.json",
            caption="../report/evaluation.rst",
            category="Numbers",
            labels={"run": "{run}", "what": "evaluation"},
        ),
    log:
        "results/logs/evaluate/{run}.log",
    benchmark:
        "results/benchmarks/evaluate/{run}.tsv"
    conda:
        "../../environment.yml"
    threads: threads_of
    resources:
        gpu=gpus_of,
    params:
        code=code_digest("model.evaluate"),
        settings=lambda wildcards: settings_of("evaluate", wildcards.run),
    shell:
        """
        exec python -m model evaluate results/{wildcards.run:q}/model \
            --shards {input.shards:q} --split-summary {input.split_summary:q} \
            --output {output.evaluation:q} --settings {params.settings:q} --log {log:q}
        """


rule sample:
    """Write samples for people, and beside them what they are worth."""
    input:
        weights="results/{run}/model/model.safetensors",
        sums="results/{run}/model/SHA256SUMS",
        clean=lambda wildcards: clean_parts(configuration.runs[wildcards.run].corpus),
        split=of_run("data/split/{corpus}.parquet"),
    output:
        text=report(
            "results/{run}/samples.txt",
            caption="../report/samples.rst",
            category="Samples",
            labels={"run": "{run}", "what": "text"},
        ),
        samples=report(
            "results/{run}/samples.json",
            caption="../report/worth.rst",
            category="Samples",
            labels={"run": "{run}", "what": "worth"},
        ),
    log:
        "results/logs/sample/{run}.log",
    benchmark:
        "results/benchmarks/sample/{run}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("model.sample"),
        settings=lambda wildcards: settings_of("sample", wildcards.run),
    shell:
        """
        exec python -m model sample results/{wildcards.run:q} \
            --clean {input.clean:q} --split {input.split:q} \
            --text {output.text:q} --samples {output.samples:q} \
            --settings {params.settings:q} --log {log:q}
        """
