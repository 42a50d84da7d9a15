"""What the audit trail's entities, actions, fields and values are called; an unknown one is shown as it is stored.

The trail itself and its export keep the stored words: they are what is signed.
"""

from datetime import date, datetime
from typing import Any

from portfolio.finance.reference import NAMES as SOURCES
from portfolio.i18n import _
from portfolio.money import Fen
from portfolio.overview.words import DUTIES, KINDS, STAGES
from portfolio.people.posts import NAMES as POSTS
from portfolio.rendering.filters import riqi, shike, wan

ENTITIES: dict[str, str] = {
    "account": _("账号"),
    "alert": _("预警"),
    "amount": _("金额"),
    "baseline_version": _("基线版本"),
    "duty": _("责任"),
    "import_batch": _("工作簿"),
    "indicator_history": _("指标历史"),
    "indicator_series": _("指标"),
    "indicator_value": _("指标年度数"),
    "installation": _("安装"),
    "mailing": _("邮件启停"),
    "milestone": _("节点"),
    "milestone_date": _("节点日期"),
    "notification": _("预警邮件"),
    "organisation": _("机构"),
    "pause": _("暂停"),
    "person": _("人员"),
    "plan_section": _("规划篇章"),
    "plan_target": _("规划目标"),
    "plan_text": _("规划原文"),
    "plan_version": _("规划版本"),
    "post": _("职务"),
    "post_holding": _("任职"),
    "project": _("项目"),
    "project_cost": _("总投资"),
    "role_grant": _("权限"),
    "setting": _("设置"),
    "stage_event": _("阶段变更"),
    "stand_in": _("代理"),
    "suppressed_address": _("不收信的邮箱"),
}
ACTIONS: dict[str, str] = {
    "accept": _("同意"),
    "accepted": _("登记受理"),
    "actual": _("登记完成"),
    "add": _("增加"),
    "applied": _("登记申报"),
    "apply": _("写入"),
    "appoint": _("任命"),
    "approve": _("批准"),
    "ask": _("申请"),
    "assign": _("指定"),
    "attached": _("附上"),
    "baseline": _("定基线"),
    "change_password": _("改密码"),
    "clear": _("清空"),
    "close": _("撤销"),
    "configure": _("设定"),
    "confirm": _("确认"),
    "correct": _("更正"),
    "create": _("新建"),
    "created": _("新建"),
    "disable": _("停用"),
    "discard": _("放弃"),
    "edit": _("修改"),
    "enable": _("启用"),
    "end": _("结束"),
    "forecast": _("报预测"),
    "give": _("授予"),
    "hand over": _("交接"),
    "issue_link": _("发登录地址"),
    "leave": _("离任"),
    "load": _("载入"),
    "loaded": _("载入"),
    "mark": _("标记"),
    "merge": _("并入"),
    "propose": _("提出"),
    "put right": _("更正"),
    "receive": _("收到"),
    "recorded": _("登记"),
    "refuse": _("不同意"),
    "reject": _("不同意"),
    "release": _("放开"),
    "removed": _("撤去"),
    "resend": _("重发"),
    "reset": _("恢复默认"),
    "set": _("设定"),
    "set_password": _("设密码"),
    "stage": _("改阶段"),
    "start": _("启用"),
    "stop": _("暂停"),
    "take back": _("撤回登记"),
    "take in": _("接收并入"),
    "undo": _("撤回"),
    "updated": _("更新"),
    "withdraw": _("撤销"),
}
FIELDS: dict[str, str] = {
    "account_id": _("账号"),
    "actual": _("实际"),
    "after": _("改为"),
    "aliases": _("别名"),
    "base_value": _("基期数"),
    "baseline": _("现行基线"),
    "before": _("原来"),
    "bundle_count": _("打捆项数"),
    "code": _("代码"),
    "comment": _("意见"),
    "comparator": _("比较"),
    "cumulative": _("累计"),
    "day": _("日期"),
    "decided_at": _("决定时刻"),
    "decided_by": _("决定人"),
    "decided_on": _("决定日"),
    "direction": _("方向"),
    "districts": _("区县"),
    "document": _("依据文件"),
    "doubtful": _("存疑"),
    "due": _("期限"),
    "email": _("邮箱"),
    "ends_on": _("到"),
    "field": _("栏目"),
    "first_baseline": _("首版基线"),
    "forecast": _("预测"),
    "happened_on": _("发生在"),
    "into_id": _("并入"),
    "is_key": _("关键节点"),
    "kind": _("类别"),
    "known_on": _("得知日"),
    "label": _("名称或区别"),
    "left_on": _("离任日"),
    "login": _("账号名"),
    "members": _("成员"),
    "merged_into_id": _("并入"),
    "milestone_id": _("节点"),
    "month": _("月"),
    "name": _("名称"),
    "nature": _("性质"),
    "no": _("序号"),
    "note": _("备注"),
    "number": _("编号"),
    "organisation_id": _("机构"),
    "origin": _("来历"),
    "owner_organisation_id": _("责任机构"),
    "owner_person_id": _("责任人"),
    "parent_id": _("上级"),
    "part_of": _("上级项目"),
    "part_of_id": _("上级项目"),
    "path": _("路径"),
    "period": _("期间"),
    "person_id": _("人员"),
    "phone": _("电话"),
    "post_id": _("职务"),
    "project_id": _("项目"),
    "proposed_at": _("提出时刻"),
    "proposed_by": _("提出人"),
    "purpose": _("用途"),
    "reason": _("理由"),
    "role": _("角色"),
    "scope": _("范围"),
    "scope_value": _("范围对象"),
    "section_id": _("篇章"),
    "sector": _("领域"),
    "sees_money": _("看资金"),
    "seed": _("种子"),
    "series_id": _("指标"),
    "short_name": _("简称"),
    "source": _("来源"),
    "stage": _("阶段"),
    "stand_in_id": _("代理人"),
    "starts_on": _("从"),
    "state": _("状态"),
    "sum": _("金额（万元）"),
    "target": _("目标"),
    "target_value": _("目标数"),
    "theme": _("主题"),
    "title": _("标题"),
    "unit": _("单位"),
    "unsure": _("存疑"),
    "valid_from": _("起用"),
    "valid_to": _("到"),
    "value": _("数值"),
    "weight": _("权重"),
    "year": _("年度"),
}
VALUES: dict[str, str] = {
    **{kind.value: name for kind, name in KINDS.items()},
    **{source.value: name for source, name in SOURCES.items()},
    **{duty.value: name for duty, name in DUTIES.items()},
    "planned": _("年度计划"),
    "approved": _("批复"),
    "revised": _("调整"),
    "allotted": _("下达"),
    "arrived": _("到位"),
    "paid": _("支付"),
    "completed": _("完成投资"),
    "registered": _("入统"),
    "estimate": _("估算"),
    "design_cost": _("概算"),
    "final_account": _("决算"),
    "month": _("月"),
    "year": _("年"),
    "opening": _("期初"),
    **{str(kind): name for kind, name in POSTS.items()},
    "forecast": _("预测"),
    "actual": _("实际"),
    "all": _("全部"),
    "organisation": _("机构"),
    "district": _("区县"),
}
STATES: dict[str, str] = {
    "proposed": _("等决定"),
    "approved": _("已批准"),
    "rejected": _("没有同意"),
    "withdrawn": _("已撤回"),
    "asked": _("等决定"),
    "running": _("暂停中"),
    "ended": _("已结束"),
    "refused": _("没有同意"),
}
_STAGES: dict[str, str] = {stage.value: name for stage, name in STAGES.items()}
_OF_FIELD = {"state": STATES, "stage": _STAGES, "before": _STAGES, "after": _STAGES}
# Kept and exported, but nothing that a reader of the page looks for.
UNSAID = frozenset(
    {
        "version",
        "version_id",
        "pinyin",
        "created_at",
        "recorded_at",
        "recorded_by",
        "is_current",
        "is_system",
        "data_hash",
        "name_key",
        "item_key",
        "position",
    }
)
_PRECISION = "_precision"


def said(name: str) -> bool:
    """Whether a field is shown on the page."""
    return name not in UNSAID and not name.endswith(_PRECISION) and name != "precision"


def value(name: str, stored: Any) -> str:
    """Show a stored value as pages do: money in 万元, dates and instants in words, yes and no."""
    match stored:
        case None | "":
            return ""
        case bool():
            return _("是") if stored else _("否")
        case int() if name == "sum":
            return wan(Fen(stored))
        case str():
            return _OF_FIELD.get(name, VALUES).get(stored) or _moment(stored)
        case list():
            return "、".join(value(name, each) for each in stored)
        case dict():
            return "，".join(f"{FIELDS.get(key, key)} {value(key, each)}" for key, each in stored.items())
        case _:
            return str(stored)


def _moment(text: str) -> str:
    try:
        return shike(datetime.fromisoformat(text)) if "T" in text else riqi(date.fromisoformat(text))
    except ValueError:
        return text
