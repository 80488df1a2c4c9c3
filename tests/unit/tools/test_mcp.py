"""MCP servers, for real over loopback: listing, calling, and everything that goes wrong between."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ToolError
from sidecar.runs.agent import McpServer
from sidecar.settings import Settings, load
from sidecar.tools import mcp
from sidecar.tools.base import Outcome
from sidecar.tools.guards import GuardLimits, guarded
from sidecar.tools.mcp_connection import McpConnection
from sidecar.tools.mcp_secrets import why_not_sent
from sidecar.tools.mcp_wire import Witness
from tests.support import mcp_server
from tests.support.agents import context

SECRET = "a secret of the server"
KEY = "b" * 64


def settings(*, allowed: str = "127.0.0.1", **environ: str) -> Settings:
    """Settings that let tools reach this machine, unless told otherwise."""
    return load({"SIDECAR_ALLOWED_PRIVATE_HOSTS": allowed, **environ} if allowed else environ)


@asynccontextmanager
async def connected(url: str, *, using: Settings | None = None, **server: Any) -> AsyncIterator[McpConnection]:
    """A connection that is closed in the end."""
    connection = McpConnection(McpServer("tests", url, **server), using or settings())
    try:
        yield connection
    finally:
        await connection.aclose()


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """The tests' own server: its URL, and the file of its effects."""
    effects = tmp_path / "effects"
    effects.touch()
    async with mcp_server.running(effects) as url:
        yield url, effects


async def call(connection: McpConnection, listed: Any, name: str, within: float = 60.0, **arguments: Any) -> Outcome:
    """One call through the guard."""
    (tool,) = mcp.choose(connection, listed, [name]).tools
    return await guarded(tool, context(key=KEY), arguments, GuardLimits(seconds=within))


async def test_listing_keeps_the_hints(served: tuple[str, Path]) -> None:
    """A tool without hints is neither read-only nor idempotent."""
    async with connected(served[0]) as connection:
        listed = await mcp.listing(connection)
    specs = {tool.spec.name: tool.spec for tool in mcp.choose(connection, listed, None).tools}
    hints = {name: (spec.read_only, spec.idempotent, spec.repeatable) for name, spec in specs.items()}
    assert hints["mcp__tests__weather"] == (True, True, True)
    assert hints["mcp__tests__set_label"] == (False, True, True)
    assert hints["mcp__tests__booking_book"] == (False, False, False)


async def test_calls_give_structured_content_and_carry_their_key(served: tuple[str, Path]) -> None:
    """The server can tell a repetition by the key."""
    url, effects = served
    async with connected(url) as connection:
        listed = await mcp.listing(connection)
        assert (await call(connection, listed, "weather", city="Bonn")).content == {"city": "Bonn", "celsius": 21}
        assert (await call(connection, listed, "booking_book", item="a room")).status == "ok"
    assert effects.read_text() == f"{KEY} a room\n"


async def test_arguments_are_checked_before_the_call(served: tuple[str, Path]) -> None:
    """By the server's own schema."""
    url, effects = served
    async with connected(url) as connection:
        outcome = await call(connection, await mcp.listing(connection), "booking_book", item=5)
    assert outcome.content["errors"][0]["pointer"] == "/item"
    assert effects.read_text() == ""


async def test_a_failure_that_the_server_reports_is_for_the_model(served: tuple[str, Path]) -> None:
    """`isError` is an answer: the tool was called, and says no."""
    async with connected(served[0]) as connection:
        outcome = await call(connection, await mcp.listing(connection), "failing", why="no luck")
    assert (outcome.status, outcome.reason) == ("error", "mcp:error")


async def test_a_slow_tool_is_cut_off_and_the_connection_goes_on(served: tuple[str, Path]) -> None:
    """Reads are retried; a booking is in doubt, and was made once."""
    url, effects = served
    async with connected(url) as connection:
        listed = await mcp.listing(connection)
        assert (await call(connection, listed, "slow", 0.2, seconds=30)).status == "retry"
        assert (await call(connection, listed, "booking_book", 2.0, item="x", seconds=30)).status == "unknown"
        assert (await call(connection, listed, "weather", city="Bonn")).status == "ok"
    assert effects.read_text().count("\n") == 1


async def test_parallel_calls_share_one_connection(served: tuple[str, Path]) -> None:
    """From as many tasks as there are calls."""
    async with connected(served[0]) as connection:
        listed = await mcp.listing(connection)
        session = connection._session
        outcomes = await asyncio.gather(*(call(connection, listed, "weather", city=str(n)) for n in range(10)))
        assert [outcome.content["city"] for outcome in outcomes] == [str(n) for n in range(10)]
        assert connection._session is session is not None


async def test_an_idle_connection_closes_itself_and_opens_again(served: tuple[str, Path]) -> None:
    """Nobody has to remember to close it."""
    connection = McpConnection(McpServer("tests", served[0]), settings(), idle_seconds=0.02)
    listed = await mcp.listing(connection)
    async with asyncio.timeout(60):
        await asyncio.wait(connection._owners)
    assert (await call(connection, listed, "weather", city="Bonn")).status == "ok"
    await connection.aclose()


async def test_giving_a_connection_up_ends_no_call_that_is_under_way(served: tuple[str, Path]) -> None:
    """One call's failure must not put its siblings in doubt."""
    async with connected(served[0]) as connection:
        listed = await mcp.listing(connection)
        started = asyncio.create_task(call(connection, listed, "booking_book", item="x", seconds=0.3))
        while not served[1].read_text():
            await asyncio.sleep(0.01)
        connection.drop()
        assert (await call(connection, listed, "weather", city="Bonn")).status == "ok"
        assert (await started).status == "ok"


async def test_an_answer_without_end_is_not_read_whole(
    served: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is cut off, the model is told, and the connection goes on."""
    monkeypatch.setattr(Witness.__init__, "__defaults__", (10_000,))
    async with connected(served[0]) as connection:
        listed = await mcp.listing(connection)
        outcome = await call(connection, listed, "huge", characters=50_000)
        assert (outcome.status, outcome.reason) == ("error", "mcp:error")
        assert "was carried out" in outcome.message
        assert (await call(connection, listed, "weather", city="Bonn")).status == "ok"


async def test_a_server_that_is_down_is_a_retry(served: tuple[str, Path]) -> None:
    """Nothing was sent: also a booking can be made later. The listing is an error that says so."""
    async with connected(served[0]) as connection:
        listed = await mcp.listing(connection)
    async with connected("http://127.0.0.1:1/mcp") as connection:
        for outcome in (
            await call(connection, listed, "booking_book", item="x"),
            await call(connection, listed, "weather", city="Bonn"),
        ):
            assert (outcome.status, outcome.reason) == ("retry", mcp.UNAVAILABLE)
        with pytest.raises(ToolError, match="does not answer") as refused:
            await mcp.listing(connection)
    assert refused.value.retryable


@asynccontextmanager
async def raw_server(on_call: Callable[[asyncio.StreamWriter], None], inner: str) -> AsyncIterator[str]:
    """Passes everything on to the server at `inner`, but answers `tools/call` itself."""
    port = int(inner.split(":")[2].split("/")[0])

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                if b"tools/call" in body:
                    on_call(writer)
                    return
                up_reader, up_writer = await asyncio.open_connection("127.0.0.1", port)
                up_writer.write(
                    re.sub(rb"(?i)host: [^\r]*", b"host: 127.0.0.1:%d\r\nconnection: close" % port, head) + body
                )
                writer.write(await up_reader.read())
                up_writer.close()
                return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp"


def status(code: int) -> Callable[[asyncio.StreamWriter], None]:
    """Answers with an HTTP status and no body."""
    return lambda writer: writer.write(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % code)


def severed(writer: asyncio.StreamWriter) -> None:
    """The connection breaks after the request."""
    writer.transport.abort()


def nonsense(writer: asyncio.StreamWriter) -> None:
    """A 200 that is no JSON-RPC."""
    writer.write(
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello"
    )


@pytest.mark.parametrize(
    ("on_call", "unsafe", "safe"),
    [
        (severed, "unknown", "retry"),
        (nonsense, "unknown", "retry"),
        (status(500), "unknown", "retry"),
        (status(502), "unknown", "retry"),
        (status(503), "retry", "retry"),
        (status(429), "retry", "retry"),
        (status(404), "retry", "retry"),
        (status(401), "error", "error"),
        (status(403), "error", "error"),
    ],
)
async def test_what_is_in_doubt_is_never_repeated(
    served: tuple[str, Path], on_call: Callable[[asyncio.StreamWriter], None], unsafe: str, safe: str
) -> None:
    """Only an answer that says `not done` lets an unsafe tool be tried again."""
    async with raw_server(on_call, served[0]) as url, connected(url) as connection:
        listed = await mcp.listing(connection)
        booked = await call(connection, listed, "booking_book", item="x")
        read = await call(connection, listed, "weather", city="Bonn")
    assert (booked.status, read.status) == (unsafe, safe)
    assert booked.fatal == (unsafe == "error")


async def test_a_redirect_to_another_host_is_not_followed(served: tuple[str, Path]) -> None:
    """The secret is for one server."""

    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 307 X\r\nlocation: %s\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % served[0].encode()
        )
        writer.close()

    server = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    async with server, connected(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp") as connection:
        with pytest.raises(ToolError, match="redirects"):
            await mcp.listing(connection)


async def test_a_private_address_needs_the_setting(served: tuple[str, Path]) -> None:
    """The sentence names it."""
    async with connected(served[0], using=settings(allowed="")) as connection:
        with pytest.raises(ToolError, match="SIDECAR_ALLOWED_PRIVATE_HOSTS"):
            await mcp.listing(connection)


@pytest.mark.parametrize("name", ["box", "BOX"])
async def test_the_secret_goes_into_its_header(tmp_path: Path, name: str) -> None:
    """With it the server answers; without, the sentence says what to set; the secret itself is in no message."""
    async with mcp_server.running(tmp_path / "effects", secret=SECRET.replace(" ", "-")) as url:
        using = settings(SIDECAR_SECRETS__BOX__VALUE=SECRET.replace(" ", "-"), SIDECAR_SECRETS__BOX__HOSTS="127.0.0.1")
        async with connected(url, using=using, secret=name) as connection:
            assert await mcp.listing(connection)
        wrong = settings(SIDECAR_SECRETS__BOX__VALUE="wrong-one", SIDECAR_SECRETS__BOX__HOSTS="127.0.0.1")
        async with connected(url, secret=name) as connection:
            with pytest.raises(ToolError, match="set secrets"):
                await mcp.listing(connection)
        async with connected(url, using=wrong, secret=name) as connection:
            with pytest.raises(ToolError, match="refuses the request") as refused:
                await mcp.listing(connection)
    assert "wrong-one" not in str(refused.value)
    assert not refused.value.retryable


@pytest.mark.parametrize(
    ("hosts", "sites", "said"),
    [
        ("", "", "may not be sent to 127.0.0.1"),
        ("mcp.example.org 127.0.0.1:1", "", "may not be sent to 127.0.0.1"),
        ("127.0.0.1", "other", "site default may not use"),
        ("127.0.0.1", "other default", None),
        ("127.0.0.1:{port}", "", None),
    ],
)
async def test_a_secret_goes_to_its_own_hosts_and_sites_alone(
    tmp_path: Path, hosts: str, sites: str, said: str | None
) -> None:
    """Who edits an agent names a secret and an address: which belong together is said by the sidecar's settings."""
    async with mcp_server.running(tmp_path / "effects", secret="the-value") as url:
        hosts = hosts.replace("{port}", url.split(":")[2].split("/")[0])
        named = {"SIDECAR_SECRETS__BOX__HOSTS": hosts, "SIDECAR_SECRETS__BOX__SITES": sites}
        using = settings(
            SIDECAR_SECRETS__BOX__VALUE="the-value", **{name: text for name, text in named.items() if text}
        )
        async with connected(url, using=using, secret="box") as connection:
            if said is None:
                assert await mcp.listing(connection)
                return
            with pytest.raises(ToolError, match=said) as refused:
                await mcp.listing(connection)
    assert not refused.value.retryable


async def test_a_url_with_a_user_does_not_pass_for_its_host() -> None:
    """`https://mcp.example.org@evil.test/` is evil.test."""
    using = settings(SIDECAR_SECRETS__BOX__VALUE="the-value", SIDECAR_SECRETS__BOX__HOSTS="mcp.example.org")
    for url in (
        "https://mcp.example.org@evil.test/",
        "https://evil.test/mcp.example.org",
        "https://mcp.example.org.evil.test/",
    ):
        assert "may not be sent" in why_not_sent(using, "default", McpServer("tests", url, "box"))
    assert why_not_sent(using, "default", McpServer("tests", "https://MCP.example.org/mcp", "box")) == ""


def listed(name: str = "a", **more: Any) -> dict[str, Any]:
    """One entry of a listing."""
    return {
        "name": name,
        "description": "",
        "parameters": {"type": "object"},
        "read_only": False,
        "idempotent": False,
    } | more


@pytest.mark.parametrize(
    ("allowed", "entry", "names", "said"),
    [
        ((), listed(), ["b"], "has no tool b. It offers: a"),
        (("a",), listed("b"), ["b"], "does not allow the tool b"),
        (("b",), listed(), None, "has no tool b"),
    ],
)
def test_a_tool_that_is_not_there_is_an_error(allowed: tuple[str, ...], entry: Any, names: Any, said: str) -> None:
    """Never left out in silence."""
    connection = McpConnection(McpServer("tests", "http://x.test", tools=allowed), settings())
    with pytest.raises(ToolError, match=said):
        mcp.choose(connection, [entry], names)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"type": "object", "properties": {"x": {"$ref": "#/nowhere"}}}, "does not hold"),
        ({"type": "array"}, "arguments are an object"),
        ({"type": "object", "properties": {"x": {"pattern": "("}}}, "no regular expression"),
        ({"type": "object", "properties": {"x": {"$ref": "file:///etc/passwd"}}}, "never fetched"),
    ],
)
@pytest.mark.parametrize("names", [None, ["bad", "good"]])
def test_a_tool_with_a_broken_schema_is_left_out_and_the_others_stay(parameters: Any, said: str, names: Any) -> None:
    """Whether the agent names the server as a whole or the tool itself."""
    connection = McpConnection(McpServer("tests", "http://x.test"), settings())
    offered = mcp.choose(connection, [listed("good"), listed("bad", parameters=parameters)], names)
    assert [tool.spec.name for tool in offered.tools] == ["mcp__tests__good"]
    assert [one.tool for one in offered.left_out] == ["mcp:tests.bad"]
    assert said in offered.left_out[0].reason


BROKEN: list[Any] = [
    {"name": "empty", "inputSchema": {}},
    {"name": "typeless", "inputSchema": {"properties": {"city": {"type": "string"}}, "required": ["city"]}},
    {"name": "odd", "inputSchema": {"type": "object"}, "title": 5, "annotations": {"readOnlyHint": "yes"}, "icons": "x"},
    {"name": "evil", "inputSchema": {"type": "object"}, "outputSchema": {"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}},
    {"name": "schemaless"},
    {"name": "text", "inputSchema": "object"},
    {"inputSchema": {"type": "object"}},
    "none",
]  # fmt: skip


def rpc(on: Callable[[dict[str, Any]], Any]) -> Callable[[Any, Any, Any], Any]:
    """An MCP server that answers each request with what `on` makes of it, however wrong that is."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        request = json.loads(body) if body else {}
        result = on(request) if "id" in request else None
        answer = b"" if result is None else json.dumps({"jsonrpc": "2.0", "id": request["id"], **result}).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200 if answer else 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app


def broken(request: dict[str, Any]) -> dict[str, Any]:
    """A server of 2025 that lists `BROKEN`."""
    info = {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}, "serverInfo": {"name": "b", "version": "1"}}
    if request["method"] == "initialize":
        return {"result": info}
    if request["method"] == "tools/list":
        return {"result": {"tools": BROKEN}}
    if request["method"] == "tools/call":
        return {"result": {"content": [], "structuredContent": {"a": "a" * 100 + "!"}}}
    return {"error": {"code": -32601, "message": "Method not found"}}


async def test_tools_that_are_described_badly_do_not_cost_the_others() -> None:
    """`"inputSchema": {}` takes any object; what is no schema is left out, each with its reason; hints of a wrong type count as none."""
    async with mcp_server.served(rpc(broken)) as url, connected(url) as connection:
        offered = mcp.choose(connection, await mcp.listing(connection), None)
        names = {tool.spec.name.removeprefix("mcp__tests__"): tool for tool in offered.tools}
        assert set(names) == {"empty", "typeless", "odd", "evil"}
        assert {one.tool for one in offered.left_out} == {
            "mcp:tests.schemaless", "mcp:tests.text", "mcp:tests.number 7", "mcp:tests.number 8"
        }  # fmt: skip
        assert not names["odd"].spec.read_only
        outcome = await guarded(names["typeless"], context(key=KEY), {}, GuardLimits())
        assert outcome.content["errors"][0]["detail"] == '"city" is a required property'


async def test_a_servers_schema_of_results_does_not_block_the_process() -> None:
    """The SDK would match its patterns without any bound."""
    async with mcp_server.served(rpc(broken)) as url, connected(url) as connection:
        (tool,) = mcp.choose(connection, await mcp.listing(connection), ["evil"]).tools
        async with asyncio.timeout(60):
            outcome = await guarded(tool, context(key=KEY), {}, GuardLimits())
    assert (outcome.status, outcome.content) == ("ok", {"a": "a" * 100 + "!"})


async def test_a_listing_that_cannot_be_read_is_not_tried_again() -> None:
    """The server answers: it is not away."""

    def on(request: dict[str, Any]) -> dict[str, Any]:
        return {"result": {"tools": "many"}} if request["method"] == "tools/list" else broken(request)

    async with mcp_server.served(rpc(on)) as url, connected(url) as connection:
        with pytest.raises(ToolError, match="cannot be read") as refused:
            await mcp.listing(connection)
    assert not refused.value.retryable


@given(st.from_regex(r"^[a-z0-9_]{1,64}$", fullmatch=True), st.text(min_size=1, max_size=120))
def test_every_name_is_one_that_providers_take(server: str, tool: str) -> None:
    """And the same tool always has the same name."""
    name = mcp.tool_name(server, tool)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name)
    assert name == mcp.tool_name(server, tool)
    assert mcp.tool_name(server, tool, distinct=True) != f"mcp__{server}__{tool}"


@given(st.text(min_size=1, max_size=100), st.text(min_size=1, max_size=100))
def test_two_tools_of_a_server_never_share_a_name(one: str, other: str) -> None:
    """However their names are shortened."""
    assert (one == other) == (mcp.tool_name("s", one) == mcp.tool_name("s", other))
