"""One browser for the session, and a watch over what a page may not do."""

from functools import cache

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.browser.install import find_chromium, has_korean_font

SECONDS = 60  # a machine may have much else to do
expect.set_options(timeout=SECONDS * 1000)


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """Return a function that writes a report by one of those in reports.py, once."""

    @cache
    def write(make):
        folder = tmp_path_factory.mktemp(make.__name__) / "글틀 보고서"
        return make(folder)

    return write


@pytest.fixture(scope="session")
def browser():
    path = find_chromium()
    if path is None:
        pytest.skip("there is no Chromium; `make browser` installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def korean_font():
    if not has_korean_font():
        pytest.skip("there is no Korean font; `make browser` installs one")


@pytest.fixture
def visit(browser, written):
    """
    Return a function that opens a report from the disk without a network, and waits for its curves.

    In the end nothing was asked for but the page itself, and there was no dialog, no error and no
    warning.
    """
    contexts, faults = [], []

    def opened(make, width=1440, scheme="light", language="ko-KR", scripts=True):
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            locale=language,
            java_script_enabled=scripts,
            offline=True,
        )
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        address = written(make).as_uri()

        def answer(route):
            if route.request.url == address:
                route.continue_()
            else:
                faults.append(f"asked for {route.request.url}")
                route.abort()

        def dismiss(dialog):
            faults.append(f"dialog: {dialog.message}")
            dialog.dismiss()

        context.route("**/*", answer)
        page.on("dialog", dismiss)
        page.on("pageerror", lambda error: faults.append(f"error: {error}"))
        page.on(
            "console",
            lambda said: faults.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.goto(address)
        if scripts and page.locator(".chart").count():
            page.locator(".chart canvas").first.wait_for()
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []
