"""Reference data of projects: sectors (领域) and districts (区县), loaded after every migration."""

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlmodel import col

from portfolio.projects.models import District, Sector

# In the order in which lists and reports show them.
SECTORS: tuple[tuple[str, str], ...] = (
    ("aviation", "航空枢纽"),
    ("railway", "铁路枢纽"),
    ("metro", "轨道交通"),
    ("expressway", "高速公路"),
    ("highway", "干线公路"),
    ("road", "城市道路"),
    ("utilities", "市政公用"),
    ("energy", "能源电力"),
    ("water", "水利"),
    ("ecology", "生态绿化"),
    ("environment", "污染治理"),
    ("logistics", "物流口岸"),
    ("opening", "对外开放"),
    ("innovation", "科技创新"),
    ("industry", "制造业"),
    ("digital", "数字与新基建"),
    ("services", "现代服务业"),
    ("agriculture", "农业农村"),
    ("culture", "文化"),
    ("tourism", "旅游"),
    ("sports", "体育"),
    ("education", "教育"),
    ("health", "卫生健康"),
    ("welfare", "养老托幼民政"),
    ("housing", "住房与城市更新"),
    ("urban", "片区与城市建设"),
    ("safety", "应急与公共安全"),
    ("governance", "改革与治理"),
)
# The official order: districts, counties and county cities, then development zones.
DISTRICTS: tuple[tuple[str, str], ...] = (
    ("zhongyuan", "中原区"),
    ("erqi", "二七区"),
    ("guancheng", "管城回族区"),
    ("jinshui", "金水区"),
    ("shangjie", "上街区"),
    ("huiji", "惠济区"),
    ("zhongmu", "中牟县"),
    ("gongyi", "巩义市"),
    ("xingyang", "荥阳市"),
    ("xinmi", "新密市"),
    ("xinzheng", "新郑市"),
    ("dengfeng", "登封市"),
    ("zhengdong", "郑东新区"),
    ("airport", "航空港区"),
    ("jingkai", "经开区"),
    ("gaoxin", "高新区"),
)


def load(db: Session) -> int:
    """Bring sectors and districts up to date; returns how many rows were added or renamed."""
    return _load(db, Sector, SECTORS) + _load(db, District, DISTRICTS)


def _load(db: Session, table: type[Sector] | type[District], wanted: tuple[tuple[str, str], ...]) -> int:
    statement = sa.select(col(table.code), col(table.name), col(table.position))
    known = {code: (name, position) for code, name, position in db.execute(statement)}
    rows = [
        {"code": code, "name": name, "position": position}
        for position, (code, name) in enumerate(wanted, 1)
        if known.get(code) != (name, position)
    ]
    new = [row for row in rows if row["code"] not in known]
    if new:
        db.execute(sa.insert(table), new)
    for row in rows:
        if row["code"] in known:
            db.execute(sa.update(table).where(col(table.code) == row["code"]).values(**row))
    return len(rows)
