"""benchmarks/ngram.py: it measures what it says, on a little text."""

import re

from benchmarks import ngram


def test_it_tells_time_memory_and_the_order(tmp_path, monkeypatch, capsys):
    text = tmp_path / "text.txt"
    text.write_text("\n".join(f"사랑 노래 {number} 밤바다" for number in range(600)))
    monkeypatch.setattr("sys.argv", ["ngram", str(text), "--unit", "jamo"])
    ngram.main()
    told = capsys.readouterr().out
    assert re.search(r"MB of jamo, [\d,]+ tokens: .* s to count orders 1 to 20, .* GB\n", told)
    assert re.search(r"order \d+: 0\.\d{3} bits per byte of valid\n", told)
