"""Words of a plan's text that end like a project's name and that no record carries."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portfolio.plan.rules.text import Passage, folded

Names = re.Pattern[str]
SUFFIXES = (
    "工程", "项目", "计划", "行动", "线", "水厂", "污水处理厂", "电厂", "电站", "变电站", "高速", "高铁", "铁路", "互通",
    "立交", "隧道", "大桥", "通道", "车站", "南站", "北站", "东站", "西站", "航站楼", "跑道", "医院", "院区", "卫生中心",
    "学校", "大学", "学院", "小学", "中学", "幼儿园", "博物馆", "图书馆", "美术馆", "文化馆", "体育馆", "体育场", "剧院",
    "公园", "遗址公园", "湿地", "廊道", "水库", "渠", "管廊", "管网", "基地", "中心", "实验室", "产业园", "物流园", "园区", "示范区",
    "试验区", "先行区", "集聚区", "平台", "系统", "港", "口岸", "枢纽", "景区", "小镇", "街区", "商圈", "片区",
)  # fmt: skip
# What stands before a name and is not part of it.
_VERBS = (
    "加快推进|统筹推进|稳步推进|持续推进|全面推进|重点推进|大力推进|积极推进|深入推进|扎实推进|推进|加快建设|持续建设|开工建设|规划建设|"
    "谋划建设|重点建设|启动建设|有序建设|建设|加快实施|大力实施|全面实施|统筹实施|深入实施|推动实施|实施|全面建成|建成|"
    "完成|打造|推动|加快|创建|争创|开展|完善|提升|强化|加强|支持|依托|形成|构建|建立健全|建立|健全|培育|谋划|启动|"
    "新开工|新建|改建|扩建|续建|统筹|布局|引进|搭建|发展|探索|落实|以|和|及|与|等|的|对|将|在|把|为|一批|一个|各类"
)
_LEAD = re.compile(rf"^(?:{_VERBS})+")
_NAME = re.compile(
    rf"[\w“”()（）·—\-+/]{{1,40}}?(?:{'|'.join(sorted(SUFFIXES, key=len, reverse=True))})(?![\w])|"
    rf"[\w“”()（）·—\-+/]{{1,40}}?(?:{'|'.join(sorted(SUFFIXES, key=len, reverse=True))})(?=建设|等|和|及|与|的|为|在)"
)
# Words that end like a name and name nothing.
GENERIC = re.compile(
    r"^(?:重大|重点|一批|相关|系列|示范|基础|公共|综合|服务|管理|创新|发展|产业|城市|国家|全市|"
    r"郑州|建设|工程|项目|平台|系统|中心|基地|园区|政府|投资|技术|信息|社会|核心|各类|国际|区域|三|四|五)*"
    r"(?:工程|项目|计划|行动|平台|系统|中心|基地|园区|枢纽|线|渠|港|通道|片区|街区|商圈|示范区|大学|学校|医院|公园|"
    r"实验室|铁路|高铁|高速|廊道|管网|集聚区|产业园)$"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words of the text that end like a name and that no held name covers."""

    name: str
    line: int
    start: int


def candidates(passage: Passage, known: Names) -> Iterator[Candidate]:
    """Words that end like a name and do not touch a known one."""
    covered = {at for match in known.finditer(folded(passage.text)) for at in range(*match.span())}
    seen: set[str] = set()
    for match in _NAME.finditer(passage.text, passage.body):
        name = _LEAD.sub("", match.group())
        start = match.end() - len(name)
        if len(name) < 3 or GENERIC.match(name) or name in seen or covered & set(range(start, match.end())):
            continue
        seen.add(name)
        yield Candidate(name, passage.line_at(start), start)


def names_of(names: Iterable[str]) -> Names:
    """Return a pattern that finds any of the names, the longest first."""
    ordered = sorted((re.escape(folded(name)) for name in names if len(name) > 1), key=len, reverse=True)
    return re.compile("|".join(ordered) or r"(?!)")
