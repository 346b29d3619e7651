"""Which addresses may be asked, by which key they are allowed, and how they are shown."""

import socket
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preprocess.addresses import Policy, shown, split, split_credentials, without_credentials

STRICT = Policy(allow_http=False, allow_private=False)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def names(monkeypatch):
    """A name server of our own: host to addresses; no proxy stands before it."""
    known = {"texts.example": ["93.184.216.34"]}

    def look_up(host, port, *arguments, **values):
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 0)) for ip in known[host]]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return known


def test_public_addresses_may_be_asked(names):
    STRICT.check("https://texts.example/a.txt")
    STRICT.check("http://texts.example:8080/a.txt")
    STRICT.check("https://93.184.216.34/a.txt")
    STRICT.check("https://[2606:2800:220:1::1]/a.txt", before="http://texts.example/")
    STRICT.check("https://[64:ff9b::5db8:d822]/")  # a public IPv4 address, as IPv6 networks see it


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.0.10",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "240.0.0.1",
        "224.0.0.1",
        "[::1]",
        "[::]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fc00::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:192.168.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LOCALHOST.",
        "api.localhost",
    ],
)
@pytest.mark.parametrize("proxy", [None, "http://proxy.example:3128"])
def test_fault_43_private_hosts_are_refused(names, monkeypatch, host, proxy):
    if proxy:  # even there these can be judged
        monkeypatch.setenv("https_proxy", proxy)
    for before in (None, "https://texts.example/"):
        with pytest.raises(ValueError, match=r"private address .* download\.allow_private: true"):
            STRICT.check(f"https://{host}/a.txt", before)
    Policy(allow_http=False, allow_private=True).check(f"https://{host}/a.txt")


def test_fault_43_a_name_is_refused_for_any_private_address_it_has(names):
    names["inside.example"] = ["93.184.216.34", "192.168.0.7"]
    with pytest.raises(ValueError, match=r"inside\.example is .* \(192\.168\.0\.7\)"):
        STRICT.check("https://inside.example/a.txt")
    trusting = Policy(False, False, frozenset({"inside.example"}))
    trusting.check("https://inside.example./a.txt")
    with pytest.raises(ValueError, match="private"):
        trusting.check("https://127.0.0.1/a.txt")


def test_fault_43_names_behind_a_proxy_are_not_looked_up(names, monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    STRICT.check("https://known.to.the.proxy/a.txt")
    with pytest.raises(socket.gaierror):
        STRICT.check("http://known.to.the.proxy/a.txt")  # no proxy for http
    monkeypatch.setenv("no_proxy", "proxy")
    with pytest.raises(socket.gaierror):
        STRICT.check("https://known.to.the.proxy/a.txt")


def test_fault_43_from_https_to_http_is_refused_unless_allowed(names):
    before, after = "https://texts.example/a", "http://texts.example/b?key=word"
    with pytest.raises(ValueError, match=r"/a: sends on to http://texts\.example/b: from https"):
        STRICT.check(after, before)
    with pytest.raises(ValueError, match=r"set download\.allow_http: true"):
        Policy(allow_http=False, allow_private=True).check(after, before)
    Policy(allow_http=True, allow_private=False).check(after, before)
    STRICT.check(after, "http://texts.example/a")


@pytest.mark.parametrize("scheme", ["file", "ftp", "data", "javascript", "FILE", "ws", "jar"])
def test_fault_43_other_schemes_are_always_refused(names, scheme):
    anything = Policy(allow_http=True, allow_private=True)
    for before in (None, "https://texts.example/"):
        with pytest.raises(ValueError, match="only http and https addresses are fetched"):
            anything.check(f"{scheme}://texts.example/etc/passwd", before)


@pytest.mark.parametrize("url", ["https:///a", "https://", "https://[::1/a", "http://h:port/", "a"])
def test_what_is_no_address_is_refused(names, url):
    with pytest.raises(ValueError, match=r"is no address|only http and https"):
        STRICT.check(url)


def test_a_host_that_no_name_server_takes_is_refused(monkeypatch):
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    with pytest.raises(ValueError, match="is no address; check how it is written"):
        STRICT.check(f"https://{'가' * 64}.example/")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://me:word@host/a?b=c", "https://host/a?b=c"),
        ("https://me:w@rd@host/a", "https://host/a"),
        ("https://me:w/rd@host/a", "https://host/a"),
        ("https://host/a@2x.png", "https://host/a@2x.png"),
        ("https://host?mail=a@b", "https://host?mail=a@b"),
        ("https://me:w#rd@host/a", "https://host/a"),
        ("https://me:w rd@host/a", "https://host/a"),
        ("me:word@host/a", "host/a"),
        ("https:me:word@host/a", "host/a"),
    ],
)
def test_an_address_is_shown_without_its_password(url, expected):
    assert shown(url) == expected


def test_a_password_that_breaks_its_address_is_not_shown():
    with pytest.raises(ValueError, match="x: is no address") as caught:
        split("https://me:w/rd@host/a", "x")
    assert "w/rd" not in repr(caught.value)


WORD = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)


@given(WORD, WORD)
def test_user_and_password_come_out_as_they_went_in(user, password):
    url = f"https://{quote(user, safe='')}:{quote(password, safe='')}@host:81/a?b#c"
    assert split_credentials(url) == ("https://host:81/a?b#c", (user, password))
    assert without_credentials(f"no {url}!") == "no https://host:81/a?b#c!"
