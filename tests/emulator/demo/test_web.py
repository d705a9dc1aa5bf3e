from __future__ import annotations

from emulator.demo.web import Page

FORM = """<!doctype html><html><head><title>Hidden</title><style>p{color:red}</style></head>
<body><h1>Approve&nbsp;leave of Jim O&#39;Dell?</h1><p>When: <b>Wednesday</b>,<br>16 December</p>
<form method="POST" action="?again=1"><input type="hidden" name="seen" value="1">
<textarea name="comment"></textarea><button>Approve</button></form>
<script>alert(1)</script></body></html>"""


def test_a_page_is_read_line_by_line_without_what_is_not_seen() -> None:
    assert Page(FORM).text.splitlines() == [
        "Approve leave of Jim O'Dell?",
        "When: Wednesday,",
        "16 December",
        "Approve",
    ]


def test_a_form_is_found_with_what_it_sends_anyway() -> None:
    page = Page(FORM)
    assert (page.method, page.action, page.fields) == ("post", "?again=1", {"seen": "1"})


def test_a_page_without_a_form_has_none() -> None:
    assert Page("<p>Nothing here</p>").method is None
