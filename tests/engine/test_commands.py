"""Every command of Pulumi that a page tells to type can be pasted, in the order of the pages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.docs.markdown import PROJECT, Page, pages

if TYPE_CHECKING:
    from tests.engine.workshop import Workshop

# A stage is made, configured, delivered, operated and removed.
ORDER = ("docs/deploy.md", "docs/configuration.md", "docs/delivery.md", "docs/operations.md")
COMMAND = re.compile(r"(?:^|\$\()\s*((?:pulumi|grep) [^)|;&\n]*[^)|;&\s])", re.MULTILINE)
SPAN = re.compile(r"`(pulumi\s[^`]+)`")
BLOCK = re.compile(r"^( *```sh\n.*?^ *```)$", re.MULTILINE | re.DOTALL)
# Fewer words only mention a command.
WHOLE = 4
KMS = "awskms://alias/leave-pulumi-dev?region=eu-central-1"
NOT_RUN = {
    "pulumi login": "asks for an account of Pulumi Cloud",
    'pulumi login "$PULUMI_BACKEND_URL"': "asks for a bucket of S3",
    f'pulumi stack init dev --secrets-provider="{KMS}"': "asks for a key of KMS",
    "pulumi plugin install resource aws 7.51.1 --file ARCHIVE": "asks for what only a network has",
}


def commands(page: Page) -> list[str]:
    """Those of a page in their order, within sentences, too."""
    found: list[str] = []
    for part in BLOCK.split(page.text):
        if part.lstrip().startswith("```sh"):
            found += COMMAND.findall(re.sub(r"\\\n\s*", "", part))
        else:
            spans = (" ".join(span.split()) for span in SPAN.findall(part))
            found += [span for span in spans if len(span.split()) >= WHOLE]
    return found


def test_there_is_a_place_in_the_order_for_each_page_with_commands() -> None:
    """A page that is not in it only says again what another one says."""
    in_order = {command for name in ORDER for command in commands(Page(PROJECT / name))}
    assert {command for page in pages() for command in commands(page)} <= in_order
    assert in_order >= NOT_RUN.keys()


def test_the_commands_of_the_pages_can_be_pasted_one_after_the_other(workshop: Workshop) -> None:
    clone = workshop.clone()
    done: set[str] = set()
    for name in ORDER:
        for command in commands(Page(PROJECT / name)):
            again = command in done and not command.startswith(("pulumi up", "pulumi preview"))
            if command not in NOT_RUN and not again:
                clone.shell(command)
                done.add(command)
    salts = {
        file.name: re.findall("^encryptionsalt: .*", file.read_text("utf-8"), re.MULTILINE)
        for file in clone.folder.glob("Pulumi.*.yaml")
    }
    made = [salts[f"Pulumi.{stage}.yaml"] for stage in ("dev", "dev-2", "staging")]
    assert len({salt for (salt,) in made}) == len(made), "a copy has a passphrase of its own"
