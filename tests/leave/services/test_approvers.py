"""Whom to ask: the lead, in the place of one who has left their lead, else the fallback."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leave.domain.employee import Employee
from leave.domain.errors import NoApproverError
from leave.domain.values import replace
from leave.services.approvers import find_approver
from leave.services.unit_of_work import UnitOfWork
from tests.leave.builders import TODAY, an_employee, employed
from tests.leave.fakes import FakeClock, FakeDirectory
from tests.leave.services.stage import FakeStage

YESTERDAY = TODAY - timedelta(days=1)
BOSS = an_employee("E001", lead_id=None)
LEAD = an_employee("E002", lead_id="E001")
JIM = an_employee("E003", lead_id="E002")
HR = an_employee("E009", lead_id=None)


def knowing(*employees: Employee) -> UnitOfWork:
    return FakeStage(directory=FakeDirectory(*employees)).begin()


def asked(employee: Employee, *others: Employee, fallback: str | None = None) -> str:
    uow = knowing(employee, *others)
    return find_approver(uow, employee, fallback=fallback, clock=FakeClock()).approver.employee_id


def gone(employee: Employee) -> Employee:
    return an_employee(employee.employee_id, lead_id=employee.lead_id, end_date=YESTERDAY)


def test_the_lead_is_asked() -> None:
    assert asked(JIM, LEAD, BOSS, HR, fallback="E009") == "E002"


def test_on_the_last_day_of_employment_the_lead_is_still_asked() -> None:
    leaving = an_employee("E002", lead_id="E001", end_date=TODAY)
    assert asked(JIM, leaving, BOSS) == "E002"


def test_in_the_place_of_a_lead_who_has_left_the_leads_lead_is_asked() -> None:
    assert asked(JIM, gone(LEAD), BOSS, HR, fallback="E009") == "E001"


def test_without_a_lead_the_fallback_is_asked() -> None:
    assert asked(BOSS, HR, fallback="E009") == "E009"


def test_when_all_leads_have_left_the_fallback_is_asked() -> None:
    assert asked(JIM, gone(LEAD), gone(BOSS), HR, fallback="E009") == "E009"


def test_a_lead_who_is_not_in_the_directory_leads_no_further() -> None:
    assert asked(JIM, BOSS, HR, fallback="E009") == "E009"


NO_LEAD, ANOTHER_LEAD = "import a leadId", "import another leadId"
NAME_ONE = "configure `leave:fallback-approver`"
NAME_ANOTHER = "configure another `leave:fallback-approver`"
LED = replace(BOSS, lead_id="E009")
NO_LEADS = "no lead is imported"


@pytest.mark.parametrize(
    ("employee", "others", "fallback", "why", "cures"),
    [
        (BOSS, (), None, (NO_LEADS, "no fallback approver is set"), (NO_LEAD, NAME_ONE)),
        (
            BOSS,
            (),
            "E009",
            (NO_LEADS, "the fallback approver E009 is not in the directory"),
            (NO_LEAD, NAME_ANOTHER),
        ),
        (
            BOSS,
            (),
            "E001",
            (NO_LEADS, "the fallback approver E001 cannot decide about their own leave"),
            (NO_LEAD, NAME_ANOTHER),
        ),
        (
            BOSS,
            (gone(HR),),
            "E009",
            (NO_LEADS, "the fallback approver E009 left on 2027-02-28"),
            (NO_LEAD, NAME_ANOTHER),
        ),
        (
            LED,
            (gone(HR),),
            None,
            ("the lead E009 left on 2027-02-28", "no fallback approver is set"),
            (ANOTHER_LEAD, NAME_ONE),
        ),
        (
            LED,
            (),
            None,
            ("the lead E009 is not in the directory", "no fallback approver is set"),
            (ANOTHER_LEAD, NAME_ONE),
        ),
        (
            LED,
            (replace(HR, employments=employed(TODAY + timedelta(days=1))),),
            None,
            ("the lead E009 begins to work on 2027-03-02", "no fallback approver is set"),
            (ANOTHER_LEAD, NAME_ONE),
        ),
        (
            LED,
            (replace(gone(HR), lead_id="E008"),),
            None,
            (
                "the lead E009 left on 2027-02-28",
                "the lead E008 is not in the directory",
                "no fallback approver is set",
            ),
            (ANOTHER_LEAD, NAME_ONE),
        ),
    ],
)
def test_when_nobody_is_left_the_reasons_and_their_cures_are_told(
    employee: Employee,
    others: tuple[Employee, ...],
    fallback: str | None,
    why: tuple[str, ...],
    cures: tuple[str, ...],
) -> None:
    with pytest.raises(NoApproverError) as caught:
        asked(employee, *others, fallback=fallback)
    assert str(caught.value) == (
        f"Leave of employee E001 has no approver: {', and '.join(why)}."
        f" Ask an administrator to {' or '.join(cures)}."
    )


def test_two_who_lead_each_other_ask_each_other() -> None:
    one, other = an_employee("E001", lead_id="E002"), an_employee("E002", lead_id="E001")
    assert asked(one, other) == "E002"
    assert asked(other, one) == "E001"


def test_a_circle_of_leads_that_have_left_ends() -> None:
    one = gone(an_employee("E001", lead_id="E002"))
    other = gone(an_employee("E002", lead_id="E001"))
    with pytest.raises(NoApproverError):
        asked(an_employee("E003", lead_id="E001"), one, other)


EMPLOYMENTS = st.sampled_from(
    [
        employed(),
        employed(TODAY, TODAY),
        employed(end=YESTERDAY),
        employed(TODAY + timedelta(days=1)),
        (*employed(end=YESTERDAY - timedelta(days=9)), *employed(YESTERDAY)),
        (*employed(end=YESTERDAY), *employed(TODAY + timedelta(days=1))),
    ]
)
IDS = ["E001", "E002", "E003", "E004"]
STAFF = st.fixed_dictionaries(
    {
        name: st.builds(
            an_employee,
            st.just(name),
            lead_id=st.none() | st.sampled_from([*IDS, "E404"]),
            employments=EMPLOYMENTS,
        )
        for name in IDS
    }
)


@given(STAFF, st.none() | st.sampled_from([*IDS, "E404"]))
def test_nobody_decides_about_themselves_nor_while_not_employed(
    staff: dict[str, Employee], fallback: str | None
) -> None:
    uow = knowing(*staff.values())
    for employee in staff.values():
        try:
            chosen = find_approver(uow, employee, fallback=fallback, clock=FakeClock()).approver
        except NoApproverError:
            lead = staff.get(employee.lead_id or "")
            assert lead is None or lead is employee or not lead.is_employed_on(TODAY)
        else:
            assert chosen.employee_id != employee.employee_id
            assert chosen.is_employed_on(TODAY)


# On leave, passed over, never


def choice(employee: Employee, *others: Employee, **why: Any) -> tuple[str, str | None, bool]:
    """Return who is asked, for whom, and whether that is the last resort."""
    away = why.pop("away", ())
    arguments: dict[str, Any] = {"fallback": None, "clock": FakeClock()} | why
    chosen = find_approver(
        knowing(employee, *others),
        employee,
        is_away=lambda candidate: candidate.employee_id in away,
        **arguments,
    )
    absent = chosen.stands_in_for
    return chosen.approver.employee_id, absent and absent.employee_id, chosen.last_resort


SUBSTITUTE = an_employee("E005", lead_id="E001")
LED = an_employee("E002", lead_id="E001", substitute_id="E005")
TOP = an_employee("E001", lead_id=None, substitute_id="E006")
OTHER = an_employee("E006", lead_id=None)
ALL = (LED, TOP, SUBSTITUTE, OTHER, HR)
AWAY = ["E002", "E005", "E001", "E006"]
LED_AT_LAST, HR_AT_LAST = ("E002", None, True), ("E009", None, True)


@pytest.mark.parametrize(
    ("why", "expected"),
    [
        ({}, ("E002", None, False)),
        ({"away": ["E002"]}, ("E005", "E002", False)),
        ({"away": ["E002", "E005"]}, ("E001", "E002", False)),
        ({"away": ["E002", "E005", "E001"]}, ("E006", "E002", False)),
        ({"away": ["E002", "E005", "E001", "E006"], "fallback": "E009"}, ("E009", "E002", False)),
        ({"away": ["E002", "E005", "E001", "E006"]}, ("E002", None, True)),
        ({"passed_over": ["E002"]}, ("E001", None, False)),
        ({"passed_over": ["E002", "E001"]}, ("E002", None, True)),
        ({"passed_over": ["E002", "E001"], "fallback": "E009"}, ("E009", None, False)),
        ({"passed_over": ["E002", "E001", "E009"], "fallback": "E009"}, ("E002", None, True)),
        ({"away": ["E002"], "passed_over": ["E005"]}, ("E001", "E002", False)),
        ({"away": ["E001"], "passed_over": ["E002", "E006"]}, ("E002", None, True)),
        ({"away": ["E009"], "passed_over": ["E002", "E001"], "fallback": "E009"}, LED_AT_LAST),
        ({"away": ["E009", "E002", "E001"], "fallback": "E009"}, ("E005", "E002", False)),
        ({"away": [*AWAY, "E009"], "fallback": "E009"}, LED_AT_LAST),
        ({"away": [*AWAY, "E009"], "passed_over": AWAY, "fallback": "E009"}, HR_AT_LAST),
        ({"away": ["E002"], "passed_over": ["E002"], "never": ["E001"]}, ("E005", "E002", True)),
        ({"away": ["E001", "E006"], "unreachable": ["E002"]}, ("E001", None, True)),
        ({"unreachable": ["E002"], "passed_over": ["E002", "E001"]}, ("E001", None, True)),
        ({"unreachable": ["E002", "E001"]}, ("E002", None, True)),
        ({"never": ["E002"]}, ("E001", None, False)),
        ({"away": ["E002"], "never": ["E005"]}, ("E001", "E002", False)),
        ({"never": ["E002", "E001"], "fallback": "E009"}, ("E009", None, False)),
    ],
)
def test_each_reason_leads_elsewhere(
    why: dict[str, Any], expected: tuple[str, str | None, bool]
) -> None:
    assert choice(JIM, *ALL, **why) == expected


def test_nobody_is_the_substitute_for_their_own_leave() -> None:
    lead = an_employee("E002", lead_id="E001", substitute_id="E003")
    assert choice(JIM, lead, TOP, away=["E002"]) == ("E001", "E002", False)


def test_a_substitute_who_has_left_is_no_substitute() -> None:
    assert choice(JIM, LED, TOP, gone(SUBSTITUTE), away=["E002"]) == ("E001", "E002", False)


def test_a_substitute_who_is_not_in_the_directory_is_no_substitute() -> None:
    assert choice(JIM, LED, TOP, away=["E002"]) == ("E001", "E002", False)


def test_where_all_were_passed_over_the_fallback_is_the_last_resort() -> None:
    why = {"fallback": "E009", "passed_over": ["E009"]}
    assert choice(TOP, HR, **why) == ("E009", None, True)


def test_when_never_leaves_nobody_that_is_told() -> None:
    with pytest.raises(NoApproverError):
        choice(JIM, *ALL, never=["E001", "E002"])


SUBSETS = st.sets(st.sampled_from(IDS), max_size=4)
WITH_SUBSTITUTES = st.fixed_dictionaries(
    {
        name: st.builds(
            an_employee,
            st.just(name),
            lead_id=st.none() | st.sampled_from([*IDS, "E404"]),
            substitute_id=st.none() | st.sampled_from([*IDS, "E404"]),
            employments=EMPLOYMENTS,
        )
        for name in IDS
    }
)


@given(
    WITH_SUBSTITUTES,
    st.none() | st.sampled_from([*IDS, "E404"]),
    SUBSETS,
    SUBSETS,
    SUBSETS,
    SUBSETS,
    st.dictionaries(st.sampled_from(IDS), st.sampled_from([*IDS, "E404"])),
)
def test_in_any_directory_the_best_candidate_is_asked(  # noqa: PLR0913, PLR0917 - all drawn
    staff: dict[str, Employee],
    fallback: str | None,
    away: set[str],
    never: set[str],
    passed_over: set[str],
    unreachable: set[str],
    delegates: dict[str, str],
) -> None:
    why = {
        "delegate": lambda person: staff.get(delegates.get(person.employee_id, "")),
        "away": away,
        "never": never,
        "passed_over": passed_over,
        "unreachable": unreachable,
        "fallback": fallback,
    }
    silent = passed_over | unreachable

    def rank(candidate: tuple[str, str | None, str | None]) -> int:
        name, stands_in_for, delegator = candidate
        if name in unreachable:
            return 5
        if name in away:
            return 4 if name in silent else 3
        return 2 if {name, stands_in_for, delegator} & silent else 1

    def may_decide(name: str | None) -> bool:
        return name not in {"E001", *never} and (
            name is None or (name in staff and staff[name].is_employed_on(TODAY))
        )

    candidates = [
        (asked, absent, delegator)
        for name, absent in in_order(staff, staff["E001"], fallback, away)
        if may_decide(name) and may_decide(absent)
        for asked, delegator in ((delegates.get(name, "E404"), name), (name, None))
        if may_decide(asked)
    ]
    try:
        chosen, absent, last_resort = choice(staff["E001"], *staff.values(), **why)
    except NoApproverError:
        assert not candidates
        return
    best = min(candidates, key=rank)
    assert chosen == best[0]
    assert last_resort is (rank(best) > 1)
    if absent is not None:
        assert absent in away
        assert chosen not in away


def in_order(
    staff: dict[str, Employee], employee: Employee, fallback: str | None, away: set[str]
) -> list[tuple[str, str | None]]:
    """Return whom the rules name one after the other, and for which lead a substitute stands in."""
    names: list[tuple[str, str | None]] = []
    for lead in chain(staff, employee):
        names.append((lead, None))
        substitute = staff[lead].substitute_id
        if lead in away and substitute in staff:
            names.append((substitute, lead))
    return [*names, (fallback, None)] if fallback in staff else names


def chain(staff: dict[str, Employee], employee: Employee) -> list[str]:
    """Return the lead, the lead's lead and so on, as a reader of the directory would."""
    names: list[str] = []
    lead = employee.lead_id
    while lead in staff and lead not in {employee.employee_id, *names}:
        names.append(lead)
        lead = staff[lead].lead_id
    return names
