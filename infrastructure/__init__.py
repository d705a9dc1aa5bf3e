"""The AWS resources of one stage, one concern per module; `__main__.py` wires them together."""
