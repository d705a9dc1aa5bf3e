"""The emulated AWS account, as everybody who calls it needs to know it."""

from __future__ import annotations

ACCESS_KEY_ID = "test"
SECRET_ACCESS_KEY = "test"  # noqa: S105 - MiniStack's well-known deployer, not a secret
ACCOUNT_ID = "000000000000"
PARTITION = "aws"
