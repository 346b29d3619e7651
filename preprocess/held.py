"""Files that are here already, so that nothing is fetched twice: in this folder or another's."""

import logging
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from preprocess.files import link_or_copy, read_json, sha256_of, write_json

RECORD = ".{name}.fetched.json"  # hidden: no file of the corpus, and never read as one

logger = logging.getLogger("geulteul")


class Held:
    """
    The files in the folder of a corpus, and those that other corpora list, by their bytes.

    A record beside each fetched file, `.NAME.fetched.json`, says where from and which bytes they
    were: `{"origin", "sha256", "bytes"}`. With it a file whose digest is not in the config is
    known again, and one that has changed where it lies is noticed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, sha256: str, name: str | None = None) -> str | None:
        """
        Have the file with these bytes in the folder, without a request; None if none is held.

        Args:
            sha256: of its bytes, in hexadecimal.
            name: what it must be called; None to keep the name that it has.
        """
        for path in (*self._here_with(sha256, name), *self._listed(sha256)):
            wanted = self.folder / (name or path.name)
            if path == wanted:
                return wanted.name if name is None else name
            # Once more: it may have been replaced since.
            if path.is_file() and sha256_of(path) == sha256:
                logger.info("%s: linked from %s", wanted, path)
                link_or_copy(path, wanted)
                return wanted.name if name is None else name
        return None

    def recorded(self, origin: str) -> str | None:
        """Return the SHA-256 of what was fetched from an origin the last time."""
        for path in sorted(self.folder.rglob(RECORD.format(name="*"))):
            record = read_json(path)
            if record["origin"] == origin:
                return str(record["sha256"])
        return None

    def record(self, name: str, origin: str, sha256: str) -> None:
        """Note where a file of the folder is from; nothing is written if that stands there."""
        path = record_of(self.folder / name)
        size = (self.folder / name).stat().st_size
        content = {"origin": origin, "sha256": sha256, "bytes": size}
        if not path.is_file() or read_json(path) != content:
            write_json(path, content)

    @cached_property
    def _here(self) -> dict[Path, str]:
        """Digests of the files in the folder as it was found."""
        return {
            path: sha256_of(path)
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.startswith(".") and not is_part(path.name)
        }

    def _here_with(self, sha256: str, name: str | None) -> list[Path]:
        """Return the files here with these bytes, the one of that name first."""
        paths = [path for path, digest in self._here.items() if digest == sha256]
        return sorted(paths, key=lambda path: name is None or path != self.folder / name)

    def _listed(self, sha256: str) -> Iterator[Path]:
        """Yield the files that other corpora's manifests list with this digest."""
        for manifest in sorted(self.folder.parent.glob("*/manifest.json")):
            # What this folder's own manifest says of its files may have ceased to be true.
            for entry in read_json(manifest)["files"] if manifest.parent != self.folder else []:
                path = manifest.parent / entry["name"]
                if entry["sha256"] == sha256 and path.is_file():
                    yield path


def record_of(destination: Path) -> Path:
    """Return where it stands where a file is from."""
    return destination.with_name(RECORD.format(name=destination.name))


def is_part(name: str) -> bool:
    """Tell whether a name is that of a file which has not come whole, or of notes on one."""
    return name.endswith((".part", ".part.json"))
