"""Jinja2 over the template files: one folder a language, and one for markup without words."""

from __future__ import annotations

from datetime import UTC
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from leave.adapters.i18n import DEFAULT_LANGUAGE, TEMPLATES, choose_language, load_translator

if TYPE_CHECKING:
    from datetime import tzinfo

_MARKUP = "markup"


@cache
def _environment(language: str, time_zone: tzinfo) -> Environment:
    translator = load_translator(language, time_zone)
    environment = Environment(
        loader=FileSystemLoader([TEMPLATES / translator.language, TEMPLATES / _MARKUP]),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        # They are few, and none is ever thrown out.
        cache_size=-1,
    )
    environment.filters.update(
        {"day": translator.day, "moment": translator.moment, "time": translator.time}
    )
    names = cast("dict[str, Any]", environment.globals)
    # Jinja's own, which no template uses, would be copied for every rendering.
    names.clear()
    names.update(translator=translator, t=translator.t, language=translator.language)
    return environment


def render(
    name: str, *, language: str = DEFAULT_LANGUAGE, time_zone: tzinfo = UTC, **values: Any
) -> str:
    """Return a template, such as `mails/reminder.html`, filled with values, in the best language.

    `language` is a BCP 47 tag or an Accept-Language header.
    """
    environment = _environment(choose_language(language), time_zone)
    return environment.get_template(name).render(**values)
