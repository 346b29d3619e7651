"""Archives give back what was packed, and nothing else: hostile, damaged and lying ones too."""

import bz2
import errno
import functools
import gzip
import io
import lzma
import random
import struct
import tarfile
import tracemalloc
import zipfile
import zlib
from contextlib import ExitStack
from dataclasses import dataclass

import inflate64
import py7zr
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from backports import zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from preprocess.archives import DamagedError, Limits, Patterns, open_archive, sevenzip, tars
from preprocess.archives.kinds import kind_of
from preprocess.sources import nfc, short_names

LIMITS = Limits(max_bytes=1 << 30, max_ratio=200)
COMPRESS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=1),
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE, preset=1),
    "zst": zstd.compress,
}
ZIP_METHODS = {"stored": 0, "deflate": 8, "deflate64": 9, "bzip2": 12, "lzma": 14, "zstd": 93}
FAST = [{"id": py7zr.FILTER_LZMA2, "preset": 0}]
FORMS = [*(f"{m}.zip" for m in ZIP_METHODS), "tar", *(f"tar.{m}" for m in COMPRESS), "7z"]


@dataclass
class Entry:
    """A member of a zip file made by hand: what Windows and the hostile write."""

    name: bytes
    data: bytes = "사랑".encode()
    method: int = 0
    flags: int = 0
    mode: int = 0
    extra: bytes = b""
    size: int | None = None  # what the directory says, where it lies


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def deflate64(data):
    packer = inflate64.Deflater()
    return packer.deflate(data) + packer.flush()


def zip_lzma(data):
    filters = [{"id": lzma.FILTER_LZMA1, "preset": 6}]
    parameters = struct.pack("<BI", 93, 1 << 23)
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    return struct.pack("<BBH", 9, 20, 5) + parameters + packed


PACK = {
    0: bytes,
    8: deflate,
    9: deflate64,
    12: bz2.compress,
    14: zip_lzma,
    93: zstd.compress,
    95: lzma.compress,
}


def zip_of(entries, volume=0):
    """Make the bytes of a zip file (APPNOTE.TXT 4.3)."""
    body, directory = io.BytesIO(), io.BytesIO()
    for entry in entries:
        packed = PACK.get(entry.method, bytes)(entry.data)
        size = len(entry.data) if entry.size is None else entry.size
        crc = zlib.crc32(entry.data)
        sizes = (crc, len(packed), size, len(entry.name), len(entry.extra))
        common = struct.pack("<HHHHHIIIHH", 20, entry.flags, entry.method, 0, 33, *sizes)
        where = struct.pack("<HHHII", 0, volume, 0, entry.mode << 16, body.tell())
        directory.write(b"PK\x01\x02\x14\x03" + common + where + entry.name + entry.extra)
        body.write(b"PK\x03\x04" + common + entry.name + entry.extra + packed)
    listing, count = directory.getvalue(), len(entries)
    sizes = (len(listing), body.tell(), 0)
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", volume, volume, count, count, *sizes)
    return body.getvalue() + listing + end


def tar_of(members, form=tarfile.PAX_FORMAT):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sevenzip_of(members, filters=FAST, **options):
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=filters, **options) as archive:
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def pack(form, members):
    if form.endswith(".zip"):
        method = ZIP_METHODS[form.removesuffix(".zip")]
        return zip_of([Entry(n.encode(), data, method, 0x800) for n, data in members.items()])
    if form == "7z":
        return sevenzip_of(members)
    packed = tar_of(members)
    return packed if form == "tar" else COMPRESS[form.removeprefix("tar.")](packed)


def written(folder, name, data):
    path = folder / name
    path.write_bytes(data)
    return path


def opened(path, patterns=None, limits=LIMITS, then=None):
    """Open an archive, and give names and what is in them (or what `then` says of each)."""
    wanted = None if patterns is None else Patterns(patterns)
    with ExitStack() as archives:
        members = open_archive(path, path.name, wanted, limits, archives)
        found = []
        for member in members:
            with member.opener() as stream:
                found.append((member.name, then(member, stream) if then else stream.read()))
        return found


def contents(folder, name, data, patterns=None, limits=LIMITS):
    return opened(written(folder, name, data), patterns, limits)


def left(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


DATA = st.binary(max_size=300) | st.binary(max_size=30).map(lambda data: data * 1000)


@st.composite
def trees(draw):
    """Names of files, none of which is a folder of another, and their contents."""
    numbers = range(draw(st.integers(1, 4)))
    stems = st.text("ab가힣é漢 -", max_size=4)
    return {nfc(f"{draw(stems)}{n}/x{draw(stems)}.txt"): draw(DATA) for n in numbers}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("archives")


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=25)
@given(members=trees())
def test_what_was_packed_comes_back_in_order(place, form, members):
    found = contents(place, f"a.{form}", pack(form, members))
    assert found == list(zip(short_names(list(members)), members.values(), strict=True))


@pytest.mark.parametrize("method", COMPRESS)
@settings(max_examples=25)
@given(parts=st.lists(DATA, min_size=1, max_size=3), zeros=st.sampled_from([0, 4, 512]))
def test_a_compressed_file_is_one_member_of_all_its_streams(place, method, parts, zeros):
    if method == "lzma":  # has one stream by its definition
        parts, zeros = parts[:1], 0
    packed = bytes(zeros).join(map(COMPRESS[method], parts)) + bytes(zeros)
    path = written(place, f"노래.txt.{method}", packed)
    assert opened(path, then=lambda member, stream: (member.size, stream.read())) == [
        ("노래.txt", (sum(map(len, parts)), b"".join(parts)))
    ]


@pytest.mark.parametrize("form", [*FORMS, *COMPRESS])
@settings(max_examples=15)
@given(data=st.data())
def test_a_member_can_be_sought_as_a_file_can(place, form, data):
    content = random.Random(1).randbytes(5000) * 3
    packed = COMPRESS[form](content) if form in COMPRESS else pack(form, {"x/a.txt": content})
    path = written(place, f"b.{form}", packed)
    steps = st.tuples(st.sampled_from([0, 1, 2]), st.integers(0, 15000), st.integers(0, 9000))
    steps = data.draw(st.lists(steps, max_size=6))

    def walk(stream):
        for whence, offset, size in steps:
            if whence == 0:
                stream.seek(offset)
            elif whence == 1:
                stream.seek(-min(offset, stream.tell()), 1)
            else:
                stream.seek(-offset, 2)
            yield stream.tell(), stream.read(size)

    ours = opened(path, then=lambda _, stream: list(walk(stream)))[0][1]
    assert ours == list(walk(io.BytesIO(content)))


@pytest.mark.parametrize("form", FORMS)
def test_members_are_chosen_by_pattern_whatever_the_archives_name(tmp_path, form):
    members = {"p/a.txt": b"one", "p/q/b.txt": b"two", "p/c.md": b"three"}
    path = written(tmp_path, "noname", pack(form, members))
    assert opened(path, ["*.txt"]) == [("a.txt", b"one"), ("q/b.txt", b"two")]
    with pytest.raises(ValueError, match=r"no member fits '\*\.json'; it has p/a\.txt, p/q/b"):
        opened(path, ["*.json"])
    assert left(tmp_path) == ["noname"]


@pytest.mark.parametrize("form", ["stored.zip", "tar.gz", "7z"])
def test_what_desktops_leave_is_no_text(tmp_path, form):
    hidden = {"__MACOSX/p/._a.txt": b"\0", "p/.DS_Store": b"\0", "p/.git/a.txt": b"\0"}
    path = written(tmp_path, f"a.{form}", pack(form, {**hidden, "p/a.txt": b"one"}))
    assert opened(path) == [("a.txt", b"one")]
    assert opened(path, ["*.txt"]) == [("a.txt", b"one")]
    assert opened(path, [".git/*.txt"]) == [("a.txt", b"\0")]
    empty = written(tmp_path, f"b.{form}", pack(form, hidden))
    with pytest.raises(ValueError, match="holds no file to read; it has __MACOSX"):
        opened(empty)


@pytest.mark.parametrize("form", ["deflate.zip", "tar", "tar.zst", "7z", "xz"])
def test_parquet_is_read_out_of_an_archive(tmp_path, form):
    table = pa.table({"text": [f"{n} 사랑" for n in range(5000)], "number": list(range(5000))})
    buffer = io.BytesIO()
    pq.write_table(table, buffer, row_group_size=500)
    data = buffer.getvalue()
    packed = COMPRESS[form](data) if form in COMPRESS else pack(form, {"a.parquet": data})
    path = written(tmp_path, f"a.parquet.{form}", packed)
    ((name, found),) = opened(path, then=lambda _, stream: pq.ParquetFile(stream).read())
    assert name == "a.parquet"
    assert found.equals(table)


# Names that point outside.

HOSTILE = ["../evil.txt", "a/../../evil.txt", "/evil.txt", "C:/evil.txt", "..\\evil.txt", "\\evil"]


def plain_sevenzip(members):
    """Make a 7z file whose header is not packed."""
    buffer = io.BytesIO()
    with py7zr.SevenZipFile(buffer, "w", filters=FAST) as archive:
        archive.set_encoded_header_mode(False)
        for name, data in members.items():
            archive.writestr(data, name)
    return buffer.getvalue()


def patched_sevenzip(members, old, new):
    """Change bytes of a 7z file's header."""
    packed = plain_sevenzip(members)
    offset = struct.unpack("<Q", packed[12:20])[0]
    header = packed[32 + offset :]
    assert header.count(old) == 1
    assert len(old) == len(new)
    return with_check_sums(packed[: 32 + offset] + header.replace(old, new))


def with_check_sums(packed):
    """Make the check sums right over a 7z file's header (7zFormat.txt)."""
    offset, size = struct.unpack("<QQ", packed[12:28])
    header = packed[32 + offset : 32 + offset + size]
    start = struct.pack("<QQI", offset, size, zlib.crc32(header))
    return (
        packed[:8]
        + struct.pack("<I", zlib.crc32(start))
        + start
        + packed[32 : 32 + offset]
        + header
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_fault_34_a_name_that_points_outside_refuses_the_archive(tmp_path, monkeypatch, name):
    inner = tmp_path / "in"
    inner.mkdir()
    monkeypatch.chdir(inner)
    stand_in = "x" * len(name)
    packed = {
        "a.zip": zip_of([Entry(b"a.txt"), Entry(name.encode())]),
        "a.tar": tar_of({"a.txt": b"a", name: b"evil"}),
        "a.tar.gz": gzip.compress(tar_of({"a.txt": b"a", name: b"evil"})),
        "a.7z": patched_sevenzip(
            {"a.txt": b"a", stand_in: b"evil"},
            stand_in.encode("utf-16-le"),
            name.encode("utf-16-le"),
        ),
    }
    for archive, data in packed.items():
        for patterns in (None, ["a.txt"]):  # though it is not asked for
            with pytest.raises(ValueError, match=r"has a member named .*, which points outside"):
                contents(inner, archive, data, patterns)
    assert left(tmp_path) == ["in", *(f"in/{archive}" for archive in sorted(packed))]


def test_fault_34_a_name_with_a_nul_refuses_the_archive(tmp_path):
    with pytest.raises(ValueError, match=r"a member named 'a\.txt\\x00\.exe', which points"):
        contents(tmp_path, "a.zip", zip_of([Entry(b"a.txt\0.exe")]))


SPECIAL = {
    tarfile.SYMTYPE: "a symbolic link",
    tarfile.LNKTYPE: "a hard link",
    tarfile.CHRTYPE: "a device",
    tarfile.BLKTYPE: "a device",
    tarfile.FIFOTYPE: "a pipe",
}


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.parametrize("name", ["a.tar", "a.tar.xz"])
def test_fault_34_links_and_devices_in_a_tar_are_refused(tmp_path, kind, name):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        info = tarfile.TarInfo("p/link.txt")
        info.type, info.linkname = kind, "/etc/passwd"
        archive.addfile(info)
        plain = tarfile.TarInfo("p/a.txt")
        plain.size = 3
        archive.addfile(plain, io.BytesIO(b"one"))
    data = buffer.getvalue() if name == "a.tar" else lzma.compress(buffer.getvalue())
    with pytest.raises(ValueError, match=f"'p/link.txt' is {SPECIAL[kind]}, no ordinary file"):
        contents(tmp_path, name, data)
    assert contents(tmp_path, name, data, ["a.txt"]) == [("a.txt", b"one")]  # it is not asked for


@pytest.mark.parametrize(("mode", "words"), [(0o120777, "a symbolic link"), (0o010644, "a device")])
def test_fault_34_links_and_devices_in_a_zip_are_refused(tmp_path, mode, words):
    data = zip_of([Entry(b"link.txt", b"/etc/passwd", mode=mode), Entry(b"a.txt", mode=0o100644)])
    with pytest.raises(ValueError, match=f"'link.txt' is {words}"):
        contents(tmp_path, "a.zip", data)
    assert contents(tmp_path, "a.zip", data, ["a.txt"]) == [("a.txt", "사랑".encode())]


def test_fault_34_a_link_in_a_7z_is_refused(tmp_path):
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    with py7zr.SevenZipFile(tmp_path / "a.7z", "w") as archive:
        archive.write(tmp_path / "link.txt", "link.txt")
        archive.writestr(b"one", "a.txt")
    with pytest.raises(ValueError, match=r"'link\.txt' is a symbolic link"):
        opened(tmp_path / "a.7z")
    assert opened(tmp_path / "a.7z", ["a.txt"]) == [("a.txt", b"one")]


# Bombs.

ZEROS = bytes(50_000_000)
BOMBS = ["deflate.zip", "bzip2.zip", "zstd.zip", "tar.gz", "tar.xz", "7z", *COMPRESS]


@pytest.fixture(scope="module")
def bombs(place):
    """Fifty million zeros, packed in every way."""
    made = {}
    for form in BOMBS:
        data = COMPRESS[form](ZEROS) if form in COMPRESS else pack(form, {"x/a.txt": ZEROS})
        made[form] = written(place, f"bomb.{form}", data)
    return made


@pytest.mark.parametrize("form", BOMBS)
def test_fault_35_a_bomb_is_refused_by_its_ratio(bombs, form):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=r"200 bytes per packed byte \(archive\.max_ratio\)"):
            opened(bombs[form], limits=Limits(max_bytes=1 << 40, max_ratio=200))
        assert tracemalloc.get_traced_memory()[1] < 25 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("form", BOMBS)
def test_fault_35_a_bomb_is_refused_by_its_size(bombs, form):
    with pytest.raises(ValueError, match=r"more than 20000000 bytes \(archive\.max_bytes\), \d+ "):
        opened(bombs[form], limits=Limits(max_bytes=20_000_000, max_ratio=1e9))


@pytest.mark.parametrize("form", ["bzip2.zip", "tar.xz", "zst", "7z"])
def test_fault_35_what_is_trusted_comes_out_whole_and_counts_once(bombs, form):
    allowed = Limits(max_bytes=50_000_000 + 20_000, max_ratio=1e9)
    sizes = opened(bombs[form], limits=allowed, then=lambda _, stream: sum_of(stream))
    assert [size for _, size in sizes] == [50_000_000]


def sum_of(stream):
    size = sum(map(len, iter(lambda: stream.read(1 << 16), b"")))
    stream.seek(0)
    assert size == sum(map(len, iter(lambda: stream.read(1 << 16), b"")))
    return size


def test_fault_35_the_members_of_one_archive_count_together(tmp_path):
    noise = random.Random(2).randbytes(300_000)
    members = {f"{n}.txt": noise for n in range(5)}
    for form in ("deflate.zip", "tar", "tar.gz", "7z"):
        path = written(tmp_path, f"a.{form}", pack(form, members))
        assert len(opened(path, limits=Limits(max_bytes=1_600_000, max_ratio=200))) == 5
        with pytest.raises(ValueError, match=r"archive\.max_bytes"):
            opened(path, limits=Limits(max_bytes=1_400_000, max_ratio=200))


def test_fault_35_many_small_bombs_are_one(tmp_path):
    entries = [Entry(b"%d.txt" % number, bytes(900_000), method=8) for number in range(8)]
    with pytest.raises(ValueError, match=r"a\.zip: it unpacks to more than 200 .* came of 7\d{3};"):
        contents(tmp_path, "a.zip", zip_of(entries))


def test_fault_35_what_stands_before_the_member_wanted_counts_in_a_7z(tmp_path):
    path = written(tmp_path, "a.7z", sevenzip_of({"zeros": ZEROS[:8_000_000], "a.txt": b"one"}))
    with pytest.raises(ValueError, match=r"to reach what is wanted \(archive\.max_bytes, and arch"):
        opened(path, ["a.txt"])
    assert opened(path, ["a.txt"], Limits(1 << 30, 1e9)) == [("a.txt", b"one")]


def test_fault_35_sizes_in_the_directory_are_not_believed(tmp_path):
    data = zip_of([Entry(b"a.txt", ZEROS, method=8, size=10)])
    with pytest.raises(ValueError, match=r"archive\.max_ratio|is no whole archive"):
        contents(tmp_path, "a.zip", data)


def test_fault_35_korean_text_is_no_bomb(tmp_path):
    line = "사랑이 지나가면 그대는 어디에 있나요, 나는 아직 여기에 서 있는데\n"
    words = random.Random(3)
    text = "".join("".join(words.sample(line, 20)) + "\n" for _ in range(3_000)).encode()
    for form in FORMS:
        assert contents(tmp_path, f"a.{form}", pack(form, {"x/a.txt": text})) == [("a.txt", text)]


# What cannot be read, in words.


SEVENZIP_METHODS = {
    "copy": [{"id": py7zr.FILTER_COPY}],
    "lzma": [{"id": py7zr.FILTER_LZMA}],
    "bcj": [{"id": py7zr.FILTER_X86}, {"id": py7zr.FILTER_LZMA2, "preset": 0}],
    "bzip2": [{"id": py7zr.FILTER_BZIP2}],
    "deflate": [{"id": py7zr.FILTER_DEFLATE}],
    "zstd": [{"id": py7zr.FILTER_ZSTD, "level": 3}],
}


@pytest.mark.parametrize("method", SEVENZIP_METHODS)
def test_7z_files_of_every_method(tmp_path, method):
    noise = random.Random(5).randbytes(300_000)
    members = {"p/a.txt": noise, "p/empty.txt": b"", "p/b.txt": b"abc" * 9000}
    packed = sevenzip_of(members, SEVENZIP_METHODS[method])
    assert contents(tmp_path, "a.7z", packed, ["b.txt", "empty.txt"]) == [
        ("empty.txt", b""),
        ("b.txt", members["p/b.txt"]),
    ]
    assert contents(tmp_path, "a.7z", packed)[0] == ("a.txt", noise)


@pytest.mark.parametrize("method", ["deflate", "zstd"])
def test_fault_35_a_method_of_7z_that_knows_no_bounds_is_fed_in_sips(tmp_path, method):
    path = written(tmp_path, "a.7z", sevenzip_of({"a.txt": ZEROS}, SEVENZIP_METHODS[method]))
    tracemalloc.start()
    try:
        opened(path, limits=Limits(1 << 30, 1e9), then=lambda _, stream: sum_of(stream))
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


def test_fault_36_a_7z_with_a_password(tmp_path):
    for encrypted in (False, True):
        data = sevenzip_of({"a.txt": b"one"}, None, password="말", header_encryption=encrypted)
        with pytest.raises(
            ValueError, match=r"a\.7z: has a password; unpack it yourself, and name"
        ):
            contents(tmp_path, "a.7z", data)


def test_fault_36_a_zip_with_a_password(tmp_path):
    for entry in (Entry(b"a.txt", flags=1), Entry(b"a.txt", method=99, flags=1)):
        data = zip_of([entry, Entry(b"b.txt")])
        with pytest.raises(ValueError, match=r"'a\.txt' has a password; unpack it yourself"):
            contents(tmp_path, "a.zip", data)
        assert contents(tmp_path, "a.zip", data, ["b.txt"]) == [("b.txt", "사랑".encode())]


def test_fault_36_methods_that_cannot_be_read(tmp_path):
    with pytest.raises(ValueError, match=r"'a\.txt' is packed by method 98, which cannot be read"):
        contents(tmp_path, "a.zip", zip_of([Entry(b"a.txt", method=98)]))
    ppmd = sevenzip_of({"a.txt": b"one"}, [{"id": py7zr.FILTER_PPMD, "order": 6, "mem": 24}])
    with pytest.raises(ValueError, match=r"packed in a way that cannot be read here \(PPMd\); unp"):
        contents(tmp_path, "a.7z", ppmd)
    # A 7z coder of one byte, 0x21 (LZMA2) with one byte of parameters, becomes 0x2F.
    data = patched_sevenzip({"a.txt": b"one"}, b"\x21\x21\x01", b"\x21\x2f\x01")
    with pytest.raises(ValueError, match=r"a\.7z: is packed in a way that cannot be read here"):
        contents(tmp_path, "a.7z", data)


@pytest.mark.parametrize("name", ["a.7z.001", "a.zip.001", "a.z01"])
def test_fault_36_one_volume_of_several(tmp_path, name):
    with pytest.raises(ValueError, match=f"{name}: is one volume of several; join them"):
        contents(tmp_path, name, b"7z\xbc\xaf\x27\x1c")


def test_fault_36_the_last_volume_of_a_divided_zip(tmp_path):
    with pytest.raises(ValueError, match=r"a\.zip: is one volume of several"):
        contents(tmp_path, "a.zip", zip_of([Entry(b"a.txt")], volume=2)[3:])


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.rar", b"Rar!\x1a\x07\0", "a RAR archive, which cannot be opened here; unpack it"),
        ("a.part1.rar", b"Rar!\x1a\x07\0", "a RAR archive"),
        ("가사.alz", b"ALZ\x01\n\0", "an ALZ archive"),
        ("가사.egg", b"EGGA\0\x01", "an EGG archive"),
        ("a.zip", b"Rar!\x1a\x07\0", "a RAR archive"),
        ("a.zip", b"<!DOCTYPE html><p>log in", r"is named as a zip archive, but looks like a web"),
        ("a.gz", b"just text\n", r"is named as a file in gz, but looks like text \(b'just text"),
        ("a.7z", b"", "looks like an empty file"),
        ("a.tar.xz", b"\x7fELF\x02\x01", r"looks like nothing known \(7f 45 4c 46 02 01"),
        (
            "a.zip",
            gzip.compress(b"x", mtime=0),
            "is named as a zip archive, but is a file in gz; rename",
        ),
        (
            "a.tgz",
            gzip.compress(b"x", mtime=0),
            "is named as a tar in gz, but is a file in gz; rename",
        ),
        ("a.tar.gz", tar_of({"a": b"x"}), "is named as a tar in gz, but is a tar archive; rename"),
        ("a.arj", b"\x60\xea\x00", "is named as an archive that cannot be opened here, and looks"),
        ("a.txt", b"PAR1\x15", "is no archive, so it has no members; it looks like Parquet"),
        ("a.txt", b"LZIP\x01", "looks like lzip, which cannot be opened here; unpack it yourself"),
        ("a.docx", zip_of([Entry(b"word/document.xml")]), "is a document, no archive; save it"),
    ],
)
def test_fault_36_what_is_no_archive_is_told_by_what_it_looks_like(tmp_path, name, data, words):
    with pytest.raises(ValueError, match=words):
        contents(tmp_path, name, data, ["*"])


# Names.


def test_fault_37_names_as_korean_windows_writes_them(tmp_path):
    names = ["가사/햏자.txt", "가사/사랑.txt"]
    data = zip_of([Entry(name.encode("cp949"), name.encode()) for name in names])
    assert contents(tmp_path, "a.zip", data) == [
        ("햏자.txt", names[0].encode()),
        ("사랑.txt", names[1].encode()),
    ]
    assert contents(tmp_path, "a.zip", data, ["사랑.txt"]) == [("사랑.txt", names[1].encode())]


def test_fault_37_names_in_utf8_without_the_flag_and_in_cp437(tmp_path):
    data = zip_of([Entry("노래.txt".encode()), Entry(b"caf\x82.txt"), Entry(b"d\\e.txt")])
    assert [name for name, _ in contents(tmp_path, "a.zip", data)] == [
        "노래.txt",
        "café.txt",
        "d/e.txt",
    ]


def test_fault_37_a_name_that_an_extra_field_has_in_utf8(tmp_path):
    known, name = "노래.txt".encode("cp949"), "노래 ♥.txt".encode()
    body = b"\x01" + struct.pack("<I", zlib.crc32(known)) + name
    field = struct.pack("<HHHH", 1, 2, 0, 0x7075) + struct.pack("<H", len(body)) + body
    data = zip_of([Entry(known, extra=field)])
    assert [found for found, _ in contents(tmp_path, "a.zip", data)] == ["노래 ♥.txt"]


def test_fault_37_a_tar_of_an_old_korean_system(tmp_path):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT, encoding="cp949") as old:
        info = tarfile.TarInfo("가사/햏.txt")
        info.size = 3
        old.addfile(info, io.BytesIO(b"one"))
    assert contents(tmp_path, "a.tar", buffer.getvalue(), ["햏.txt"]) == [("햏.txt", b"one")]


def decomposed(name):
    return "".join({"한": "\u1112\u1161\u11ab", "글": "\u1100\u1173\u11af"}.get(c, c) for c in name)


@pytest.mark.parametrize("form", ["stored.zip", "tar", "tar.gz", "7z"])
def test_fault_37_names_as_macos_decomposes_them(tmp_path, form):
    name = decomposed("한글.txt")
    assert len(name) == 10
    path = written(tmp_path, f"a.{form}", pack(form, {f"p/{name}": b"one"}))
    assert opened(path, ["한글.txt"]) == [("한글.txt", b"one")]
    assert opened(path, [name]) == [("한글.txt", b"one")]
    twins = written(tmp_path, f"b.{form}", pack(form, {"한글.txt": b"one", name: b"two"}))
    with pytest.raises(ValueError, match=r"has 2 members named '한글\.txt'; which is meant"):
        opened(twins)


@pytest.mark.parametrize("name", ["a.zip", "a.tar", "a.tar.gz", "a.7z"])
def test_fault_37_two_members_of_one_name_are_refused(tmp_path, name):
    tar = tar_of({"p/a.txt": b"one"})[:1024] + tar_of({"./p/a.txt": b"two"})
    data = {
        "a.zip": zip_of([Entry(b"p/a.txt"), Entry(b"p/b.txt"), Entry(b"p/a.txt")]),
        "a.tar": tar,
        "a.tar.gz": gzip.compress(tar),
        "a.7z": patched_sevenzip(
            {"p/a.txt": b"one", "p/b.txt": b"two"},
            "b.txt".encode("utf-16-le"),
            "a.txt".encode("utf-16-le"),
        ),
    }
    with pytest.raises(ValueError, match=r"has 2 members named 'p/a\.txt'; which is meant cannot"):
        contents(tmp_path, name, data[name])


# Damage.

SOUND = {"x/가.txt": random.Random(4).randbytes(700), "x/b.txt": b"abc" * 900, "x/c.txt": b""}


@functools.cache
def sound(form):
    return COMPRESS[form](SOUND["x/가.txt"]) if form in COMPRESS else pack(form, SOUND)


def contents_or_refusal(folder, name, data):
    """Give None where the archive is refused by its name."""
    try:
        return contents(folder, name, data)
    except ValueError as error:
        if name not in str(error):
            raise
        return None


@pytest.mark.parametrize("form", [*FORMS, *COMPRESS])
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(where=st.integers(0, 1 << 30))
def test_an_archive_cut_anywhere_is_refused(place, form, where):
    packed = sound(form)
    whole = contents(place, f"c.{form}", packed)
    size = where % len(packed)
    found = contents_or_refusal(place, f"c.{form}", packed[:size])
    if found is not None:  # only zeros behind the end mark of a tar were lost
        assert form == "tar"
        assert not any(packed[size:])
        assert found == whole


# The others have no check sum; zst has one where its packer was asked for it.
CHECKED = [form for form in (*FORMS, *COMPRESS) if not form.endswith(("tar", "lzma", "zst"))]


@pytest.mark.parametrize("form", CHECKED)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(where=st.integers(0, 1 << 30), change=st.integers(1, 255))
def test_a_changed_byte_is_found_or_changes_nothing(place, form, where, change):
    packed = bytearray(sound(form))
    whole = contents(place, f"d.{form}", bytes(packed))
    packed[where % len(packed)] ^= change
    assert contents_or_refusal(place, f"d.{form}", bytes(packed)) in (None, whole)


@functools.cache
def sound_plain_sevenzip():
    return plain_sevenzip(SOUND)


@settings(max_examples=150)
@given(where=st.integers(0, 1 << 30), byte=st.integers(0, 255))
def test_a_directory_that_makes_no_sense_is_refused(place, where, byte):
    packed = bytearray(sound_plain_sevenzip())
    offset, size = struct.unpack("<QQ", packed[12:28])
    packed[32 + offset + where % size] = byte
    found = contents_or_refusal(place, "e.7z", with_check_sums(bytes(packed)))
    assert found is None or sum(len(data) for _, data in found) <= 3400


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("packed", ["tar", "tar.gz"])
def test_a_member_of_less_than_no_bytes_is_no_way_back_into_a_tar(tmp_path, form, packed):
    info = tarfile.TarInfo("a.txt")
    if form == tarfile.PAX_FORMAT:
        info.pax_headers = {"size": "-1024"}
    else:
        info.size = -1024
    data = info.tobuf(form) + bytes(1024)
    data = data if packed == "tar" else gzip.compress(data)
    with pytest.raises(ValueError, match=r"-1024 bytes|is no whole archive"):
        contents(tmp_path, f"a.{packed}", data)


def test_zips_of_other_makers(tmp_path):
    for method in (zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2, zipfile.ZIP_DEFLATED):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            with archive.open("가.txt", "w", force_zip64=True) as member:
                member.write(SOUND["x/b.txt"])
            archive.writestr("empty.txt", b"")
        assert opened(tmp_path / "a.zip") == [("가.txt", SOUND["x/b.txt"]), ("empty.txt", b"")]


def test_a_zip_written_to_a_pipe_has_its_sizes_behind_the_data(tmp_path):
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *arguments):
            raise OSError

        def tell(self):
            raise OSError

    with zipfile.ZipFile(pipe := Pipe(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"one")
    assert contents(tmp_path, "a.zip", pipe.getvalue()) == [("a.txt", b"one")]


def test_damage_found_while_reading_names_archive_and_member(tmp_path):
    data = bytearray(zip_of([Entry(b"p/a.txt", b"one"), Entry(b"p/b.txt", b"two")]))
    data[data.index(b"two")] ^= 1
    words = r"a\.zip: is no whole archive \('p/b\.txt': its check sum is .*\); fetch it or make it"
    with pytest.raises(ValueError, match=words):
        contents(tmp_path, "a.zip", bytes(data))
    assert contents(tmp_path, "a.zip", bytes(data), ["a.txt"]) == [("a.txt", b"one")]


@pytest.mark.parametrize("method", ["gz", "xz", "zst"])
def test_a_cut_stream_gives_what_there_is_and_never_looks_whole(tmp_path, method):
    data = random.Random(1).randbytes(400_000)
    packers = {"gz": gzip.compress, "xz": lzma.compress, "zst": zstd.compress}
    packed = packers[method](data)[:300_000]

    def drain(stream, got):
        while piece := stream.read1(1000):
            got += piece

    def read(_, stream):
        got = bytearray()
        with pytest.raises(DamagedError):
            drain(stream, got)
        for _ in range(2):
            with pytest.raises(DamagedError):
                stream.read1(1000)
        stream.seek(0)
        assert stream.read1(100) == got[:100]
        return bytes(got)

    ((_, got),) = opened(written(tmp_path, f"a.{method}", packed), then=read)
    assert data.startswith(got)
    assert len(got) > 250_000


def test_a_damaged_header_inside_a_tar_is_not_taken_for_its_end(tmp_path):
    data = bytearray(tar_of({"a.txt": b"one", "b.txt": b"two"}, tarfile.USTAR_FORMAT))
    data[1024] ^= 1
    for name, packed in {"a.tar": bytes(data), "a.tar.gz": gzip.compress(bytes(data))}.items():
        with pytest.raises(ValueError, match="bad checksum where a member or the end mark should"):
            contents(tmp_path, name, packed)


def test_what_stands_behind_a_stream_must_be_another(tmp_path):
    for method, compress in COMPRESS.items():
        with pytest.raises(ValueError, match=f"a.txt.{method}: is no whole archive"):
            contents(tmp_path, f"a.txt.{method}", compress(b"one") + b"garbage")


def test_any_window_of_zstandard_is_read(tmp_path):
    options = {zstd.CompressionParameter.window_log: 31, zstd.CompressionParameter.checksum_flag: 1}
    packer = zstd.ZstdCompressor(options=options)
    data = packer.compress(b"one") + packer.flush()
    assert contents(tmp_path, "a.txt.zst", data) == [("a.txt", b"one")]
    skipped = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"  # a frame that is to be skipped, as pzstd writes
    assert contents(tmp_path, "a.txt.zst", skipped + data) == [("a.txt", b"one")]


def test_a_stream_that_asks_for_too_much_memory_is_refused(tmp_path):
    data = bytearray(lzma.compress(b"one", format=lzma.FORMAT_ALONE))
    data[1:5] = struct.pack("<I", 3 << 30)  # its window
    with pytest.raises(ValueError, match=r"is no whole archive \(Memory usage limit exceeded\)"):
        contents(tmp_path, "a.txt.lzma", bytes(data))


def header(name, kind, size):
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, size
    return info.tobuf(tarfile.GNU_FORMAT)


@pytest.mark.parametrize("kind", [b"x", b"L"])
@pytest.mark.parametrize("form", ["tar", "tar.gz"])
def test_headers_within_headers_are_refused(tmp_path, kind, form):
    body = b"12 path=abc\n".ljust(512, b"\0")
    data = (header("h", kind, 12) + body) * 2_000 + header("a.txt", b"0", 0) + bytes(1024)
    with pytest.raises(ValueError, match=rf"a\.{form}: is no whole archive \(maximum recursion"):
        contents(tmp_path, f"a.{form}", data if form == "tar" else gzip.compress(data))


@pytest.mark.parametrize(
    "fields",
    [
        {"GNU.sparse.size": "x"},
        {"GNU.sparse.map": "a,b", "GNU.sparse.size": "3"},
        {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"},
    ],
)
def test_fields_of_a_header_that_make_no_sense_are_refused_by_name(tmp_path, fields):
    buffer, info = io.BytesIO(), tarfile.TarInfo("a.txt")
    info.size, info.pax_headers = 3, fields
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(info, io.BytesIO(b"abc"))
    with pytest.raises(ValueError, match=r"a\.tar: is no whole archive \("):
        contents(tmp_path, "a.tar", buffer.getvalue())


@pytest.mark.parametrize("form", ["stored.zip", "tar", "tar.gz"])
def test_a_name_of_a_hundred_thousand_folders_is_not_compared(tmp_path, form):
    name = "a/" * (30_000 if form == "stored.zip" else 100_000) + "x.txt"
    with pytest.raises(ValueError, match=r"a name of \d{5,6} characters, which no file can have"):
        contents(tmp_path, f"a.{form}", pack(form, {name: b"x"}), ["b/**/x.txt"])


@pytest.mark.parametrize("form", ["tar.gz", "7z"])
def test_a_full_disk_is_told_with_the_archive(tmp_path, monkeypatch, form):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(errno.ENOSPC, "No space left on device")

    for module in (tars, sevenzip):
        monkeypatch.setattr(module, "set_aside", lambda folder: Full())
    with pytest.raises(OSError, match=rf"a\.{form}: cannot be read, .*\(No space left on device"):
        contents(tmp_path, f"a.{form}", pack(form, SOUND))


def test_archives_inside_archives_are_told(tmp_path):
    data = zip_of([Entry(b"x/b.zip", zip_of([Entry(b"a.txt")])), Entry(b"x/c.txt")])
    with pytest.raises(
        ValueError, match=r"a\.zip: 'x/b\.zip' is an archive inside the archive, wh"
    ):
        contents(tmp_path, "a.zip", data)
    assert contents(tmp_path, "a.zip", data, ["*.txt"]) == [("c.txt", "사랑".encode())]
    with pytest.raises(ValueError, match=r"'a\.zip' is an archive inside"):
        contents(tmp_path, "a.zip.gz", gzip.compress(data))


def test_a_large_header_inside_a_tar_is_refused(tmp_path):
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 1 << 33
    with pytest.raises(ValueError, match="a header says 8589934592 bytes"):
        contents(tmp_path, "a.tar", info.tobuf(tarfile.GNU_FORMAT) + bytes(1024))


def test_the_size_of_a_large_member_is_near(tmp_path, monkeypatch):
    monkeypatch.setattr("preprocess.archives.singles.SAMPLE_BYTES", 1 << 16)
    text = b"".join(f"{n} {n * n}\n".encode() for n in range(150_000))
    for method, compress in COMPRESS.items():
        path = written(tmp_path, f"a.{method}", compress(text))
        ((_, size),) = opened(path, then=lambda member, _: member.size)
        assert 0.7 < size / len(text) < 1.3, method


def test_many_members_of_a_packed_tar_are_not_unpacked_again_for_each(tmp_path, monkeypatch):
    members = {f"{n:04}.txt": f"{n}".encode() * 300 for n in range(500)}
    path = written(tmp_path, "a.tar.gz", gzip.compress(tar_of(members)))
    reads = []
    monkeypatch.setattr(
        "preprocess.archives.tars.unpacked", lambda file, method: counted(reads, file, method)
    )
    with ExitStack() as archives:
        found = open_archive(path, path.name, None, LIMITS, archives)
        for member in found + found:
            with member.opener() as stream:
                assert stream.read() == members[member.name]
    assert sum(reads) == len(gzip.decompress(path.read_bytes()))


def counted(reads, file, method):
    from preprocess.archives.streams import unpacked

    for piece in unpacked(file, method):
        reads.append(len(piece))
        yield piece


def test_kinds_are_told_by_content(tmp_path):
    assert str(kind_of(written(tmp_path, "x", lzma.compress(tar_of({"a": b""}))))) == "a tar in xz"
    assert str(kind_of(written(tmp_path, "y", zip_of([])))) == "a zip archive"
    assert (
        str(kind_of(written(tmp_path, "A.TXT.GZ", gzip.compress(b"", mtime=0)))) == "a file in gz"
    )
