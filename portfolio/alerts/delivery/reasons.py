"""The words of a mail to its reader: why it comes, whom to tell if it is not one's own, what is in one's charge."""

from collections.abc import Iterable, Sequence

from portfolio.alerts.delivery.readers import Charge, Contact, Reason
from portfolio.alerts.reading import Answers
from portfolio.alerts.rules.audience import Whom
from portfolio.alerts.sentences import PLACES
from portfolio.i18n import _
from portfolio.rendering.filters import shu

Told = tuple[Reason, str, Answers]  # the reason, the name of what it is about, who answers for it
_OF_NO_PROJECT = frozenset({Whom.OFFICE, Whom.CHIEF, Whom.ADMINISTRATOR})


def why(told: Iterable[Told]) -> str:
    """Name the reasons that hold for this reader, each with the projects that it holds for."""
    names: dict[tuple[str, str], dict[str, None]] = {}
    heard_before = False
    for reason, name, answers in told:
        heard_before = heard_before or not reason.places
        for place in reason.places:
            about = "" if place in _OF_NO_PROJECT else name
            names.setdefault((reason.instead_of, _place(place, answers)), {})[about] = None
    said = [_said(instead_of, place, tuple(about)) for (instead_of, place), about in names.items()]
    if heard_before:
        said.append(_("已解决的事项报过您"))
    return _("收到这封信，是因为%(reasons)s。", reasons="；".join(said))


def whom_to_tell(contact: Contact | None) -> str:
    """Say whom to tell if something is not one's own, and how to reach them; what is unknown is said to be."""
    if contact is None:
        return _("如果不是您负责的事，请告诉重点项目办；系统里没有登记他们的联系人。")
    ways = [
        _("电话 %(phone)s", phone=contact.phone) if contact.phone else _("电话没有登记"),
        _("邮箱 %(email)s", email=contact.email),
    ]
    place = PLACES[contact.place]
    if contact.project:
        place = _("“%(name)s”的%(place)s", name=contact.project, place=place)
    return _(
        "如果不是您负责的事，请告诉%(place)s%(name)s（%(ways)s）。",
        place=place, name=contact.name, ways="，".join(ways),
    )  # fmt: skip


def in_charge(charges: Sequence[Charge]) -> str:
    """Say how many projects are in a leader's charge and how they stand; empty for anyone else."""
    return "".join(_counted(each) for each in charges)


def _counted(charge: Charge) -> str:
    who = _("您代理的%(name)s", name=charge.whose) if charge.whose else _("您")
    whose = _("全市有") if charge.whole else _("%(who)s分管", who=who)
    return _(
        "%(whose)s %(projects)s 个项目：逾期 %(overdue)s 个，预测推迟 %(slipping)s 个，等待协调 %(waiting)s 个。",
        whose=whose, projects=shu(charge.projects), overdue=shu(charge.overdue), slipping=shu(charge.slipping),
        waiting=shu(charge.waiting),
    )  # fmt: skip


def _place(place: Whom, answers: Answers) -> str:
    """The place in words; a milestone's own owner takes the place of the project's people."""
    if place is Whom.CONTACT and answers.subject.owner_person_id:
        return _("节点负责人")
    if answers.owner and place is Whom.CONTACT:
        return _("节点责任单位联系人")
    if answers.owner and place is Whom.HEAD:
        return _("节点责任单位负责人")
    return PLACES[place]


def _said(instead_of: str, place: str, names: Sequence[str]) -> str:
    about = names[0]
    if about and len(names) > 1:
        post = _("“%(name)s”等 %(n)s 个项目的%(place)s", name=about, n=len(names), place=place)
    elif about:
        post = _("“%(name)s”的%(place)s", name=about, place=place)
    else:
        post = place
    if instead_of:
        return _("您代理%(name)s，%(post)s", name=instead_of, post=post)
    if post == PLACES[Whom.OFFICE]:
        return _("您在重点项目办")
    return _("您是%(post)s", post=post)
