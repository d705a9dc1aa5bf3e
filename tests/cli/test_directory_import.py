"""`leave directory import` and `export`, against a stage."""

from __future__ import annotations

import codecs
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from emulator.places import SAMPLE_DIRECTORY
from leave.adapters.dynamodb import directory
from leave.adapters.dynamodb.directory import DynamoDirectory
from leave.adapters.dynamodb.table import Table
from leave.adapters.system import SystemClock
from leave.domain.employee import Employment
from leave.domain.errors import UnavailableError
from leave.domain.values import Secret, replace
from tests.cli.aws_stage import AwsStage
from tests.leave.directories import ANN, HEADER, JANE, JIM, JOHN, a_line, text_of, write

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from leave.domain.employee import Employee
    from leave.services.ports import DirectoryWrite
    from tests.cli.terminal import Result, Terminal

TO_THE_STAGE = ("--stage", "test")
THIS_YEAR = datetime.now(UTC).year
FIRST_YEAR = ("--first-year", f"{THIS_YEAR}")


@pytest.fixture
def load(leave: Terminal, tmp_path: Path) -> Callable[..., Result]:
    """Import lines, which has to succeed."""

    def load(*lines: str, options: tuple[str, ...] = ()) -> Result:
        file = write(tmp_path, *lines)
        return leave.done("directory", "import", file, *TO_THE_STAGE, *options)

    return load


@pytest.fixture
def refused(leave: Terminal, tmp_path: Path) -> Callable[..., str]:
    """Import lines, which must be refused."""

    def refused(*lines: str, options: tuple[str, ...] = ()) -> str:
        file = write(tmp_path, *lines)
        return leave.told("directory", "import", file, *TO_THE_STAGE, *options)

    return refused


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record whom the imports write."""
    ids: list[str] = []
    write_all = DynamoDirectory.write_all

    def recording(
        self: DynamoDirectory, writes: Sequence[DirectoryWrite], **more: Any
    ) -> Iterator[tuple[int, int]]:
        for done in write_all(self, writes, **more):
            yield done
            ids[:] = [write.after.employee_id for write in writes[: done[0]]]

    monkeypatch.setattr(DynamoDirectory, "write_all", recording)
    return ids


def stored(stage: AwsStage, employee_id: str) -> Employee:
    employee = stage.directory.by_id(employee_id)
    assert employee is not None
    return employee


def test_a_stage_gets_its_first_employees(load: Any, stage: AwsStage) -> None:
    result = load(JOHN, JIM, JANE)
    assert result.out == (
        "added    E001  John Carpenter\n"
        "added    E002  Jim O'Dell\n"
        "added    E003  Jane Cook\n"
        "3 added, 0 changed, 0 leaving.\n"
        "Written.\n"
    )
    assert [e.employee_id for e in stage.directory.team("E001")] == ["E002", "E003"]
    jim = stage.directory.by_email("JIM@foo.com")
    assert jim is not None
    assert jim.name == "Jim O'Dell"


def test_everybody_gets_a_calendar_address_of_256_bits_of_their_own(
    load: Any, stage: AwsStage
) -> None:
    load(JOHN, JIM)
    feeds = {stored(stage, i).feed for i in ("E001", "E002")}
    texts = [feed.reveal() for feed in feeds if feed]
    assert [len(text) for text in texts] == [43, 43]
    for text in texts:
        assert stage.directory.by_feed(text)


@pytest.mark.parametrize(("hour", "first_year"), [(21, 2026), (22, 2027)])
def test_accounts_begin_in_the_year_that_it_is_in_the_stage(
    hour: int, first_year: int, load: Any, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Riga it is two hours later than in UTC."""
    stage.configure(LEAVE_TIME_ZONE="Europe/Riga")

    def new_year_s_eve(_: SystemClock) -> datetime:
        return datetime(2026, 12, 31, hour, 30, tzinfo=UTC)

    monkeypatch.setattr(SystemClock, "now", new_year_s_eve)
    load(JOHN)
    assert stored(stage, "E001").accounts_since == first_year


def test_accounts_of_those_who_are_added_can_begin_last_year_or_next(
    load: Any, refused: Any, stage: AwsStage
) -> None:
    this = datetime.now(UTC).year
    for far in (this - 2, this + 2):
        told = refused(JOHN, options=("--first-year", f"{far}"))
        assert f"firstYear: must be {this - 1}, {this} or {this + 1}" in told
    load(JOHN, options=("--first-year", f"{this + 1}"))
    load(JOHN, JIM, options=("--first-year", f"{this - 1}"))
    years = [stored(stage, one).accounts_since for one in ("E001", "E002")]
    assert years == [this + 1, this - 1]


def test_an_import_keeps_accounts_and_calendar_address(load: Any, stage: AwsStage) -> None:
    load(JOHN)
    john = replace(stored(stage, "E001"), accounts_since=2021, feed=Secret("f" * 43))
    stage.directory.write(john, before=stored(stage, "E001"))
    load(JOHN.replace("John Carpenter", "John C. Carpenter"))
    after = stored(stage, "E001")
    assert (after.name, after.accounts_since, after.feed) == (
        "John C. Carpenter",
        2021,
        Secret("f" * 43),
    )


def test_a_first_day_that_is_stored_is_not_cleared(
    load: Any, refused: Any, stage: AwsStage, written: list[str]
) -> None:
    """Years before it would get leave, and what is left of them would be carried over."""
    load(JOHN, JIM)
    written.clear()
    assert "line 3: startDate: the first day is empty, and 2020-01-01 is stored" in refused(
        JOHN, JIM.replace("2020-01-01", "")
    )
    assert written == []
    load(JOHN, JIM.replace("2020-01-01", "2019-05-01"))
    assert stored(stage, "E002").start_date == date(2019, 5, 1)


def test_a_first_day_that_never_was_known_can_stay_empty(load: Any, stage: AwsStage) -> None:
    load(JOHN, JIM.replace("2020-01-01", ""))
    load(JOHN, JIM.replace("2020-01-01", "").replace("Jim", "James"))
    assert (stored(stage, "E002").start_date, stored(stage, "E002").name) == (None, "James O'Dell")


@pytest.mark.parametrize("earlier", ["/2027-06-30", ""])
def test_the_first_day_of_an_earlier_employment_is_not_cleared(
    earlier: str, load: Any, leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    load(JOHN, JIM)
    load(JOHN, JIM.replace("2020-01-01,", "2020-01-01,2020-06-30"))
    load(JOHN, JIM.replace("2020-01-01", "2021-01-01"))
    before = stored(stage, "E002")
    assert len(before.employments) == 2
    file = tmp_path / "earlier.csv"
    jim = JIM.replace("2020-01-01", "" if not earlier else "2028-01-01")
    file.write_text(f"{HEADER},earlierEmployments\n{JOHN},\n{jim},{earlier}\n", encoding="utf-8")
    told = leave.told("directory", "import", file, *TO_THE_STAGE)
    assert "line 3: startDate: the first day is empty, and 2020-01-01 is stored" in told
    assert stored(stage, "E002") == before


def test_a_column_that_is_absent_leaves_what_is_stored(
    load: Any, leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    file = tmp_path / "substitutes.csv"
    file.write_text(f"{HEADER},substituteId\n{JOHN},E003\n{JIM},\n{JANE},\n", encoding="utf-8")
    leave.done("directory", "import", file, *TO_THE_STAGE)
    result = load(JOHN.replace("John Carpenter", "John C. Carpenter"), JIM, JANE, ANN)
    assert "substituteId" not in result.out
    assert (stored(stage, "E001").name, stored(stage, "E001").substitute_id) == (
        "John C. Carpenter",
        "E003",
    )
    assert stored(stage, "E004").substitute_id is None


def test_an_empty_cell_clears_what_is_stored(
    load: Any, leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    load(JOHN, JIM)
    file = tmp_path / "substitutes.csv"
    for substitute in ("E002", ""):
        text = f"{HEADER},substituteId\n{JOHN},{substitute}\n{JIM},\n"
        file.write_text(text, encoding="utf-8")
        result = leave.done("directory", "import", file, *TO_THE_STAGE)
        assert "substituteId: " in result.out
        assert stored(stage, "E001").substitute_id == (substitute or None)


def test_a_start_after_the_stored_end_is_an_employment_more(load: Any, stage: AwsStage) -> None:
    load(JOHN, a_line(endDate="2021-06-30"))
    again = a_line(startDate="2021-10-01")
    result = load(JOHN, again)
    assert "earlierEmployments: (empty) -> 2020-01-01/2021-06-30" in result.out
    first = Employment(start=date(2020, 1, 1), end=date(2021, 6, 30))
    assert stored(stage, "E002").employments == (first, Employment(start=date(2021, 10, 1)))
    assert "No employee differs from the file." in load(JOHN, again).out
    load(JOHN, a_line(startDate="2021-09-01", endDate="2021-12-31"))
    second = Employment(start=date(2021, 9, 1), end=date(2021, 12, 31))
    assert stored(stage, "E002").employments == (first, second)
    load(JOHN, a_line(startDate="2022-01-01"))
    third = Employment(start=date(2022, 1, 1))
    assert stored(stage, "E002").employments == (first, second, third)


def test_a_start_after_the_end_of_an_employment_to_come_puts_it_off(
    load: Any, stage: AwsStage
) -> None:
    load(JOHN, a_line(endDate="2021-06-30"))
    next_year, later = f"{THIS_YEAR + 1}", f"{THIS_YEAR + 2}"
    load(JOHN, a_line(startDate=f"{next_year}-02-01", endDate=f"{next_year}-04-30"))
    load(JOHN, a_line(startDate=f"{later}-01-10", endDate=f"{later}-03-31"))
    first = Employment(start=date(2020, 1, 1), end=date(2021, 6, 30))
    put_off = Employment(start=date(THIS_YEAR + 2, 1, 10), end=date(THIS_YEAR + 2, 3, 31))
    assert stored(stage, "E002").employments == (first, put_off)


def test_earlier_employments_are_exported_corrected_and_cleared(
    load: Any, leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    load(JOHN, a_line(endDate="2021-06-30"))
    jim, file = a_line(startDate="2022-01-01"), tmp_path / "history.csv"
    for cell, kept in (
        # Somebody else has the column: what was stored is not lost by it.
        ("", "2020-01-01/2021-06-30"),
        ("2020-02-01/2021-03-31; 2021-05-01/2021-05-31",) * 2,
        ("", ""),
    ):
        file.write_text(f"{HEADER},earlierEmployments\n{JOHN},\n{jim},{cell}\n", encoding="utf-8")
        leave.done("directory", "import", file, *TO_THE_STAGE)
        leave.done("directory", "export", file, *TO_THE_STAGE)
        exported = file.read_text(encoding="utf-8-sig")
        with_column = f"{HEADER},earlierEmployments\n{JOHN},\n{jim},{kept}\n"
        assert exported == (with_column if kept else text_of(JOHN, jim))
    assert stored(stage, "E002").employments == (Employment(start=date(2022, 1, 1)),)


def test_a_start_within_an_earlier_employment_is_a_mistake(
    load: Any, refused: Any, stage: AwsStage
) -> None:
    load(JOHN, a_line(endDate="2021-06-30"))
    load(JOHN, a_line(startDate="2022-01-01"))
    for start, shown in (("2021-06-30", "2021-06-30"), ("", "an empty cell")):
        (mistake,) = refused(JOHN, a_line(startDate=start)).splitlines()[1:-1]
        assert mistake == (
            f"  line 3: startDate: {shown} is not after the end of an earlier employment,"
            " 2020-01-01/2021-06-30; correct it, or that one in a column earlierEmployments"
        )
    assert stored(stage, "E002").start_date == date(2022, 1, 1)


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("lines", [('"E002,Jim',), ()])
def test_a_file_that_is_not_read_to_its_end_leaves_nobody_out(
    load: Any, refused: Any, lines: tuple[str, ...]
) -> None:
    load(JOHN, JIM, JANE)
    assert len(refused(*lines).splitlines()) == 3


@pytest.mark.usefixtures("stage")
def test_an_id_in_other_letters_is_one_mistake(load: Any, refused: Any) -> None:
    load(JOHN, JIM)
    told = refused(JOHN, JIM.replace("E002", "e002"))
    assert told.splitlines()[1:-1] == [
        "  line 3: employeeId: e002 is already used by E002, not in this file"
    ]


def test_the_same_file_again_changes_nothing(
    load: Any, stage: AwsStage, written: list[str]
) -> None:
    load(JOHN, JIM, JANE)
    written.clear()
    before = list(stage.directory.everybody())
    result = load(JOHN, JIM, JANE)
    assert result.out == ("0 added, 0 changed, 0 leaving.\nNo employee differs from the file.\n")
    assert (written, list(stage.directory.everybody())) == ([], before)


def test_only_what_differs_is_shown_and_written(
    load: Any, stage: AwsStage, written: list[str]
) -> None:
    load(JOHN, JIM, JANE)
    written.clear()
    jim = a_line(annualLeaveDays="28", leadId="E003", language="de")
    result = load(JOHN, jim, JANE, ANN)
    assert result.out == (
        "added    E004  Ann Other\n"
        "changed  E002  Jim O'Dell\n"
        "           leadId: E001 -> E003\n"
        "           annualLeaveDays: 25 -> 28\n"
        "           language: en -> de\n"
        "1 added, 1 changed, 0 leaving.\n"
        "Written.\n"
    )
    assert written == ["E004", "E002"]
    assert [e.employee_id for e in stage.directory.team("E001")] == ["E003", "E004"]
    assert [e.employee_id for e in stage.directory.team("E003")] == ["E002"]


@pytest.mark.usefixtures("stage")
def test_a_cell_that_means_the_same_is_no_difference(load: Any, written: list[str]) -> None:
    load(JOHN)
    written.clear()
    load(JOHN.replace(",25,", ",25.0,").replace("Mon-Fri", "Mon Tue-Fri"))
    assert written == []


@pytest.mark.usefixtures("stage")
def test_scripts_are_told_what_differs(load: Any) -> None:
    load(JOHN, JIM, JANE)
    gone = JANE.replace("2020-01-01,,", "2020-01-01,2021-12-31,")
    result = load(JOHN, a_line(leadId=""), gone, ANN, options=("--json",))
    assert result.json == {
        "added": [{"employeeId": "E004", "name": "Ann Other", "changes": []}],
        "changed": [
            {
                "employeeId": "E002",
                "name": "Jim O'Dell",
                "changes": [{"field": "leadId", "before": "E001", "after": ""}],
            }
        ],
        "leaving": [
            {
                "employeeId": "E003",
                "name": "Jane Cook",
                "changes": [{"field": "endDate", "before": "", "after": "2021-12-31"}],
            }
        ],
        "rerouted": [],
        "leave": [],
        "recounts": [],
        "short": [],
        "written": True,
    }


@pytest.mark.usefixtures("stage")
@pytest.mark.parametrize("command", ["import", "check"])
def test_a_dry_run_shows_everything_and_writes_nothing(
    command: str, leave: Terminal, load: Any, tmp_path: Path, written: list[str]
) -> None:
    load(JOHN)
    written.clear()
    options = ["--dry-run"] if command == "import" else []
    result = leave.done("directory", command, write(tmp_path, JOHN, JIM), *TO_THE_STAGE, *options)
    assert result.out == (
        "added    E002  Jim O'Dell\n1 added, 0 changed, 0 leaving.\nNothing was written.\n"
    )
    assert written == []


def test_a_file_with_a_mistake_writes_nothing(
    refused: Any, stage: AwsStage, written: list[str]
) -> None:
    told = refused(JOHN, a_line(leadId="E009"))
    assert "nothing was written" in told
    assert "line 3: leadId: there is no employee E009" in told
    assert (written, list(stage.directory.everybody())) == ([], [])


@pytest.mark.usefixtures("stage")
def test_nobody_is_removed_silently(load: Any, refused: Any, written: list[str]) -> None:
    load(JOHN, JIM, JANE)
    written.clear()
    told = refused(JOHN)
    assert "  E002 (Jim O'Dell) is missing, and an import removes no employee" in told
    assert "  E003 (Jane Cook) is missing" in told
    assert "--end-missing DATE" in told
    assert written == []


def test_the_missing_can_be_given_an_end_date(load: Any, stage: AwsStage) -> None:
    load(JOHN, JIM, JANE)
    result = load(JOHN, JIM, options=("--end-missing", "2021-12-31"))
    assert result.out == (
        "leaving  E003  Jane Cook, last day 2021-12-31\n"
        "           endDate: (empty) -> 2021-12-31\n"
        "0 added, 0 changed, 1 leaving.\n"
        "Written.\n"
    )
    assert stored(stage, "E003").end_date == date(2021, 12, 31)


@pytest.mark.usefixtures("stage")
def test_the_missing_can_not_end_before_they_started(load: Any, refused: Any) -> None:
    load(JOHN, JIM)
    told = refused(JOHN, options=("--end-missing", "2019-12-31"))
    assert "E002 (Jim O'Dell) is missing, and cannot end on 2019-12-31, before their start" in told


def test_whoever_has_an_end_date_may_be_left_out_and_stays(
    load: Any, stage: AwsStage, written: list[str]
) -> None:
    load(JOHN, a_line(endDate="2021-12-31"))
    written.clear()
    assert "No employee differs from the file." in load(JOHN).out
    assert written == []
    assert stored(stage, "E002").end_date == date(2021, 12, 31)


@pytest.mark.usefixtures("stage")
def test_a_line_with_a_mistake_is_not_missing_besides(load: Any, refused: Any) -> None:
    load(JOHN, JIM)
    assert "is missing" not in refused(JOHN, a_line(email="jim"))


@pytest.mark.parametrize("first", ["E002", "E003"])
def test_two_exchange_their_addresses(first: str, load: Any, stage: AwsStage) -> None:
    load(JOHN, JIM, JANE)
    lines = [a_line(email="jane@foo.com"), JANE.replace("jane@", "jim@")]
    load(JOHN, *(lines if first == "E002" else reversed(lines)))
    owners = [stage.directory.by_email(f"{name}@foo.com") for name in ("jim", "jane")]
    assert [owner and owner.employee_id for owner in owners] == ["E003", "E002"]


def test_a_new_employee_gets_the_address_another_one_gave_up(load: Any, stage: AwsStage) -> None:
    load(JOHN, JIM)
    load(JOHN, a_line(email="jim.odell@foo.com"), ANN.replace("ann@", "jim@"))
    owners = [stage.directory.by_email(f"{name}@foo.com") for name in ("jim", "jim.odell")]
    assert [owner and owner.employee_id for owner in owners] == ["E004", "E002"]


@pytest.mark.parametrize("survived", [0, 1, 2])
def test_an_interrupted_import_can_be_repeated(
    survived: int, leave: Terminal, load: Any, stage: AwsStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path.home()
    load(JOHN, JIM, JANE)
    lines = (JOHN, a_line(email="jane@foo.com"), JANE.replace("jane@", "jim@"), ANN)
    with monkeypatch.context() as broken:
        write_some, left = Table.write, [survived]

        def breaking(self: Table, *operations: Any) -> None:
            if not left[0]:
                raise UnavailableError("DynamoDB: timeout")
            left[0] -= 1
            write_some(self, *operations)

        broken.setattr(Table, "write", breaking)
        broken.setattr(directory, "_EMPLOYEES_A_TRANSACTION", 1)
        told = leave.told("directory", "import", write(folder, *lines), *TO_THE_STAGE)
        assert told.startswith("Please try again: Nothing was lost.")
    load(*lines)
    leave.done("directory", "export", folder / "after.csv", *TO_THE_STAGE)
    assert (folder / "after.csv").read_text(encoding="utf-8-sig") == text_of(*lines)
    for name, owner in (("jim", "E003"), ("jane", "E002"), ("ann", "E004"), ("john", "E001")):
        employee = stage.directory.by_email(f"{name}@foo.com")
        assert employee is not None
        assert employee.employee_id == owner


@pytest.mark.usefixtures("stage")
def test_an_export_is_the_file_that_was_imported(
    leave: Terminal, load: Any, tmp_path: Path
) -> None:
    lines = (
        JOHN,
        a_line(annualLeaveDays="25; 2027-01-01: 28.5", workingWeek="Mon-Thu Fri:0.5"),
        'E003,"Cook, Jane ""JC"" Ü",jane@foo.com,E001,25,Mon-Fri,,2031-01-31,DE-BE,de-AT',
    )
    load(*reversed(lines))
    exported = tmp_path / "exported.csv"
    result = leave.done("directory", "export", exported, *TO_THE_STAGE)
    assert result.out.startswith("The employees of http://127.0.0.1:")
    assert result.out.endswith(f"/test written to {exported}.\n")
    assert exported.read_bytes() == codecs.BOM_UTF8 + text_of(*lines).encode()
    again = leave.done("directory", "import", exported, *TO_THE_STAGE, "--dry-run")
    assert "No employee differs from the file." in again.out


@pytest.mark.usefixtures("stage")
def test_an_export_that_can_not_be_written_is_told(
    leave: Terminal, load: Any, tmp_path: Path
) -> None:
    load(JOHN)
    file = tmp_path / "none" / "directory.csv"
    told = leave.told("directory", "export", file, *TO_THE_STAGE)
    assert told == f"{file} cannot be written: No such file or directory.\n"


def test_the_sample_of_the_local_stage_comes_back_as_it_is(
    leave: Terminal, stage: AwsStage, tmp_path: Path
) -> None:
    leave.done("directory", "import", SAMPLE_DIRECTORY, *TO_THE_STAGE)
    leave.done("directory", "export", tmp_path / "out.csv", *TO_THE_STAGE)
    assert (tmp_path / "out.csv").read_bytes() == codecs.BOM_UTF8 + SAMPLE_DIRECTORY.read_bytes()
    assert len(list(stage.directory.everybody())) == 3


@pytest.mark.parametrize(
    "options", [["--stage", "Prod"], ["--stage", "test", "--end-missing", "soon"]]
)
def test_wrong_usage_is_told_as_such(leave: Terminal, tmp_path: Path, options: list[str]) -> None:
    result = leave("directory", "import", write(tmp_path, JOHN), *options)
    assert (result.code, result.out) == (2, "")
    assert result.err
