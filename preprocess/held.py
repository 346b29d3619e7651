"""Files that are here already, so that nothing is fetched twice: in this folder or another's."""

import logging
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
        for path in (*self._here_with(sha256, name), *self._elsewhere.get(sha256, ())):
            wanted = self.folder / (name or path.name)
            if path == wanted:
                return wanted.name if name is None else name
            # What a manifest says may have ceased to be true, and so may what was found here.
            if path.is_file() and sha256_of(path) == sha256:
                logger.info("%s: linked from %s", wanted, path)
                link_or_copy(path, wanted)
                return wanted.name if name is None else name
        return None

    def recorded(self, origin: str) -> str | None:
        """Return the SHA-256 of what was fetched from an origin the last time."""
        return self._recorded.get(origin)

    def record(self, name: str, origin: str, sha256: str) -> None:
        """Note where a file of the folder is from; nothing is written if that stands there."""
        path = record_of(self.folder / name)
        size = (self.folder / name).stat().st_size
        content = {"origin": origin, "sha256": sha256, "bytes": size}
        if not path.is_file() or read_json(path) != content:
            write_json(path, content)

    @cached_property
    def _recorded(self) -> dict[str, str]:
        """Digests of what was fetched before, by where from."""
        paths = sorted(self.folder.rglob(RECORD.format(name="*")), reverse=True)
        records = map(read_json, paths)
        return {record["origin"]: record["sha256"] for record in records}  # the first path's counts

    @cached_property
    def _here(self) -> dict[str, list[Path]]:
        """The files in the folder as it was found, by their digest."""
        found: dict[str, list[Path]] = {}
        for path in sorted(self.folder.rglob("*")):
            if path.is_file() and not path.name.startswith(".") and not is_part(path.name):
                found.setdefault(sha256_of(path), []).append(path)
        return found

    def _here_with(self, sha256: str, name: str | None) -> list[Path]:
        """Return the files here with these bytes, the one of that name first."""
        paths = self._here.get(sha256, [])
        return sorted(paths, key=lambda path: name is None or path != self.folder / name)

    @cached_property
    def _elsewhere(self) -> dict[str, list[Path]]:
        """The files that other corpora's manifests list, by their digest."""
        found: dict[str, list[Path]] = {}
        for manifest in sorted(self.folder.parent.glob("*/manifest.json")):
            if manifest.parent != self.folder:
                for entry in read_json(manifest)["files"]:
                    path = manifest.parent / entry["name"]
                    found.setdefault(entry["sha256"], []).append(path)
        return found


def record_of(destination: Path) -> Path:
    """Return where it stands where a file is from."""
    return destination.with_name(RECORD.format(name=destination.name))


def is_part(name: str) -> bool:
    """Tell whether a name is that of a file which has not come whole, or of notes on one."""
    return name.endswith((".part", ".part.json"))
