"""The dumps that benchmarks/dump.py makes up."""

import json
import statistics
from collections import Counter
from pathlib import Path

import pytest

from benchmarks import dump

EMBEDDED = Path(__file__).parents[1] / "data/embedded/namuwiki.json"
SIZE = 2_000_000


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("dump") / "dump.json"
    dump.write_dump(path, dump.Pages(json.loads(EMBEDDED.read_bytes()), seed=1), SIZE)
    return path.read_bytes()


def test_a_dump_is_one_line_of_about_the_size_asked_for(written):
    assert b"\n" not in written
    assert SIZE <= len(written) <= SIZE + 20_000


def test_a_dump_has_pages_of_all_kinds(written):
    pages = json.loads(written)
    counts = Counter(page["namespace"] for page in pages)
    shares = {namespace: count / len(pages) for namespace, count in counts.items()}
    assert shares == pytest.approx({0: 0.85, 1: 0.05, 2: 0.06, 3: 0.04}, abs=0.03)
    redirects = sum(page["text"].startswith("#redirect ") for page in pages)
    assert redirects / len(pages) == pytest.approx(0.33, abs=0.05)


def test_articles_are_of_lengths_as_in_a_wiki(written):
    sizes = [
        len(page["text"].encode())
        for page in json.loads(written)
        if page["namespace"] == 0 and not page["text"].startswith("#redirect ")
    ]
    assert statistics.median(sizes) == pytest.approx(dump.MEDIAN_BYTES, rel=0.2)
    assert max(sizes) > 10 * dump.MEDIAN_BYTES


def test_articles_are_sections_of_the_pages_given():
    text = "머리말\n== 하나 ==\n'''가'''\n== 둘 ==\n\"나\"\\"
    records = [
        {"namespace": "0", "title": "쪽", "text": text},
        {"namespace": 0, "title": "넘김", "text": "#넘겨주기 쪽"},
    ]
    pages = json.loads(b"[" + b",".join(dump.Pages(records, seed=1).records(50_000)) + b"]")
    lines = {line for page in pages if page["namespace"] == 0 for line in page["text"].split("\n")}
    assert lines == {"머리말", "== 하나 ==", "'''가'''", "== 둘 ==", '"나"\\', "#redirect 문서 1"}


def test_a_seed_always_makes_the_same_dump(written, tmp_path):
    path = tmp_path / "dump.json"
    records = json.loads(EMBEDDED.read_bytes())
    dump.write_dump(path, dump.Pages(records, seed=1), SIZE)
    assert path.read_bytes() == written
    dump.write_dump(path, dump.Pages(records, seed=2), SIZE)
    assert path.read_bytes() != written


def test_a_dump_without_sections_is_refused():
    with pytest.raises(ValueError, match="no article with a heading"):
        dump.Pages([{"namespace": 0, "title": "쪽", "text": "글"}], seed=1)


def test_seconds_of_all_parts_are_added_up(tmp_path):
    for part, seconds in enumerate(("1.5", "2.25")):
        path = tmp_path / f"wiki/part-{part}.tsv"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t100.0\n", encoding="utf-8")
    assert dump.seconds_of(tmp_path) == 3.75


def test_the_run_in_the_middle_is_shown():
    runs = [dump.Run(1, jobs={0: dump.Job("clean", cpu=cpu)}) for cpu in (3.0, 1.0, 2.0)]
    assert dump.median(runs) is runs[2]
    assert dump.median(runs[:2]) is runs[1]


def test_the_first_megabyte_of_each_job_is_left_out_of_the_time_of_a_megabyte(capsys):
    first = dump.Run(dump.MB, jobs={n: dump.Job(s, 0.5, 1) for n, s in enumerate(dump.STAGES)})
    jobs = {1: dump.Job("read", 1.5, 150_000_000)}
    jobs |= {n: dump.Job("clean", 5.5, n * dump.MB) for n in (200, 210)}
    run = dump.Run(102 * dump.MB, 20.0, 3, jobs, {"read": 2.0, "clean": 12.75})
    dump.say([run], first)
    written = capsys.readouterr().out
    assert "| read | 102 | 1 | 2.0 | 51.0 | 1.5 | 9.9 | 150 |" in written  # 1.0 s of 101 MB
    assert "| clean | 102 | 2 | 12.8 | 8.0 | 11.0 | 100.0 | 210 |" in written  # 10 s of 100 MB
