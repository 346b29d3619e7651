"""For people: report (one run), summary (all runs), matrix (its runs in one table), export."""


rule report:
    """Draw the page of one run."""
    input:
        evaluation="results/{run}/evaluation.json",
        metrics="results/{run}/metrics.csv",
        vocabulary="results/{run}/model/vocabulary.parquet",
        record="results/{run}/run.json",
        text="results/{run}/samples.txt",
        samples="results/{run}/samples.json",
        documents=of_run("data/documents/{corpus}/manifest.json"),
        cleaning=of_run("data/clean/{corpus}/cleaning.json"),
        split=of_run("data/split/{corpus}.json"),
    output:
        page=report(
            "results/{run}/report.html",
            caption="../report/report.rst",
            category="Pages",
            labels={"run": "{run}", "what": "page"},
        ),
    log:
        "results/logs/report/{run}.log",
    benchmark:
        "results/benchmarks/report/{run}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("model.report"),
        settings=lambda wildcards: settings_of("report", wildcards.run),
        corpora=lambda wildcards: corpus_flags(
            [configuration.runs[wildcards.run].corpus]
        ),
    shell:
        """
        exec python -m model report {output.page:q} --run-folder results/{wildcards.run:q} \
            {params.corpora:q} --settings {params.settings:q} --log {log:q}
        """


rule summary:
    """Draw the page, and write the table, over all target runs."""
    input:
        evaluations=expand("results/{run}/evaluation.json", run=targets),
        metrics=expand("results/{run}/metrics.csv", run=targets),
        vocabularies=expand("results/{run}/model/vocabulary.parquet", run=targets),
        records=expand("results/{run}/run.json", run=targets),
        texts=expand("results/{run}/samples.txt", run=targets),
        samples=expand("results/{run}/samples.json", run=targets),
        documents=expand("data/documents/{corpus}/manifest.json", corpus=target_corpora),
        cleanings=expand("data/clean/{corpus}/cleaning.json", corpus=target_corpora),
        splits=expand("data/split/{corpus}.json", corpus=target_corpora),
    output:
        page=report(
            "results/report.html",
            caption="../report/summary.rst",
            category="Pages",
            labels={"run": "all runs", "what": "page"},
        ),
        table=report(
            "results/summary.csv",
            caption="../report/summary.rst",
            category="Comparisons",
            labels={"runs": "all runs", "what": "table"},
        ),
    log:
        "results/logs/summary.log",
    benchmark:
        "results/benchmarks/summary.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("model.report"),
        settings=lambda wildcards: settings_of("report", *targets),
        folders=expand("results/{run}", run=targets),
        corpora=corpus_flags(target_corpora),
    shell:
        """
        exec python -m model report {output.page:q} --run-folder {params.folders:q} \
            --summary {output.table:q} {params.corpora:q} \
            --settings {params.settings:q} --log {log:q}
        """


rule matrix:
    """Write one table over the runs of a matrix, with mean and spread over its seeds."""
    input:
        evaluations=of_matrix("results/{run}/evaluation.json"),
        records=of_matrix("results/{run}/run.json"),
    output:
        table=report(
            "results/matrices/{matrix}.csv",
            caption="../report/matrix.rst",
            category="Comparisons",
            labels={"runs": "{matrix}", "what": "table"},
        ),
    log:
        "results/logs/matrix/{matrix}.log",
    benchmark:
        "results/benchmarks/matrix/{matrix}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("model.report"),
        settings=lambda wildcards: settings_of("matrix", wildcards.matrix),
        folders=of_matrix("results/{run}"),
    shell:
        """
        exec python -m model matrix {output.table:q} --run-folder {params.folders:q} \
            --settings {params.settings:q} --log {log:q}
        """


rule export:
    """Write a model card, one step of the model as ONNX, and what is needed to use it."""
    input:
        weights="results/{run}/model/model.safetensors",
        sums="results/{run}/model/SHA256SUMS",
        evaluation="results/{run}/evaluation.json",
        samples="results/{run}/samples.json",
        record="results/{run}/run.json",
        split_summary=of_run("data/split/{corpus}.json"),
    output:
        card=report(
            "results/{run}/export/README.md",
            caption="../report/export.rst",
            category="Export",
            labels={"run": "{run}", "what": "card"},
        ),
        step="results/{run}/export/step.onnx",
        vocabulary="results/{run}/export/vocabulary.json",
        example="results/{run}/export/example.py",
    log:
        "results/logs/export/{run}.log",
    benchmark:
        "results/benchmarks/export/{run}.tsv"
    conda:
        "../../environment.yml"
    params:
        code=code_digest("model.export"),
        settings=lambda wildcards: settings_of("export", wildcards.run),
    shell:
        """
        exec python -m model export results/{wildcards.run:q} \
            --split-summary {input.split_summary:q} --output results/{wildcards.run:q}/export \
            --settings {params.settings:q} --log {log:q}
        """
