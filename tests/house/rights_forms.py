"""What each request of the matrix carries: a form that would succeed, so that the rights alone decide.

An address that is not named here needs nothing beside itself.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from portfolio import clock
from tests.house.rights_records import REFUSED_ADDRESS, Records

Form = dict[str, Any]
REASON = "按会议纪要办理"
PASSWORD = "一句够长又没人用过的话"
TODAY = clock.civil_date(clock.now())
LATER = (TODAY + timedelta(days=60)).isoformat()
HERE = TODAY.isoformat()
PERSON = "/manage/people/{person_id}"
ACCOUNT = f"{PERSON}/accounts/{{account_id}}"
UNIT = "/manage/organisations/{unit_id}"

FORMS: dict[str, Callable[[Records], Form]] = {
    "/account/password": lambda _: {"current": PASSWORD, "password": PASSWORD * 2, "again": PASSWORD * 2},
    "/alerts/mail/{token}": lambda _: {"until": LATER, "comment": REASON},
    "/alerts/rules/{code}": lambda _: {"days": "20, 5", "reason": REASON},
    "/alerts/rules/{code}/reset": lambda _: {"scope": "portfolio", "reason": REASON},
    "/alerts/{alert_id}/acknowledge": lambda _: {"until": LATER, "comment": REASON},
    "/alerts/{alert_id}/comment": lambda _: {"words": REASON},
    "/alerts/{alert_id}/snooze": lambda _: {"snooze_until": LATER, "reason": REASON},
    "/baselines/{version_id}/decide": lambda _: {"decision": "approve", "comment": REASON},
    "/forgot": lambda _: {"login": "nobody"},
    "/link/{token}": lambda _: {"password": PASSWORD, "again": PASSWORD},
    "/manage/organisations": lambda _: {"name": "新设单位"},
    UNIT: lambda r: {"name": r["unit"], "short_name": "己方"},
    f"{UNIT}/merge": lambda r: {"into": r["unit"], "merged_on": HERE, "reason": REASON},
    f"{UNIT}/posts": lambda _: {"kind": "head", "title": "局长"},
    f"{UNIT}/posts/{{post_id}}/appoint": lambda r: {"person_id": r["person_id"], "starts_on": HERE},
    "/manage/people": lambda _: {"name": "新来的人"},
    PERSON: lambda r: {"name": r["person"], "email": "new@example.org"},
    f"{PERSON}/accounts": lambda _: {"login": "another-login"},
    f"{ACCOUNT}/grants": lambda _: {"role": "viewer"},
    f"{PERSON}/leave": lambda _: {"left_on": HERE, "reason": REASON},
    f"{PERSON}/stand-ins": lambda r: {"stand_in_id": r["contact_id"], "starts_on": "2024-01-01", "ends_on": "2024-01-31"},
    "/milestones/{code}": lambda _: {"label": "南段", "weight": "2", "reason": REASON},
    "/milestones/{code}/dates": lambda _: {"forecast": LATER, "reason": REASON},
    "/milestones/{code}/take-back": lambda _: {"reason": REASON},
    "/milestones/{code}/withdraw": lambda _: {"reason": REASON},
    "/operations/addresses": lambda _: {"address": "bad@example.org", "why": REASON},
    "/operations/addresses/release": lambda _: {"address": REFUSED_ADDRESS},
    "/operations/calendar": lambda _: {"year": "2027", "text": "元旦：1月1日放假。", "source": "国务院办公厅通知"},
    "/operations/calendar/read": lambda _: {"year": "2027", "text": "元旦：1月1日放假。"},
    "/operations/mails/start": lambda _: {"start_on": HERE},
    "/operations/mails/stop": lambda _: {"reason": REASON},
    "/operations/mails/resume": lambda r: {"code": r["project"]},
    "/plan/indicators/{no}": lambda _: {"year": "2023", "value": "60.8", "source": "统计公报"},
    "/projects": lambda _: {"name": "新来的水厂"},
    "/projects/{code}": lambda _: {"name": "改了名的水厂", "reason": REASON},
    "/projects/{code}/baselines": lambda r: {"milestone": r["undated_id"], "when": LATER, "reason": REASON},
    "/projects/{code}/duties": lambda r: {"kind": "contact", "person_id": r["deputy_id"]},
    "/projects/{code}/duties/{duty_id}/end": lambda _: {"ends_on": HERE},
    "/projects/{code}/merge": lambda r: {"into": r["project"], "reason": REASON},
    "/projects/{code}/milestones": lambda _: {"kind": "in_use", "weight": "1"},
    "/projects/{code}/pauses": lambda _: {"reason": REASON, "starts_on": HERE},
    "/projects/{code}/pauses/{pause_id}/decide": lambda _: {"decision": "accept", "comment": REASON},
    "/projects/{code}/pauses/{pause_id}/end": lambda _: {"ends_on": HERE},
    "/projects/{code}/stage": lambda _: {"stage": "completion", "happened_on": HERE, "document": "验收意见"},
    "/sign-in": lambda _: {"login": "nobody", "password": "wrong"},
    "/sign-in/demo": lambda _: {"role": "office"},
    "/workbooks/{code}/apply": lambda _: {"reason": REASON},
    "/workbooks/{code}/undo": lambda _: {"reason": REASON},
}  # fmt: skip
QUERIES: dict[str, Callable[[Records], Form]] = {
    "/workbooks/file": lambda _: {"kind": "projects"},
    "/workbooks/origin": lambda r: {"project": r["project"], "year": 2024, "source": "city"},
}
FILES: dict[str, Callable[[Records], Form]] = {
    "/workbooks": lambda r: {"file": ("预算.xlsx", r["workbook"])},
    "/manage/organisations/import": lambda r: {"file": ("机构.xlsx", r["units"])},
}


def sent(method: str, route: str, records: Records) -> Form:
    """What a request carries, as the client takes it."""
    if method == "GET":
        return {"params": QUERIES[route](records)} if route in QUERIES else {}
    if route in FILES:
        return {"files": FILES[route](records)}
    return {"data": FORMS[route](records)} if route in FORMS else {}
