"""Who the demo reaches: a made-up register whose names tell the post, a liaison officer, a resident who subscribed."""

from dataclasses import dataclass
from typing import Final

from models.terms import Category

TOWN: Final = "石桥镇"
STATION, OFFICER = "清水村联络站", "陈联络员"
SUBSCRIBED: Final = {"王大爷": "杨家坪村"}
_VILLAGES: Final = {"清水村": "何冯沈韩朱秦", "大湾村": "许吕赵施孔曹", "杨家坪村": "严华金魏陶姜"}
_VILLAGE: Final = (
    ("村党支部书记", "支书"),
    ("村委会主任", "主任"),
    ("村会计", "会计"),
    ("监委会主任", "监委"),
    ("村委会委员", "委员"),
    ("村民小组长", "组长"),
)
_TOWN: Final = (
    ("农经站站长", "孙站长"),
    ("民政办主任", "戚主任"),
    ("财政所所长", "邹所长"),
    ("国土所所长", "柏所长"),
    ("水管站站长", "水站长"),
    ("卫生院院长", "窦院长"),
    ("司法所所长", "章所长"),
    ("林业站站长", "林站长"),
    ("文化站站长", "文站长"),
    ("中心校校长", "郝校长"),
    ("敬老院院长", "范院长"),
    ("党政办主任", "彭主任"),
)


@dataclass(frozen=True, slots=True)
class Post:
    """One line of the register. Without a phone its holder has been invited and has not come yet."""

    place: str
    post: str
    name: str
    category: Category = Category.GRASSROOTS
    has_phone: bool = True

    @property
    def tags(self) -> tuple[str, ...]:
        """By which the office groups them."""
        return ("管钱的",) if self.post in {"村会计", "财政所所长", "农经站站长"} else ()


REGISTER: Final = (
    *(Post(TOWN, post, name, Category.PUBLIC_INSTITUTION) for post, name in _TOWN),
    *(
        Post(village, post, surname + word)
        for village, surnames in _VILLAGES.items()
        for surname, (post, word) in zip(surnames, _VILLAGE, strict=True)
    ),
    Post("红岩社区", "社区书记", "云书记", has_phone=False),
    Post("红岩社区", "社区会计", "苏会计", has_phone=False),
    Post("柳林镇", "农技站站长", "潘站长", Category.PUBLIC_INSTITUTION, has_phone=False),
)


def holders() -> list[str]:
    """Everybody who needs a phone before the demo is filled."""
    return [OFFICER, *SUBSCRIBED, *(one.name for one in REGISTER if one.has_phone)]
