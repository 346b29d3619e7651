"""What the modules that unpack raise, said in the words of this project."""

import errno
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import py7zr.exceptions as sevenzip

from preprocess.archives.streams import ZstdError

ADVICE = "unpack it yourself, and name the files that come out of it"

DAMAGED = (
    EOFError,
    UnicodeDecodeError,
    lzma.LZMAError,
    sevenzip.ArchiveError,
    struct.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    ZstdError,
)


class DamagedError(ValueError):
    """An archive is cut off or broken; what came out of it before is right as far as is known."""


@contextmanager
def told(path: Path, member: str | None = None) -> Iterator[None]:
    """
    Turn what an archive's modules raise into a ValueError that names the archive and the member.

    Errors of the disk, which have a number, stay such, and name a file; bzip2 says "damaged" by
    one without, and a place far behind the end of the file is an invalid argument.
    """
    where = "" if member is None else f"{member!r}: "
    try:
        yield
    except sevenzip.PasswordRequired as error:
        raise ValueError(f"{path}: has a password; {ADVICE}") from error
    except (NotImplementedError, sevenzip.UnsupportedCompressionMethodError) as error:
        reason = error.message if hasattr(error, "message") else error
        raise ValueError(
            f"{path}: is packed in a way that cannot be read here ({where}{reason}); {ADVICE}"
        ) from error
    except (*DAMAGED, OSError) as error:
        if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
            if error.filename is not None:
                raise
            raise OSError(
                f"{path}: cannot be read, or what comes out of it not be set aside beside it "
                f"({where}{error.strerror})"
            ) from error
        reason = str(error) or type(error).__name__
        raise DamagedError(
            f"{path}: is no whole archive ({where}{reason}); fetch it or make it again"
        ) from error
