"""Mutation score: the share of small changes of the code that make a test fail."""

from __future__ import annotations

import argparse
import hashlib
import importlib
import json
import math
import multiprocessing
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from coverage import CoverageData

from bench.mutations import mutants, sample

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.mutations import Mutant

PACKAGES: Final = ("leave/domain", "leave/services")
TESTS: Final = ("tests/leave/domain", "tests/leave/services", "tests/leave/functions")
# Imported once, since each mutant has a fork of this process. None of them imports the package.
_PRELOADED: Final = ("boto3", "hypothesis", "moto", "playwright.sync_api", "pulumi")
_PYTEST: Final = ("-q", "-n0", "-p", "no:cacheprovider")
_SECONDS_OF_A_TEST, _SECONDS_OF_A_MUTANT, _MEMORY = 60, 900, 4 << 30
# Tests that take a larger share of the time of all assert on time or memory, and would fail where
# the machine is busy.
_SLOW_SHARE: Final = 0.02
_FIRST: Final = 40  # most mutants are killed by few tests


@dataclass(frozen=True, kw_only=True)
class Result:
    """The outcome of one mutant: killed, timed out, survived or not covered."""

    file: str
    line: int
    change: str
    outcome: str
    tests: int = 0
    killed_by: str = ""


class CoveringTests:
    """The tests that pass without a mutant, by the lines that they run."""

    def __init__(self, root: Path, package: str, tests: Iterable[str]) -> None:
        paths = [test for test in tests if (root / test).exists()]
        digest = hashlib.sha256(f"{_PYTEST} {paths}".encode())
        for file in sorted(
            f for top in (package, "tests", *paths) for f in (root / top).rglob("*") if f.is_file()
        ):
            if "__pycache__" not in file.parts:
                digest.update(str(file.relative_to(root)).encode() + file.read_bytes())
        folder = root / ".build" / "mutants" / digest.hexdigest()[:16]
        self.copy = folder / "copy"
        if not (folder / "coverage").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run_all(root, package, paths, folder)
        said = (folder / "log").read_text("utf-8")
        failed = set(re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said, re.MULTILINE))
        seconds = float(re.findall(r"passed.* in ([\d.]+)s", said)[-1])
        timed = re.findall(r"^([\d.]+)s (?:call|setup) +(.+)$", said, re.MULTILINE)
        slow = {test for spent, test in timed if float(spent) > _SLOW_SHARE * seconds}
        left_out = failed | slow
        if left_out:
            print("left out, as they fail or are slow:", *sorted(left_out), file=sys.stderr)
        data = CoverageData(folder / "coverage")
        data.read()
        self._tests: dict[str, dict[int, set[str]]] = {}
        self._costs: Counter[str] = Counter()
        for name in data.measured_files():
            file = Path(name).relative_to(self.copy).as_posix()
            self._tests[file] = {
                line: {context.partition("|")[0] for context in contexts}
                for line, contexts in data.contexts_by_lineno(name).items()
            }
            for tests_of_line in self._tests[file].values():
                tests_of_line.difference_update(left_out)
                self._costs.update(tests_of_line)

    def of(self, mutant: Mutant) -> list[str]:
        """Return the tests to run, the cheapest of each function first."""
        first, last = mutant.lines
        lines = self._tests.get(mutant.file, {})
        found = set[str]().union(*(lines.get(line, ()) for line in range(first, last + 1)))
        if "" in found:
            found |= self._tests_of_users(mutant)
        seen: Counter[str] = Counter()
        ranked: list[tuple[int, str]] = []
        for test in sorted(found - {""}, key=lambda test: (self._costs[test], test)):
            function = test.partition("[")[0]
            seen[function] += 1
            ranked.append((seen[function], test))
        return [test for _, test in sorted(ranked, key=lambda pair: pair[0])]

    def _tests_of_users(self, mutant: Mutant) -> set[str]:
        """Return the tests of the lines that use what a statement defines when it is imported."""
        lines = (self.copy / mutant.file).read_text("utf-8").splitlines()
        defined = re.match(r"\W*(?:(?:async )?def |class )?(\w+)", lines[mutant.lines[0] - 1])
        name = defined[1] if defined else mutant.scope.rpartition(".")[2]
        word = re.compile(rf"\b{re.escape(name)}\b")
        found = set[str]()
        for file, tests in self._tests.items():
            for number, line in enumerate((self.copy / file).read_text("utf-8").splitlines(), 1):
                if word.search(line):
                    found |= tests.get(number, set())
        return found


def _run_all(root: Path, package: str, paths: list[str], folder: Path) -> None:
    print("running all tests once …", file=sys.stderr)
    shutil.copytree(root / package, folder / "copy" / package)
    measured = ("--cov", f"{folder}/copy/{package}", "--cov-context=test", "--cov-report=")
    timed = ("--durations=0", "--durations-min=1", "-rfE")
    path = ("-o", f"pythonpath={folder}/copy .")
    # Bytecode is kept, so that a run of a few tests does not compile everything again.
    variables = {
        **os.environ,
        "COVERAGE_FILE": f"{folder}/.coverage",
        "PYTHONDONTWRITEBYTECODE": "",
    }
    with (folder / "log").open("wb") as log:
        subprocess.run(
            [sys.executable, "-m", "pytest", *_PYTEST, *path, *measured, *timed, *paths],
            cwd=root,
            env=variables,
            stdout=log,
            stderr=log,
            check=False,
        )
    if not (folder / ".coverage").exists():
        sys.exit(f"No test ran. Hint: see {folder}/log")
    (folder / ".coverage").rename(folder / "coverage")


def _try(job: tuple[Path, Mutant, list[str]]) -> Result:
    copy, mutant, tests = job
    source = (copy / mutant.file).read_bytes()
    outcome, killed_by = "not covered", ""
    if tests:
        outcome, killed_by = _run(copy, tests, (mutant.file, mutant.apply(source)))
    return Result(
        file=mutant.file,
        line=source.count(b"\n", 0, mutant.start) + 1,
        change=" ".join(f"{mutant.before} → {mutant.after}".split()),
        outcome=outcome,
        tests=len(tests),
        killed_by=killed_by,
    )


def _run(copy: Path, tests: list[str], changed: tuple[str, bytes] | None) -> tuple[str, str]:
    """Run the tests with one changed file; return the outcome and the first test that failed."""
    code: int | None = pytest.ExitCode.OK
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name, "copy")
        shutil.copytree(copy, folder)
        if changed:
            file, content = changed
            Path(cache_from_source(folder / file)).unlink(missing_ok=True)
            (folder / file).write_bytes(content)
        for some in filter(None, (tests[:_FIRST], tests[_FIRST:])):
            code = _exit_code(folder, some)
            if code == pytest.ExitCode.USAGE_ERROR:  # a mutant may change the names of tests
                code = _exit_code(folder, sorted({test.partition("[")[0] for test in some}))
            if code != pytest.ExitCode.OK:
                break
        said = Path(name, "log").read_text("utf-8", "replace")
    if code is None:
        return "timed out", ""
    if code in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        return "survived", ""
    failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", said, re.MULTILINE)
    return "killed", failed[1] if failed else ""


def _exit_code(copy: Path, tests: list[str]) -> int | None:
    """Run the tests in a fork; return none where they took too long or were ended."""
    child = os.fork()
    if not child:
        _run_in_child(copy, tests)
    deadline = time.monotonic() + _SECONDS_OF_A_MUTANT
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else None
        if time.monotonic() > deadline:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return None
        time.sleep(0.02)


def _run_in_child(copy: Path, tests: list[str]) -> None:
    code = int(pytest.ExitCode.INTERNAL_ERROR)
    try:
        os.setsid()
        log = os.open(copy.parent / "log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        sys.dont_write_bytecode = True
        # What is imported already cannot be rewritten, and pytest warns of it.
        known = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        path = ("-o", f"pythonpath={copy} .")
        limits = ("--timeout", str(_SECONDS_OF_A_TEST))
        code = int(pytest.main([*_PYTEST, *known, *path, "-x", "-rfE", "--tb=no", *limits, *tests]))
        sys.stdout.flush()
    finally:
        os._exit(code)


def _summary(results: list[Result]) -> str:
    outcomes = Counter(result.outcome for result in results)
    killed, count = outcomes["killed"] + outcomes["timed out"], len(results)
    score = 100 * killed / count
    margin = 196 * math.sqrt(score / 100 * (1 - score / 100) / count)
    counts = ", ".join(f"{number} {outcome}" for outcome, number in sorted(outcomes.items()))
    lines = [f"mutation score {score:.1f} % ± {margin:.1f}: {killed} of {count} ({counts})"]
    for package, number in sorted(Counter(Path(r.file).parent for r in results).items()):
        here = [r for r in results if Path(r.file).parent == package]
        alive = sum(r.outcome in {"survived", "not covered"} for r in here)
        lines.append(f"{package}: {number - alive} of {number}")
    lines += [
        f"{result.file}:{result.line}: {result.outcome} ({result.tests} tests): {result.change}"
        for result in results
        if result.outcome in {"survived", "not covered"}
    ]
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Try a sample of mutants of the project in this folder, and print the survivors."""
    parser = argparse.ArgumentParser(prog="python -m bench mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many mutants")
    parser.add_argument("--seed", type=int, default=1, help="which mutants")
    parser.add_argument("--of", nargs="+", default=PACKAGES, help="folders of the code")
    parser.add_argument("--by", nargs="+", default=TESTS, help="folders of the tests")
    options = parser.parse_args(arguments)
    root = Path.cwd()
    chosen = sample(mutants(root, options.of), options.count, options.seed)
    tests = CoveringTests(root, Path(options.of[0]).parts[0], options.by)
    for module in _PRELOADED:
        with suppress(ImportError):
            importlib.import_module(module)
    jobs = [(tests.copy, mutant, tests.of(mutant)) for mutant in chosen]
    first = sorted({test for _, _, some in jobs for test in some[:_FIRST]})
    control = _run(tests.copy, first, None)
    if control[0] != "survived":
        sys.exit(f"Tests fail without a mutant: {control}")
    results: list[Result] = []
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for result in pool.imap(_try, jobs):
            results.append(result)
            print(f"{len(results)}/{len(jobs)} {result.outcome}", file=sys.stderr)
    print(_summary(results))
    report = root / "reports" / "mutants.json"
    report.parent.mkdir(exist_ok=True)
    found = {"seed": options.seed, "mutants": [asdict(result) for result in results]}
    report.write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
