"""The command line. Nothing heavy is imported before a command needs it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from sidecar import __version__, log
from sidecar.errors import SidecarError
from sidecar.settings import Settings, load

app = typer.Typer(
    name="sidecar",
    help="Runs Drupal's background agents: takes jobs from Drupal, drives them, reports back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
runs_app = typer.Typer(help="Look at runs, and give them commands.", no_args_is_help=True)
app.add_typer(runs_app, name="runs")

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Site = Annotated[str | None, typer.Option(help="Only this site.")]
Note = Annotated[str, typer.Option(help="A sentence for the record.")]


def main() -> None:
    """Entry point: errors of ours are sentences on standard error and exit status 1."""
    try:
        app()
    except SidecarError as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


@app.callback(invoke_without_command=True)
def _version(version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit()


@app.command()
def serve() -> None:
    """Serve the API and the pages, take jobs in, report to Drupal. Workers are processes of their own."""
    _process(doors=True, worker=False)


@app.command()
def worker() -> None:
    """Drive runs. Start as many as you like; all share the Redis of the settings."""
    _process(doors=False, worker=True)


@app.command()
def up() -> None:
    """All in one process, with the embedded Redis unless SIDECAR_REDIS_URL is set: for a small site."""
    _process(doors=True, worker=True)


@app.command()
def doctor(
    as_json: Json = False,
    worker: Annotated[bool, typer.Option("--worker", help="Only whether this host's worker is alive.")] = False,
) -> None:
    """Check settings, Redis, each site, each agent, each model; say what to do. Exit status 1 when something is wrong."""
    from sidecar.doctor import examine, examine_worker

    findings = asyncio.run((examine_worker if worker else examine)(_settings()))
    if as_json:
        typer.echo(json.dumps([finding.document() for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(finding.line(color=sys.stdout.isatty()))
    if any(finding.problem for finding in findings):
        raise typer.Exit(1)


@app.command()
def mcp(
    url: Annotated[str, typer.Option(help="The sidecar's door, such as https://agents.example.org/mcp.")],
    key_file: Annotated[Path | None, typer.Option(help="A file with your dispatch key alone.")] = None,
    key_env: Annotated[
        str, typer.Option(help="Without a file: the environment variable that has the key.")
    ] = "BACKGROUND_AGENTS_KEY",
    allow_http: Annotated[
        bool, typer.Option("--allow-http", help="Send the key over http to another machine.")
    ] = False,
) -> None:
    """Be an MCP server on standard input and output, for hosts that start commands: everything is passed on to a sidecar."""
    from sidecar.mcp_server import command

    command.run(url, key_file, key_env, allow_http=allow_http)


@app.command("accept-site")
def accept_site(site: Annotated[str, typer.Argument(help="Its id in the settings.")] = "default") -> None:
    """Serve the site that answers at base_url now, after a move: its base URL in Drupal's settings has changed."""
    from sidecar import console

    _with_context(lambda context: console.accept_site(context, site))


# -- runs


@runs_app.command("list")
def list_runs(
    state: Annotated[str | None, typer.Option(help="Only runs in this state.")] = None,
    agent: Annotated[str | None, typer.Option(help="Only runs of this agent.")] = None,
    site: Site = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    as_json: Json = False,
) -> None:
    """Runs, newest first."""
    from sidecar import console

    _with_context(lambda context: console.list_runs(context, site, state, agent, limit, as_json=as_json))


@runs_app.command()
def show(run: str, as_json: Json = False) -> None:
    """One run. RUN may be the beginning of its id."""
    from sidecar import console

    _with_context(lambda context: console.show(context, run, as_json=as_json))


@runs_app.command()
def tail(
    run: str,
    follow: Annotated[bool, typer.Option(help="Wait for more until the run is over.")] = True,
    as_json: Json = False,
) -> None:
    """The events of a run as they come."""
    from sidecar import console

    _with_context(lambda context: console.tail(context, run, follow=follow, as_json=as_json))


@runs_app.command()
def cancel(run: str, note: Note = "") -> None:
    """End a run. Drafts it has saved stay."""
    _command(run, "cancel", {"note": note})


@runs_app.command(name="pause")
def pause_(run: str, note: Note = "") -> None:
    """Let a run finish what it is doing, then wait."""
    _command(run, "pause", {"note": note})


@runs_app.command()
def resume(run: str, note: Note = "") -> None:
    """Let a paused run go on."""
    _command(run, "resume", {"note": note})


@runs_app.command()
def decide(
    run: str,
    id: Annotated[str, typer.Argument(help="The id in the event approval_requested.")],
    decision: Annotated[str, typer.Argument(help="done, again, give_up, approve or reject.")],
    note: Note = "",
) -> None:
    """Answer what a run waits for."""
    _command(run, "decide", {"id": id, "decision": decision, "note": note})


@runs_app.command()
def retry(
    run: str,
    from_step: Annotated[int, typer.Option(min=1, help="Keep what the steps before this one did.")] = 1,
    id: Annotated[str, typer.Option(help="The same id again is the same command: no second retry.")] = "",
    note: Note = "",
) -> None:
    """Retry a run that has ended, from the beginning or from a step. Drupal does it."""
    from sidecar import console

    data = {"from_step": from_step} | {name: text for name, text in {"id": id, "note": note}.items() if text}
    _with_context(lambda context: console.retry(context, run, data))


def _command(run: str, command: str, data: dict[str, str]) -> None:
    from sidecar import console

    _with_context(lambda context: console.command(context, run, command, {k: v for k, v in data.items() if v}))


# -- starting


def _settings(**overrides: Any) -> Settings:
    settings = load(**overrides)
    log.configure(settings.log_level, secrets=settings.secret_values())
    return settings


def _process(*, doors: bool, worker: bool) -> None:
    from sidecar import process

    settings = _settings()
    if settings.embedded_redis and not (doors and worker):
        _fail("`serve` and `worker` share a Redis: set SIDECAR_REDIS_URL, or run `sidecar up`, which brings its own.")
    process.start(settings, process.Roles(doors=doors, worker=worker))


def _with_context(work: Callable[[Any], Coroutine[Any, Any, int]]) -> None:
    from sidecar import resources

    settings = load()
    log.configure("error", secrets=settings.secret_values())
    if settings.embedded_redis and not Path(settings.data_dir).exists():
        _fail(f"There is no Redis: `sidecar up` is not running here (no {settings.data_dir}). Set SIDECAR_REDIS_URL.")

    async def body() -> int:
        async with resources.open_context(settings) as context:
            return await work(context)

    status = asyncio.run(body())
    if status:
        raise typer.Exit(status)


def _fail(sentence: str) -> NoReturn:
    typer.secho(sentence, err=True, fg=typer.colors.RED)
    sys.exit(1)
