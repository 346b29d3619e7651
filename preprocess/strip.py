"""Command `strip`: pages of namumark to text, for people."""

import io
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from preprocess import namumark
from preprocess.decoding import read_text
from preprocess.files import write_json
from preprocess.given import STDIN, bytes_of, name_of
from preprocess.markup import Markup

logger = logging.getLogger("geulteul")


def strip(
    files: Sequence[Path], options: namumark.Options, output: BinaryIO, counts: Path | None
) -> None:
    """
    Write the texts of some pages, in their order, in UTF-8, each with a line feed at its end.

    A page without text, such as a redirect, adds nothing.

    Args:
        files: one page each, in any encoding that can be told; `-` is stdin.
        options: what becomes of the constructs about which tastes differ.
        output: where the texts go.
        counts: JSON to write: what was dropped and what markup is left, as in cleaning.json.

    Raises:
        OSError: a file cannot be read.
        ValueError: a file is no text, the pages before it are written; or `counts` is `-`.
    """
    if counts == STDIN:
        raise ValueError("--counts: - is no file; name the one to write")
    told = Markup()
    for file in files:
        name = name_of(file)
        page, warnings = read_text(io.BytesIO(bytes_of(file)), name)
        for warning in warnings:
            logger.warning("%s", warning)
        stripped = namumark.strip(page, options)
        told.count(name, "", page, stripped)
        text = stripped.text.rstrip("\n")
        if text:
            output.write(f"{text}\n".encode())
    output.flush()
    if counts is not None:
        write_json(counts, told.as_dict())
