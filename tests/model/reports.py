"""Folders of runs, and the counts of corpora, as the stages write them: what reports read."""

import json
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from preprocess.files import write_json
from preprocess.units import make_unit
from preprocess.vocabulary import Vocabulary

HOSTILE = "</script><script>alert(1)</script> & \"'<!-- {{ 7*7 }} \u2028"
HEADER = "step,epoch,tokens,seconds,learning_rate,train_bits_per_byte,valid_bits_per_byte\n"
SETTINGS = {
    "runs": {"bare": {"corpus": "ballad", "unit": "byte"}},
    "units": {
        "jamo": {"kind": "jamo", "min_count": 2, "extends": None},
        "words": {"kind": "word", "max_size": 900, "extends": "novel/words"},
    },
    "corpora": {
        "ballad": {
            "about": "노래 600곡",
            "language": "ko",
            "licence": "CC0-1.0",
            "source": {"files": ["songs/*.txt"]},
        }
    },
}


def row(bits: float) -> dict:
    return {
        "bits_per_byte": bits,
        "bits_per_character": bits * 2.5,
        "nats_per_character": bits * 2.5 * math.log(2),
        "perplexity_per_token": 2**bits,
        "given": "train",
    }


def evaluation(run: str, rnn: float = 1.5, ngram: float = 1.75, text: str = "ab" * 32) -> dict:
    return {
        "run": run,
        "corpus": "ballad",
        "unit": "jamo",
        "text_sha256": text,
        "bytes": 61_000,
        "characters": 26_000,
        "documents": 60,
        "tokens": 53_000,
        "parameters": 412_345,
        "models": {"rnn": row(rnn), "ngram": row(ngram)},
        "unseen_lines": {
            "lines": 90,
            "all_lines": 100,
            "bytes": 55_000,
            "bits_per_byte": {"ngram": 1.85, "rnn": 1.625},
        },
        "leaks": {},
    }


def samples(
    *texts: str, prompt: str = "", copies: Sequence[dict] = (), temperatures=(0.8,)
) -> dict:
    """Samples alike at each temperature, with the same copies in each."""
    known = {"characters": 900, "lines": 8, "lines_in_train": 2, "lines_in_train_share": 0.25}
    measures = {**known, "longest_copy": 31, "copied_12": 0.125, "broken_syllables": 0}
    return {
        "settings": {"temperatures": list(temperatures), "top_k": 0, "seed": 1, "prompt": prompt},
        "samples": [
            {
                "prompt": prompt,
                "text": text,
                "seed": 1,
                "index": index,
                "settings": {"temperature": temperature},
                "score": 1.234,
                "novelty": known,
                "copies": list(copies),
            }
            for temperature in temperatures
            for index, text in enumerate(texts)
        ],
        "worth": [{"temperature": temperature, **measures} for temperature in temperatures],
        "human": {**measures, "longest_copy": 17, "copied_12": 0.0625},
    }


def metrics(rows: int = 20) -> str:
    lines = [
        f"{n},{n / 10},{n * 512},{n * 1.5},0.004,{4 - 2 * n / rows:.4f},{4.1 - 2 * n / rows:.4f}\n"
        for n in range(1, rows + 1)
    ]
    return HEADER + "".join(lines)


def make_run(folder: Path, **changes) -> Path:
    """Write a whole run folder; a file given as None is left out."""
    files = {
        "evaluation.json": evaluation(folder.name),
        "metrics.csv": metrics(),
        "samples.txt": "=== sample 1 ===\n사랑\n",
        "samples.json": samples("사랑했던 그대\n안녕"),
        "run.json": {
            "model": {"cell": "lstm", "layers": 1, "hidden": 256},
            "preset": {"name": "medium", "why": "so many bytes"},
            "seconds": 245.2,
            "device": "cpu",
            "inputs_sha256": {"train": "cd" * 32},
            "versions": {"torch": "2.13.0"},
        },
        **changes,
    }
    (folder / "model").mkdir(parents=True)
    vocabulary = files.pop("vocabulary", VOCABULARY)
    if vocabulary is not None:
        vocabulary.save(folder / "model" / "vocabulary.parquet")
    for name, content in files.items():
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def a_vocabulary(kind: str, *symbols: str, **counts: int) -> Vocabulary:
    """Make a vocabulary of a unit; `counts` are those of symbols, all others were never written."""
    vocabulary = Vocabulary(make_unit({"kind": kind}), symbols, np.zeros(0, np.int64))
    vocabulary.counts = np.array([counts.get(symbol, 0) for symbol in vocabulary.symbols])
    return vocabulary


VOCABULARY = a_vocabulary("syllable", " ", "\n", "가", "<", **{" ": 50, "가": 40, "<0xEA>": 10})


def make_corpus(folder: Path, excerpt: str = "ﾀ") -> tuple[Path, Path, Path]:
    sizes = {"documents": 1, "stretches": 1, "characters": 10, "bytes": 25}
    return write_corpus(
        folder,
        {
            "manifest.json": {
                "documents": 600,
                "characters": 255_399,
                "encodings": {"utf-8": 598, "cp949": 2},
                "skipped": {"empty": 3},
                "files": [],
            },
            "cleaning.json": {
                "documents": {"in": 600, "out": 600},
                "characters": {"in": 255_399, "out": 255_001},
                "dropped": {"short": {"documents": 4, "characters": 17}},
                "changed": {"nfc": {"documents": 9, "characters": 381}},
                "excerpts": [
                    {"document_id": "1.txt", "reason": "nfc", "before": excerpt, "after": "가"}
                ],
            },
            "split.json": {
                "method": "hash",
                "sizes": {
                    "train": {**sizes, "bytes": 75},
                    "valid": sizes,
                    "test": {**sizes, "bytes": 0},
                },
                "duplicates": {"exact_groups": 1, "exact_documents": 2},
                "leaks": {"test": {"lines": 40, "lines_in_train": 4, "bytes": 900, "share": 0.125}},
            },
        },
    )


def write_corpus(folder: Path, files: dict[str, dict]) -> tuple[Path, Path, Path]:
    for name, content in files.items():
        write_json(folder / name, content)
    return tuple(folder / name for name in ("manifest.json", "cleaning.json", "split.json"))


def leak(lines: float, spans: float) -> dict:
    """What preprocess.leaks counts for a split of which train has these shares."""
    return {
        "lines": 1000,
        "lines_in_train": round(1000 * lines),
        "bytes": 61_000,
        "bytes_in_train": 1234,
        "share": 0.0202,
        "eojeol_8grams": 5000,
        "eojeol_8grams_in_train": 250,
        "eojeol_8grams_share": 0.05,
        "characters": 26_000,
        "characters_in_spans_12": 7800,
        "spans_12_share": 0.3,
        "characters_in_spans_40": round(26_000 * spans),
        "spans_40_share": spans,
    }


def whole_corpus(word: str = "사랑", files: int = 60) -> dict[str, dict]:
    """The files of a corpus as its stages write them now; `word` stands wherever a text may."""
    size = {"documents": 481, "stretches": 481, "characters": 204_000, "bytes": 470_000}
    unseen = {"types": 3976, "unseen_types": 1429, "tokens": 8457, "unseen_tokens": 1604}
    entry = {"bytes": 900, "encoding": "utf-8", "confidence": 1.0, "documents": 1}
    faults = {"replaced_bytes": 0, "truncated": 0, "boms": 0, "recomposed": 0}
    told = [{**entry, **faults, "name": f"{word}-{n}.txt"} for n in range(files)]
    told[1] |= {
        "encoding": "cp949",
        "confidence": 0.93,
        "replaced_bytes": 7,
        "wrong_bytes": [{"offset": 1204}, {"offset": 2204}],
        "lines": {"cp949": 88, "utf-8": 3},
    }
    return {
        "manifest.json": {
            "documents": 600,
            "characters": 255_399,
            "bytes": 614_000,
            "cut": 2,
            "encodings": {"utf-8": files - 1, "cp949": 1},
            "skipped": {word: 3, "redirect": 41},
            "namespaces": {"0": 630, "1": 1204, "": 9, word: 2},
            "files": told,
            "replaced_bytes": 7,
            "boms": 0,
            "warnings": [f"{word}: 7 bytes are wrong"],
        },
        "cleaning.json": {
            "documents": {"in": 600, "out": 597},
            "characters": {"in": 255_399, "out": 255_001},
            "dropped": {word: {"documents": 4, "characters": 17}},
            "changed": {"duplicate_lines": {"documents": 9, "characters": 381, "lines": 33}},
            "excerpts": [{"document_id": word, "reason": word, "before": word, "after": word}],
            "scripts": {"hangul": 700, "hanja": 1, "latin": 0, "others": 299},
            "replacements": {"documents": 1, "characters": 7},
            "mojibake": {"documents": 0, "characters": 0},
            "namumark": {
                "characters": {"in": 500_000, "out": 300_000},
                "dropped": {
                    "footnotes": {"count": 40, "characters": 2000},
                    "tables": {"count": 3100, "characters": 90_000},
                    word: {"count": 1, "characters": 31},
                },
                "residue": {
                    "bytes": 800_000,
                    "count": 10,
                    "per_mb": 12.5,
                    "tokens": {
                        "[[": {"count": 3, "per_mb": 3.75},
                        "]]": {"count": 3, "per_mb": 3.75},
                        word: {"count": 4, "per_mb": 5.0},
                    },
                },
                "worst": [
                    {
                        "document_id": f"{word}:7",
                        "title": word,
                        "count": 10,
                        "per_mb": 1234.567,
                        "tokens": {"[[": 3, "]]": 3, word: 4},
                        "before": f"before {word}",
                        "after": f"after {word}",
                    }
                ],
            },
            "warnings": [f"the corpus is {word}", f"{word}: 7 bytes are wrong"],
        },
        "split.json": {
            "method": "hash",
            "sizes": dict.fromkeys(("train", "valid", "test", "left_out"), size),
            "duplicates": {
                "exact_groups": 2,
                "exact_documents": 5,
                "near_threshold": 0.8,
                "near_pairs": 7,
                "near_documents": 9,
                "left_out_documents": 11,
                "left_out": [{"document_id": word, "like": word, "similarity": 0.875}],
                "lines": {
                    "lines": 11_820,
                    "distinct": 9011,
                    "repeated_inside": 2401,
                    "repeated_across": 408,
                },
            },
            "leaks": {"valid": leak(0.02, 0.003), "test": leak(0.34, 0.21)},
            "statistics": {
                "documents": 597,
                "characters": 255_002,
                "bytes": 613_000,
                "eojeol": 72_089,
                "distinct_eojeol": 18_166,
                "distinct_characters": 1170,
                "distinct_syllables": 1167,
                "scripts": {"hangul": 702, "hanja": 1, "latin": 0, "others": 297},
                "lengths": [[200, 3], [500, 590], [1000, 4]],
                "top_characters": [["이", 5846], ["<", 17]],
                "top_eojeol": [[word, 1190], ["그", 932]],
                "zipf": {
                    "characters": [[1, 5846], [2, 5309], [10, 3184], [1165, 1]],
                    "eojeol": [[1, 1190], [2, 932], [10, 274], [100, 71], [18_166, 1]],
                },
                "out_of_vocabulary": {
                    "characters": {**unseen, "share": 0.0006},
                    "eojeol": {**unseen, "share": 0.19},
                },
                "approximate": True,
                "undercount": 6,
            },
        },
    }
