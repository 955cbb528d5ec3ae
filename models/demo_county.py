"""The demo's county as data: 云岭县 and everybody in it are made up, and no number rings anywhere."""

from dataclasses import dataclass

from models.founding import Office
from models.terms import Channel, Concerns, Role, Topic

HOURS = "周一至周五 9:00–12:00，14:00–17:00"


def _reach(landline: str, address: str) -> dict[str, str]:
    return {"landline": landline, "address": address, "hours": HOURS, "hotline": "12388"}


@dataclass(frozen=True, slots=True)
class Village:
    """A village and the names old people still use for it. Each has one liaison station."""

    name: str
    old_names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """A made-up member of staff. His login is the office's prefix and this word."""

    role: Role
    word: str
    name: str


@dataclass(frozen=True, slots=True)
class Township:
    """A township, its office, villages and people."""

    name: str
    prefix: str
    reach: dict[str, str]
    villages: tuple[Village, ...]
    people: tuple[Person, ...]

    @property
    def office(self) -> str:
        """How the office signs."""
        return f"{self.name}纪委"


@dataclass(frozen=True, slots=True)
class Zone:
    """A collaboration zone with its head and townships."""

    name: str
    prefix: str
    head: Person
    townships: tuple[Township, ...]


SUPERIOR = Office("云州市", "云州市纪委监委", _reach("0000-7000000", "云州市（虚构）清风大道1号"))
COUNTY = Office("云岭县", "云岭县纪委监委", _reach("0000-1234567", "云岭县（虚构）城关镇廉政路8号"))
COUNTY_PREFIX = "yunling"
COUNTY_PEOPLE = (
    Person(Role.SECRETARY, "shuji", "周正平"),
    Person(Role.CUSTODIAN, "baoguan", "苏静"),
    Person(Role.DEPUTY, "fushuji", "何清"),
    Person(Role.REGISTRAR, "shouli", "吴敏"),
    Person(Role.HANDLER, "chengban", "郑一鸣"),
    Person(Role.COUNTY_REVIEWER, "lianluo", "梁晓雨"),
    Person(Role.SYSTEM_ADMIN, "xitong", "钱志远"),
    Person(Role.SECURITY_ADMIN, "anquan", "孙悦"),
    Person(Role.AUDIT_ADMIN, "shenji", "冯立新"),
)


def _desk(secretary: str, deputy: str, registrar: str, handler: str) -> tuple[Person, ...]:
    return (
        Person(Role.SECRETARY, "shuji", secretary),
        Person(Role.DEPUTY, "fushuji", deputy),
        Person(Role.REGISTRAR, "shouli", registrar),
        Person(Role.HANDLER, "chengban", handler),
    )


ZONES = (
    Zone(
        "东片协作区",
        "dongpian",
        Person(Role.ZONE_HEAD, "quzhang", "彭万里"),
        (
            Township(
                "石桥镇",
                "shiqiao",
                _reach("0000-1110001", "石桥镇（虚构）桥头街12号二楼"),
                (
                    Village("清水村", ("清水沟",)),
                    Village("大湾村", ("大湾",)),
                    Village("杨家坪村", ("杨家大队",)),
                    Village("红岩社区", ("老街",)),
                ),
                _desk("林致远", "邓小芸", "唐丽", "罗成"),
            ),
            Township(
                "柳林镇",
                "liulin",
                _reach("0000-1110002", "柳林镇（虚构）河堤路3号"),
                (Village("柳树村", ("柳树湾",)), Village("双河村", ("两河口",)), Village("石马村", ("马鞍山",))),
                _desk("江海波", "田蕾", "许文", "韩松"),
            ),
        ),
    ),
    Zone(
        "西片协作区",
        "xipian",
        Person(Role.ZONE_HEAD, "quzhang", "魏长青"),
        (
            Township(
                "高坪乡",
                "gaoping",
                _reach("0000-1110003", "高坪乡（虚构）中心街1号"),
                (Village("云顶村", ("云顶寨",)), Village("白果村", ("白果树",)), Village("新民村", ("三队",))),
                _desk("曹卫国", "袁静怡", "黎芳", "姚远"),
            ),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Story:
    """A tip told `days_ago`, and how far the desk has come with it since."""

    place: str
    topic: Topic
    concerns: Concerns
    words: tuple[str, ...]
    days_ago: int
    channel: Channel = Channel.CHAT
    name: str = ""  # empty: anonymous
    reach: str = ""
    registered: bool = False
    summary: str = ""  # accepted with it
    question: str = ""  # asked by the desk,
    addition: str = ""  # and answered
    answer: str = ""  # concluded with it
    guidance: str = ""  # out of scope, told where to go


STORIES = (
    Story(
        "大湾村",
        Topic.COLLECTIVE_ASSETS,
        Concerns.VILLAGE,
        ("村里的老粮仓租给了支书的表弟，租金多少、租几年，从来没有公布过。", "去年问过会计，说账在镇里。"),
        16,
        registered=True,
        summary="反映大湾村老粮仓出租未公开租金和期限，承租人与村干部有亲属关系。",
        question="谢谢您。您知道大概是哪一年租出去的吗？",
        addition="应该是前年秋天，收完谷子以后。",
        answer="经核查，该租赁未按规定公开。已责令村委会补办公示、重新议价，并对责任人批评教育。",
    ),
    Story(
        "杨家坪村",
        Topic.PROJECTS,
        Concerns.VILLAGE,
        ("通组路去年修的，今年就裂了。听说施工队是村主任介绍来的，没有招标。",),
        9,
        name="王大爷（虚构）",
        reach="0000-0000001",
        registered=True,
        summary="反映杨家坪村通组公路质量差，施工队由村干部指定、未招标。",
        question="修路时村里开过会吗？如果有公示的照片，可以补充上来。",
    ),
    Story(
        "清水村",
        Topic.SUBSIDIES,
        Concerns.VILLAGE,
        ("种粮补贴我家四亩八只按三亩发，问了几家都这样。", "发放表上的签字不是我签的。"),
        3,
    ),
    Story(
        "清水村",
        Topic.FEES,
        Concerns.VILLAGE,
        ("办低保材料，村里收了我二百块“资料费”，没有给收据。",),
        1,
        channel=Channel.WEB,
        name="李阿姨（虚构）",
        reach="0000-0000002",
    ),
    Story(
        "红岩社区",
        Topic.OTHER,
        Concerns.VILLAGE,
        ("楼上邻居半夜打麻将，说了好多次都不听。",),
        7,
        registered=True,
        guidance="您反映的是邻里纠纷，不属于纪检监察机关受理范围。可以找红岩社区人民调解委员会，或拨打 12345。",
    ),
    Story(
        "柳树村",
        Topic.RELIEF,
        Concerns.VILLAGE,
        ("困难户名单里有村干部家的亲戚，他家在县城有两套房。",),
        5,
        registered=True,
    ),
    Story(
        "双河村",
        Topic.BANQUETS,
        Concerns.TOWNSHIP,
        ("镇里一位站长儿子办升学宴，收了好几十桌，村里人不好意思不去。",),
        4,
    ),
    Story(
        "石桥镇", Topic.LAND, Concerns.NOT_TOWNSHIP, ("征地补偿款少发了，不敢在镇里说，请县里看看。",), 2, Channel.WEB
    ),
    Story("云顶村", Topic.OPENNESS, Concerns.UNSURE, ("村务公开栏一年多没换过了，账目看不到。",), 2),
    Story("白果村", Topic.PRIVATE_USE, Concerns.VILLAGE, ("村里的公务车周末停在支书岳父家。",), 1),
)
