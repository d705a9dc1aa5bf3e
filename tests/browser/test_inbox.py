"""The inbox of the local stage: pleasant to read, and no place for a hostile mail to act."""

from __future__ import annotations

from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from emulator.google import GoogleStandIn
from leave.adapters.gmail.mailer import build_message
from leave.domain.values import replace
from tests.browser import appearance
from tests.browser.windows import DESKTOP, PHONE, Window, origin
from tests.emulator.google.callers import AUDIENCES, SENDER, Gmail, mime
from tests.leave.adapters.samples import Cast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

HOSTILE = """<base href="{evil}/"><meta http-equiv="refresh" content="0;url={evil}/refresh">
<link rel="stylesheet" href="{evil}/a.css"><style>@import "{evil}/b.css";</style>
<script>parent.document.title = "taken"</script><img src="{evil}/pixel.gif" onerror="alert(1)">
<div style="background:url({evil}/c.png)">x</div><iframe src="{evil}/frame"></iframe>
<form action="{evil}/form"><button>Press me</button></form>
<a target="_top" href="javascript:alert(2)">Run</a>"""


@dataclass
class Evil:
    """A server of whoever sends hostile mails, and what reached it."""

    url: str = ""
    reached: list[str] = field(default_factory=list)


@pytest.fixture
def evil() -> Iterator[Evil]:
    made = Evil()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            made.reached.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        made.url = f"http://127.0.0.1:{server.server_port}"
        yield made
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def google(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GoogleStandIn]:
    folder = tmp_path_factory.mktemp("google") / "state"
    with GoogleStandIn(audiences=AUDIENCES, mailbox=SENDER, state_dir=folder) as started:
        yield started


@pytest.fixture
def gmail(google: GoogleStandIn) -> Iterator[Gmail]:
    client = Gmail(google)
    yield client
    client.close()


@pytest.fixture
def window(browser: Browser, google: GoogleStandIn) -> Iterator[Callable[..., Window]]:
    opened: list[Window] = []

    def open_window(**options: object) -> Window:
        opened.append(Window.open(browser, frozenset({origin(google.url)}), **options))
        return opened[-1]

    yield open_window
    for one in opened:
        one.close()


def send(gmail: Gmail, name: str, to: str) -> None:
    """Send one of the sample mails to somebody."""
    mail = replace(Cast().mails()[name], to=to, thread=to)
    gmail.send(build_message(mail, sender=SENDER, company_domain="foo.com"))


def test_it_can_be_read_on_any_screen(
    google: GoogleStandIn, gmail: Gmail, window: Callable[..., Window]
) -> None:
    send(gmail, "approval_request asked", "wide@foo.com")
    tab = window().context.new_page()
    tab.goto(f"{google.url}/inbox?mailbox=wide@foo.com")
    listed = list(_faults(tab))
    tab.locator(".list a").first.click()
    tab.locator("main details[open] iframe").wait_for()
    assert (listed, list(_faults(tab))) == ([], [])


def _faults(tab: Page) -> Iterator[str]:
    for size in (PHONE, DESKTOP):
        tab.set_viewport_size({"width": size["width"], "height": size["height"]})
        if appearance.is_wider_than_its_window(tab):
            yield f"wider than {size['width']}"
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            yield from (f"{scheme}: {text}" for text in appearance.faint_texts(tab))


def test_a_mail_appears_by_itself_and_moves_nothing_that_is_read(
    google: GoogleStandIn, gmail: Gmail, window: Callable[..., Window]
) -> None:
    send(gmail, "approval_request asked", "first@foo.com")
    tab = window().context.new_page()
    tab.goto(f"{google.url}/inbox")
    read = tab.locator("main h2").inner_text()
    tab.locator("main iframe").evaluate("frame => { frame.dataset.same = 'yes' }")
    gmail.send(mime(to="late@foo.com", subject="Just arrived"))
    expect(tab.get_by_role("navigation")).to_contain_text("late@foo.com")
    expect(tab.get_by_label("Conversations")).to_contain_text("Just arrived")
    expect(tab.locator("main h2")).to_have_text(read)
    expect(tab.locator("main iframe")).to_have_attribute("data-same", "yes")


def test_a_calendar_entry_is_offered_as_a_file(
    google: GoogleStandIn, gmail: Gmail, window: Callable[..., Window]
) -> None:
    send(gmail, "outcome_notice approved", "file@foo.com")
    tab = window(accept_downloads=True).context.new_page()
    tab.goto(f"{google.url}/inbox?mailbox=file@foo.com")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="leave.ics").click()
    assert download.value.suggested_filename == "leave.ics"
    assert "BEGIN:VCALENDAR" in download.value.path().read_text()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_hostile_mail_can_do_nothing(
    google: GoogleStandIn,
    gmail: Gmail,
    window: Callable[..., Window],
    evil: Evil,
    *,
    javascript: bool,
) -> None:
    html = HOSTILE.format(evil=evil.url)
    gmail.send(mime(to="victim@foo.com", subject="Win", html=html))
    opened = window(java_script_enabled=javascript)
    tab = opened.context.new_page()
    dialogs: list[str] = []
    tab.on("dialog", lambda dialog: dialogs.append(dialog.message))
    address = f"{google.url}/inbox?mailbox=victim@foo.com"
    tab.goto(address)
    mail = tab.frame_locator("main details[open] iframe")
    mail.get_by_role("button", name="Press me").click()
    mail.get_by_role("link", name="Run").click()
    # Long enough for what would come by itself, such as a refresh.
    tab.wait_for_timeout(1000)
    assert (tab.url, dialogs, evil.reached) == (address, [], [])
    assert "taken" not in tab.title()
    # What the browser tells about all it refused is what is hoped for here.
    assert opened.faults
    opened.faults.clear()


def test_a_mail_that_is_followed_by_a_click_does_reach_its_server(
    google: GoogleStandIn, gmail: Gmail, browser: Browser, evil: Evil
) -> None:
    """Else the server of the test before might never hear of anything."""
    gmail.send(mime(to="reader@foo.com", html=f'<a href="{evil.url}/page">Read on</a>'))
    window = Window.open(browser, frozenset({origin(google.url), evil.url}))
    tab = window.context.new_page()
    tab.goto(f"{google.url}/inbox?mailbox=reader@foo.com")
    link = tab.frame_locator("main details[open] iframe").get_by_role("link")
    # The inbox draws itself anew, so a click may be lost; a person clicks again.
    for _ in range(10):
        link.click()
        tab.wait_for_timeout(2_000)
        if "/page" in evil.reached:
            break
    assert "/page" in evil.reached
    window.context.close()
