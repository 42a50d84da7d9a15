"""Names that pages give to stages, kinds and duties."""

from portfolio.i18n import _
from portfolio.projects.models import DutyKind
from portfolio.projects.rules.stages import Kind, Stage

STAGES: dict[Stage, str] = {
    Stage.IDENTIFICATION: _("谋划储备"),
    Stage.PREPARATION: _("前期工作"),
    Stage.IMPLEMENTATION: _("在建"),
    Stage.COMPLETION: _("竣工验收"),
    Stage.COMPLETED: _("投入使用"),
    Stage.SUSPENDED: _("缓建"),
    Stage.CANCELLED: _("终止"),
}
KINDS: dict[Kind, str] = {
    Kind.PROJECT: _("项目"),
    Kind.PROGRAMME: _("专项"),
    Kind.MEASURE: _("举措"),
}
DUTIES: dict[DutyKind, str] = {
    DutyKind.RESPONSIBLE_UNIT: _("责任单位"),
    DutyKind.BUILDER: _("建设单位"),
    DutyKind.RESPONSIBLE_LEADER: _("责任领导"),
    DutyKind.CONTACT: _("联系人"),
}
LATE: dict[str, str] = {
    "overdue": _("有节点逾期"),
    "soon": _("30 天内到期"),
    "slipping": _("预测晚于基线"),
    "undated": _("没有待完成的基线"),
    "unassigned": _("没有责任单位"),
}
