"""The index `open`: requests with something left to be done, those of one approver together.

It is sparse: a request has these attributes only while it is open. An approver's requests share a
shard, so that one query after the other finds them in one piece. A ledger has them while it holds
an adjustment that the employee has had no mail about.

| openShard | openKey |
|---|---|
| `00` to `15` | `<approver's employee id>#<request id>`, with no approver `#<request id>` |
| `adjusted` | `<employee id>#<year>` |
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from leave.adapters.dynamodb.table import Item
    from leave.domain.ledgers import Ledger
    from leave.domain.request_record import RequestRecord

INDEX: Final = "open"
SHARDS: Final = 16
ADJUSTED: Final = "adjusted"


def index_key(request: RequestRecord) -> Item:
    """Return the attributes that put a request into the index; none for one that is done."""
    if not request.is_open:
        return {}
    approver = request.approver.employee_id if request.approver else ""
    shard = zlib.crc32((approver or request.request_id).encode()) % SHARDS
    return {"openShard": f"{shard:02}", "openKey": f"{approver}#{request.request_id}"}


def adjusted_key(ledger: Ledger) -> Item:
    """Return the attributes that put a ledger into the index; none when the mails are out."""
    if not ledger.unmailed:
        return {}
    return {"openShard": ADJUSTED, "openKey": f"{ledger.employee_id}#{ledger.year}"}
