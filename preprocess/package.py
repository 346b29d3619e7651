"""A corpus inside a package: the archive found on the package index, fetched as data, never run."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import requests
from packaging.version import InvalidVersion, Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT, DistributionPackage, NoSuchProjectError, PyPISimple

from preprocess.fetch import TIMEOUT, fetch, without_credentials

PIN_RE = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s,;*=<>~!]+)")
SETTING_RE = re.compile(r"global\.([a-z-]+)=('.*'|\".*\")")  # the value as Python spells it
KINDS = ("wheel", "sdist")


@dataclass(frozen=True)
class Package:
    """One archive of one release: which project, version and kind, and its digest where known."""

    project: str
    version: Version
    kind: str
    sha256: str | None

    @classmethod
    def of(cls, source: Mapping[str, Any]) -> "Package":
        """
        Read a `package` source of the config.

        >>> Package.of({"package": "konlpy==0.6.0", "file": "wheel", "sha256": None}).project
        'konlpy'
        """
        pin, kind = source["package"], source["file"]
        match = PIN_RE.fullmatch(pin)
        if match is None:
            raise ValueError(f"package: {pin!r} is not name==version, such as konlpy==0.6.0")
        if kind not in KINDS:
            raise ValueError(f"{pin}: file is {kind!r}; it must be wheel or sdist")
        try:
            version = Version(match[2])
        except InvalidVersion as error:
            raise ValueError(f"package: {pin!r} has no valid version ({error})") from error
        sha256 = source["sha256"]
        return cls(match[1], version, kind, sha256.lower() if sha256 else None)

    def __str__(self) -> str:
        return f"{self.kind} of {self.project}=={self.version}"


@dataclass(frozen=True)
class Published:
    """An archive as the index lists it; `sha256` is the config's, else the index's, else None."""

    name: str
    url: str
    sha256: str | None


@dataclass(frozen=True)
class Index:
    """A package index: its address without credentials, and the credentials apart."""

    address: str
    auth: tuple[str, str] | None
    certificates: str | None

    @classmethod
    def configured(cls) -> "Index":
        """Return the index that pip asks: PIP_INDEX_URL, pip's configuration, or PyPI."""
        settings = _pip_settings()
        url = os.environ.get("PIP_INDEX_URL") or settings.get("index-url") or PYPI_SIMPLE_ENDPOINT
        certificates = os.environ.get("PIP_CERT") or settings.get("cert")
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(
                f"the package index is {without_credentials(url)!r}, which is no http or https "
                "address; set PIP_INDEX_URL"
            )
        user, password = parts.username, parts.password
        auth = None if user is None else (unquote(user), unquote(password or ""))
        host = parts.netloc.rpartition("@")[2]
        return cls(urlunsplit(parts._replace(netloc=host)), auth, certificates)

    def session(self) -> requests.Session:
        """Open a session that trusts pip's certificates, unless REQUESTS_CA_BUNDLE names others."""
        session = requests.Session()
        if self.certificates:
            session.verify = self.certificates
        return session

    def find(self, package: Package) -> Published:
        """
        Look up where an archive lies.

        Raises:
            OSError: the index cannot be reached.
            ValueError: it has no such release or file, or one of another digest only.
        """
        with PyPISimple(self.address, auth=self.auth, session=self.session()) as client:
            try:
                page = client.get_project_page(package.project, timeout=TIMEOUT)
            except NoSuchProjectError:
                raise ValueError(f"{package}: the package index has no such project") from None
            except requests.RequestException as error:
                raise OSError(
                    f"{package}: the package index cannot be read "
                    f"({without_credentials(str(error))}); check the network and run again"
                ) from None
        return _choose(package, page.packages)

    def fetch(self, published: Published, destination: Path) -> str:
        """Fetch an archive, its digest checked, and return the digest; errors as `fetch.fetch`."""
        # The password is the index's: a file that lies on another host must not be told it.
        auth = self.auth if _host(published.url) == _host(self.address) else None
        with self.session() as session:
            return fetch(session, published.url, destination, published.sha256, auth)


def _choose(package: Package, listed: list[DistributionPackage]) -> Published:
    """Pick the one archive that is meant; with several wheels the digest decides."""
    fitting = [
        file
        for file in listed
        if file.package_type == package.kind and _is_version(file.version, package.version)
    ]
    if not fitting:
        raise ValueError(f"{package}: the package index has no such file; check the version")
    wanted = package.sha256
    if wanted is not None:
        named = [file for file in fitting if file.digests.get("sha256", wanted).lower() == wanted]
        if not named:
            found = ", ".join(f"{file.filename} {file.digests['sha256']}" for file in fitting)
            raise ValueError(
                f"{package}: the config says sha256 {wanted}, the package index has {found}; "
                "if that is right, put it in the config"
            )
        fitting = named
    if len(fitting) > 1:
        names = ", ".join(sorted(file.filename for file in fitting))
        raise ValueError(f"{package}: several files fit ({names}); give the sha256 of one")
    file = fitting[0]
    if Path(file.filename).name != file.filename or file.filename.startswith("."):
        raise ValueError(f"{package}: the package index names a file {file.filename!r}")
    return Published(file.filename, file.url, wanted or file.digests.get("sha256"))


def _is_version(listed: str | None, wanted: Version) -> bool:
    try:
        return listed is not None and Version(listed) == wanted
    except InvalidVersion:  # releases older than the rules for versions
        return False


def _host(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port


def _pip_settings() -> dict[str, str]:
    """
    Return the `global` values of pip's configuration files; nothing where pip is missing.

    `pip config get` reads a single file, that of the environment or the user, and so misses the
    mirror of a whole machine: `list` merges them all.
    """
    command = [sys.executable, "-m", "pip", "config", "list"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    matches = map(SETTING_RE.fullmatch, answer.stdout.splitlines())
    return {match[1]: ast.literal_eval(match[2]) for match in matches if match is not None}
