"""`pulumi-resource-aws` for the engine, in place of the AWS provider.

It answers what AWS would, or with AWS_ENDPOINT_URL makes each resource in MiniStack by the creators
of the local stage. FAILS_AT is a type of which it can make none, and SECONDS what each takes.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from tests.infrastructure.aws_answers import ACCOUNT, INVOKES, REGION, outputs_of

VERSION = "7.51.1"
NO_CHANGES = provider_pb2.DiffResponse.DIFF_NONE
CHANGES = provider_pb2.DiffResponse.DIFF_SOME


class FormalAws:
    """Makes nothing; all that it answers is well-formed."""

    def make(self, token: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        return outputs_of(token, name, inputs)

    def tell(self, token: str) -> dict[str, Any]:
        return INVOKES[token]


class MiniStackAws:
    """Makes each resource as the local stage does."""

    def __init__(self, url: str) -> None:
        from emulator.aws import EmulatedAws
        from emulator.creators import registry
        from emulator.creators.resource import Deployment, Resource

        registry.load()
        self._registry, self._resource = registry, Resource
        aws = EmulatedAws(endpoint_url=url, region=REGION)
        self._deployment = Deployment(aws=aws, project="leave", stack="trial", program=Path.cwd())

    def make(self, token: str, name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        resource = self._resource(token=token, name=name, inputs=inputs)
        created = self._registry.creator_of(token)(self._deployment, resource)
        return {"id": created.id, **created.outputs}

    def tell(self, token: str) -> dict[str, Any]:
        return self._registry.answer_of(token)(self._deployment)


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Remembers nothing: the engine's state says what there is."""

    def __init__(self, aws: FormalAws | MiniStackAws) -> None:
        self._aws = aws

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    def Handshake(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse()

    def GetSchema(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(schema=f'{{"name":"aws","version":"{VERSION}"}}')

    def CheckConfig(self, request: Any, _context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.DiffResponse(changes=NO_CHANGES)

    def Configure(self, request: Any, context: Any) -> Any:
        allowed = json.loads(request.variables.get("aws:config:allowedAccountIds", "[]"))
        if allowed and ACCOUNT not in allowed:
            context.abort(grpc.StatusCode.UNKNOWN, f"AWS account ID not allowed: {ACCOUNT}")
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Invoke(self, request: Any, _context: Any) -> Any:
        return provider_pb2.InvokeResponse(**{"return": struct(self._aws.tell(request.tok))})

    def Check(self, request: Any, _context: Any) -> Any:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Create(self, request: Any, context: Any) -> Any:
        _, _, types, name = request.urn.split("::")
        token = types.rpartition("$")[2]
        if token == os.environ.get("FAILS_AT"):
            context.abort(grpc.StatusCode.UNKNOWN, f"no {token} can be made now")
        if request.preview:
            # What is not known yet is a text here.
            formal = outputs_of(token, name, json_format.MessageToDict(request.properties))
            known = dict.fromkeys(formal, rpc.UNKNOWN) | {"id": ""}
        else:
            time.sleep(float(os.environ.get("SECONDS", "0")))
            known = self._made(token, name, request.properties)
        identity = known.pop("id")
        return provider_pb2.CreateResponse(
            id=identity, properties=struct(known, request.properties)
        )

    def Diff(self, request: Any, _context: Any) -> Any:
        old, new = request.old_inputs.fields, request.news.fields
        changed = sorted(key for key in {*old, *new} if old.get(key) != new.get(key))
        return provider_pb2.DiffResponse(changes=CHANGES if changed else NO_CHANGES, diffs=changed)

    def Update(self, request: Any, _context: Any) -> Any:
        _, _, types, name = request.urn.split("::")
        known: dict[str, Any] = {}
        if not request.preview:
            # Whoever makes what is there already gives it the new properties.
            known = self._made(types.rpartition("$")[2], name, request.news)
            known.pop("id")
        return provider_pb2.UpdateResponse(properties=struct(known, request.olds, request.news))

    def _made(self, token: str, name: str, properties: Any) -> dict[str, Any]:
        inputs = rpc.deserialize_properties(properties)
        given = {key: value for key, value in inputs.items() if not key.startswith("__")}
        return self._aws.make(token, name, given)

    def Read(self, request: Any, _context: Any) -> Any:
        return provider_pb2.ReadResponse(
            id=request.id, properties=request.properties, inputs=request.inputs
        )

    def Delete(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()

    def Cancel(self, _request: Any, _context: Any) -> Any:
        return empty_pb2.Empty()


def struct(values: dict[str, Any], *below: Any) -> Any:
    """Values as the wire has them, over the fields of others."""
    made = struct_pb2.Struct()
    for other in below:
        made.MergeFrom(other)
    made.update(values)
    return made


if __name__ == "__main__":
    # It lives for seconds, in which collecting garbage is a tenth of its work.
    gc.disable()
    # The engine asks it to end, and then waits; or it was killed.
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    url = os.environ.get("AWS_ENDPOINT_URL")
    server = grpc.server(
        futures.ThreadPoolExecutor(16), options=[("grpc.max_receive_message_length", -1)]
    )
    provider = Provider(MiniStackAws(url) if url else FormalAws())
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    engine = os.getppid()
    while os.getppid() == engine:
        time.sleep(1)
