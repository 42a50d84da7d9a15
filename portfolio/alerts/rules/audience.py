"""Who hears of an alert: by duty, post and owner, with stand-ins, and who is missing.

Someone missing: the item goes to the key-projects office at once, with the words who is missing.
Leader and chief are never asked to fill in for others: they hear by days only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Whom(StrEnum):
    """The places in the ladder that people hold."""

    CONTACT = "contact"  # 联系人
    HEAD = "head"  # 责任单位负责人
    COORDINATOR = "coordinator"  # 县区/行业联络
    OFFICE = "office"  # 重点项目办
    LEADER = "leader"  # 责任领导
    CHIEF = "chief"  # 市主要领导
    ADMINISTRATOR = "administrator"  # 系统管理员


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose people answer: a project, and the milestone's own owner where it has one (0: none)."""

    project_id: int = 0
    owner_organisation_id: int = 0
    owner_person_id: int = 0


@dataclass(frozen=True, slots=True)
class Duties:
    """Who answers for a project on the day, and who coordinates where it lies."""

    unit_id: int = 0
    contact_ids: tuple[int, ...] = ()
    leader_ids: tuple[int, ...] = ()
    coordinator_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Directory:
    """People as they stand on one day; `reachable` are active with an address that takes mail."""

    reachable: frozenset[int] = frozenset()
    stand_ins: Mapping[int, int] = field(default_factory=dict)
    heads: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unit_contacts: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    unit_of: Mapping[int, int] = field(default_factory=dict)
    duties: Mapping[int, Duties] = field(default_factory=dict)
    office: tuple[int, ...] = ()
    chief: tuple[int, ...] = ()
    administrators: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Hearer:
    """One recipient; `principal` is whom it is meant for, `missing` the places nobody holds."""

    recipient: int
    principal: int
    missing: str = ""


def hearers(directory: Directory, subject: Subject, places: Sequence[Whom]) -> list[Hearer]:
    """Return who is told, each once; the office in place of those who are missing."""
    found: dict[int, Hearer] = {}
    missing: list[str] = []
    for place in places:
        reached = [
            hearer for person in _holders(directory, subject, place) if (hearer := _reach(directory, person))
        ]
        if not reached and place not in (Whom.OFFICE, Whom.ADMINISTRATOR):
            missing.append(place.value)
        for hearer in reached:
            found.setdefault(hearer.recipient, hearer)
    if missing:
        for person in directory.office:
            office = _reach(directory, person)
            if office:
                found[office.recipient] = Hearer(office.recipient, office.principal, ",".join(missing))
    return list(found.values())


def held_by(directory: Directory, subject: Subject, person: int, places: Sequence[Whom]) -> tuple[Whom, ...]:
    """Return which of the places a person holds for a subject."""
    return tuple(place for place in places if person in _holders(directory, subject, place))


def _reach(directory: Directory, person: int) -> Hearer | None:
    instead = directory.stand_ins.get(person)
    if instead is not None and instead in directory.reachable:
        return Hearer(instead, person)
    return Hearer(person, person) if person in directory.reachable else None


def _holders(directory: Directory, subject: Subject, place: Whom) -> tuple[int, ...]:
    duties = directory.duties.get(subject.project_id, Duties())
    match place:
        case Whom.CONTACT:
            return _contacts(directory, subject, duties)
        case Whom.HEAD:
            return directory.heads.get(_unit(directory, subject, duties), ())
        case Whom.COORDINATOR:
            return duties.coordinator_ids
        case Whom.OFFICE:
            return directory.office
        case Whom.LEADER:
            return duties.leader_ids
        case Whom.CHIEF:
            return directory.chief
        case Whom.ADMINISTRATOR:
            return directory.administrators


def _contacts(directory: Directory, subject: Subject, duties: Duties) -> tuple[int, ...]:
    if subject.owner_person_id:
        return (subject.owner_person_id,)
    if subject.owner_organisation_id and subject.owner_organisation_id != duties.unit_id:
        # An approving bureau's own contact; without one its head stands for the bureau.
        unit = subject.owner_organisation_id
        return directory.unit_contacts.get(unit) or directory.heads.get(unit, ())
    return duties.contact_ids


def _unit(directory: Directory, subject: Subject, duties: Duties) -> int:
    if subject.owner_organisation_id:
        return subject.owner_organisation_id
    if subject.owner_person_id:
        return directory.unit_of.get(subject.owner_person_id, 0)
    return duties.unit_id
