"""What a person needs to know of a running stage, ready to be pasted."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from emulator.ready import StageFacts

_WEEKS_AHEAD = 4


def working_day_ahead(today: date, *, weeks: int = _WEEKS_AHEAD) -> date:
    """Return the Wednesday `weeks` weeks after this week's: no weekend, and not in the past."""
    return today - timedelta(days=today.weekday()) + timedelta(weeks=weeks, days=2)


def summary(facts: StageFacts, *, today: date, ready_file: Path | None = None) -> str:
    """Return the addresses of the stage and commands that use it."""
    day = working_day_ahead(today).isoformat()
    login = f"""
Or sign in on the command line; administrators add the same option instead of --stage:

  .venv/bin/python -m cli login --ready-file {ready_file} --email jim@foo.com
"""
    return f"""
The local stage is ready. Stop it with Ctrl-C.

  API            {facts.api_url}
  Inbox          {facts.inbox_url}
  AWS endpoint   {facts.aws_endpoint_url}   (region {facts.region}, keys {facts.access_key_id}/\
{facts.secret_access_key})
  Google         {facts.google_url}
  State machine  {facts.state_machine_arn}
  Table          {facts.table_name}

Ask for a day of leave as jim@foo.com of the sample directory:

  TOKEN=$(curl -s {facts.google_url}/_fake/id_token -d '{{"email":"jim@foo.com"}}' \\
    | grep -o 'ey[^"]*')

  curl {facts.api_url}/request_leave \\
    -H "Authorization: Bearer $TOKEN" -H 'Content-Type: application/json' \\
    -d '{{"date":"{day}"}}'

Then open the inbox, and decide as the lead: {facts.inbox_url}
{login if ready_file else ""}"""
