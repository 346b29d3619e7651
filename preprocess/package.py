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

import requests
from packaging.version import InvalidVersion, Version
from pypi_simple import PYPI_SIMPLE_ENDPOINT, DistributionPackage, NoSuchProjectError, PyPISimple

from preprocess.addresses import host_of, shown, split, split_credentials
from preprocess.client import Client, CutError, Sleep, persist, sorted_fault
from preprocess.connections import Session, WatchedSession
from preprocess.fetch import Terms, fetch
from preprocess.transfer import FOUND, Wanted

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
        split(url, f"the package index, {shown(url)}", "; set PIP_INDEX_URL to such a one")
        address, auth = split_credentials(url)
        return cls(address, auth, certificates)

    def find(self, package: Package, terms: Terms, sleep: Sleep) -> Published:
        """
        Look up where an archive lies.

        Raises:
            OSError: the index cannot be reached.
            ValueError: it has no such release or file, or one of another digest only.
        """
        timeout = (terms.timeout, terms.timeout)
        session = WatchedSession(self.certificates)
        with PyPISimple(self.address, auth=self.auth, session=session) as client:

            def attempt() -> list[DistributionPackage]:
                try:
                    return client.get_project_page(package.project, timeout=timeout).packages
                except NoSuchProjectError:
                    raise ValueError(f"{package}: the package index has no such project") from None
                except requests.RequestException as error:
                    raise sorted_fault(error, self.address) from None

            try:
                listed = persist(package.project, attempt, lambda: False, terms.attempts, sleep)
            except (OSError, CutError) as error:
                raise OSError(
                    f"{package}: the package index cannot be read ({error}); "
                    "check the network and run again"
                ) from None
        return _choose(package, listed)

    def fetch(
        self, package: Package, published: Published, destination: Path, terms: Terms, sleep: Sleep
    ) -> str:
        """
        Fetch an archive, its digest checked, and return the digest; errors as `fetch.fetch`.

        Whoever configured the index trusts it to say where its files lie: its own host and the one
        that it names may be private. Where that host sends us on to is judged like any address,
        and so is a step from https to http.
        """
        policy = terms.policy(host_of(self.address), host_of(published.url))
        told_by = "the config" if package.sha256 else "the package index or the last fetch"
        accept = f'put sha256: "{FOUND}" in the source of this corpus'
        wanted = Wanted(published.url, published.sha256, None, told_by, accept)
        with Session(self.certificates) as session:
            client = Client(session, policy, terms.timeout, self.auth, sent_by=self.address)
            return fetch(client, wanted, destination, terms, sleep)


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
                f"{package}: its sha256 should be {wanted}, the package index has {found}; "
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
