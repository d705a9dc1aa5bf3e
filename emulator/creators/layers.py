"""Layers, unpacked once for all functions of this machine, as Lambda mounts them at /opt.

MiniStack unpacks a function's layers again for each process it starts, in its own process, in which
everybody else then waits: seconds for each, and minutes for a burst. So it gets a layer that only
names the unpacked one. It reads `.pth` files in `python/lib/*/site-packages`, as AWS does.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import tempfile
import zipfile
from pathlib import Path

_EPOCH = (1980, 1, 1, 0, 0, 0)
_POINTER = "python/lib/python3/site-packages/unpacked_layer.pth"


def pointer_to(content: bytes, folder: Path) -> bytes:
    """Unpack a layer below `folder` unless it is there, and return a layer that points to it.

    The same content always gives the same bytes.
    """
    modules = _unpacked(content, folder) / "python"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        # In front of what MiniStack has installed for itself, where a layer's modules are.
        line = f"import sys; sys.path.insert(0, {str(modules)!r})\n"
        target.writestr(zipfile.ZipInfo(_POINTER, _EPOCH), line)
    return out.getvalue()


def _unpacked(content: bytes, folder: Path) -> Path:
    home = folder / hashlib.sha256(content).hexdigest()[:16]
    if not home.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(dir=folder, prefix=".part-"))
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as source:
                source.extractall(part)
            part.chmod(0o755)
            part.rename(home)
        except OSError:
            # Another stage of this checkout was faster; or the disk is full, say.
            if not home.is_dir():
                raise
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return home
