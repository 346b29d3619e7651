import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess import pieces
from preprocess.choice import build
from preprocess.tables import write_columns
from preprocess.tallies import COUNTS
from preprocess.units import code_points_of
from preprocess.vocabulary import Vocabulary

PRETOKENS = {" 나라": 20, " 나라를": 9, " 우리나라": 7, "우리": 5, " 말": 5, "\n": 3}


@pytest.fixture(scope="module", params=["unigram", "bpe"])
def path(request, tmp_path_factory):
    """A vocabulary of subwords."""
    folder = tmp_path_factory.mktemp("pieces")
    characters = [(character, "character", 50) for character in sorted(set("".join(PRETOKENS)))]
    rows = [("<end>", "end", 1), *characters]
    rows += [(pretoken, "pretoken", count) for pretoken, count in sorted(PRETOKENS.items())]
    write_columns(folder / "counts.parquet", COUNTS, list(zip(*rows, strict=True)))
    settings = {"kind": "subword", "max_size": 280, "method": request.param}
    build(settings, [folder / "counts.parquet"], folder / "v.parquet")
    return folder / "v.parquet"


@pytest.fixture(scope="module")
def vocabularies(path):
    """The vocabulary twice: what each remembers is its own."""
    return Vocabulary.load(path), Vocabulary.load(path)


@given(
    texts=st.lists(
        st.lists(st.sampled_from([*PRETOKENS, " ", "나라", "를", "漢", " 라를"])).map("".join)
    )
)
def test_what_is_remembered_has_no_effect(vocabularies, texts):
    remembering, forgetful = vocabularies
    ids = [remembering.encode(text).tolist() for text in texts]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "MOST_KNOWN", 2)
        assert [forgetful.encode(text).tolist() for text in texts] == ids
        bounds = np.cumsum([0, *map(len, texts)])
        joined, ends = forgetful.encode_stretches(code_points_of("".join(texts)), bounds)
    assert joined.tolist() == [token for row in ids for token in row]
    assert ends.tolist() == np.cumsum([0, *map(len, ids)]).tolist()


def test_no_piece_joins_two_pretokens(vocabularies):
    vocabulary, _ = vocabularies
    ids = vocabulary.encode("우리나라 나라 나라를 말\n\n")
    symbols = [vocabulary.symbols[token] for token in ids]
    assert "".join(symbols) == "우리나라 나라 나라를 말\n\n"
    assert all(" " not in symbol[1:] for symbol in symbols)
    assert max(map(len, symbols)) > 1
