"""`pulumi-language-python`, which runs the program, where Pulumi's release is not installed.

It serves the program as the Automation API serves an inline one: a Python process that the engine
asks to run it, once for a preview and once for an update.
"""

from __future__ import annotations

import gc
import os
import runpy
import signal
import sys
import time
from concurrent import futures
from typing import Any

import grpc
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc


class ProgramServer(LanguageServer):
    """Runs the `__main__.py` of the project that the engine names."""

    def Run(self, request: Any, context: Any) -> Any:
        """Run it in its directory."""
        os.chdir(request.pwd)
        sys.path.insert(0, request.pwd)
        return super().Run(request, context)


if __name__ == "__main__":
    # It lives for seconds, in which collecting garbage is a tenth of its work.
    gc.disable()
    # The engine asks it to end, and then waits; or it was killed.
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    server = grpc.server(futures.ThreadPoolExecutor(4))
    program = ProgramServer(lambda: runpy.run_path("__main__.py", run_name="__main__") and None)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(program, server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    engine = os.getppid()
    while os.getppid() == engine:
        time.sleep(1)
