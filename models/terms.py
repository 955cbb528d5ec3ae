"""The field's own nouns as enumerations. Each value is a catalog key `term.<Enum>.<value>`."""

from enum import StrEnum
from typing import Final


class UnitKind(StrEnum):
    """A place in the hierarchy of discipline inspection."""

    SUPERIOR = "superior"  # 上级机关: the organ above the county, addresses only unless it has rings
    COUNTY = "county"  # 县纪委监委
    ZONE = "zone"  # 协作区
    TOWNSHIP = "township"  # 乡镇纪委
    PANEL = "panel"  # 专班
    VILLAGE = "village"  # 村、社区
    STATION = "station"  # 联络站


class UnitState(StrEnum):
    """Whether a place is offered. Rows stay, for tips keep the place they were told of."""

    SERVING = "serving"
    RETIRED = "retired"  # 已停用
    WITHDRAWN = "withdrawn"  # 导入已撤销: gone for everybody, as if it had never been


RECEIVERS = frozenset({UnitKind.SUPERIOR, UnitKind.COUNTY, UnitKind.TOWNSHIP})
"""Kinds of unit that may take a tip at filing; never stations or zones."""


class Role(StrEnum):
    """What a member of staff does."""

    REGISTRAR = "registrar"  # 信访受理员
    HANDLER = "handler"  # 承办人
    DEPUTY = "deputy"  # 副书记
    SECRETARY = "secretary"  # 纪委书记
    CUSTODIAN = "custodian"  # 身份保管员
    ZONE_HEAD = "zone_head"  # 协作区区长
    COUNTY_REVIEWER = "county_reviewer"  # 县联络室
    SYSTEM_ADMIN = "system_admin"  # 系统管理员
    SECURITY_ADMIN = "security_admin"  # 安全管理员
    AUDIT_ADMIN = "audit_admin"  # 审计管理员


ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""三员: they never hold a grant and never see content."""


class RingPurpose(StrEnum):
    """What a unit's ring opens."""

    CASE = "case"
    CUSTODY = "custody"
    OVERSIGHT = "oversight"


class Topic(StrEnum):
    """What the matter is about (domain list V01–V99)."""

    SUBSIDIES = "V01"
    RELIEF = "V02"
    HOUSING_FUNDS = "V03"
    COLLECTIVE_ASSETS = "V04"
    PROJECTS = "V05"
    LAND = "V06"
    FEES = "V07"
    OPENNESS = "V08"
    PROCEDURE = "V09"
    ELECTIONS = "V10"
    FINANCE = "V11"
    CONDUCT = "V12"
    BANQUETS = "V13"
    PRIVATE_USE = "V14"
    CAMPAIGN = "V15"
    PROTECTION = "V16"
    OTHER = "V99"
    UNSORTED = "V00"  # the reporter did not choose; the desk will


class Concerns(StrEnum):
    """Whom the matter concerns, in the reporter's words. It decides who may read."""

    VILLAGE = "village"  # 村干部
    TOWNSHIP = "township"  # 镇里干部
    TOWNSHIP_HEADS = "township_heads"  # 镇领导、镇纪委
    COUNTY = "county"  # 县里的人
    UNSURE = "unsure"  # 说不准
    NOT_TOWNSHIP = "not_township"  # 不想让镇里看到


class TipKind(StrEnum):
    """KG 4: the four kinds of submission."""

    ACCUSATION = "accusation"
    APPEAL = "appeal"
    SUGGESTION = "suggestion"


class Channel(StrEnum):
    """The door through which a tip came."""

    CHAT = "chat"
    WEB = "web"
    OFFICER = "officer"
    VISIT = "visit"  # 来访
    CALL = "call"  # 来电
    LETTER = "letter"  # 来信
    TRANSFER = "transfer"  # 转来


TAKEN_IN: Final = (Channel.VISIT, Channel.CALL, Channel.LETTER, Channel.TRANSFER)
"""The desk's own doors: what a clerk writes down for somebody."""


class Answer(StrEnum):
    """Who is to hear how a matter ended, where a clerk took it in."""

    CODE = "code"  # he looks it up himself, with the code on his slip
    REACH = "reach"  # the way he left with his name
    SENDER = "sender"  # the office that passed it on
    NOBODY = "nobody"  # there is no way back to him


class TipStatus(StrEnum):
    """Where a tip stands; each value is one of the five public words."""

    RECEIVED = "received"  # 已收到
    SCREENING = "screening"  # 正在甄别
    ACCEPTED = "accepted"  # 已受理办理中
    CONCLUDED = "concluded"  # 已办结
    OUT_OF_SCOPE = "out_of_scope"  # 不属受理范围


OPEN_STATUSES = frozenset({TipStatus.RECEIVED, TipStatus.SCREENING, TipStatus.ACCEPTED})


class Side(StrEnum):
    """Who wrote a line of the thread, and so who may read it."""

    REPORTER = "reporter"
    DESK = "desk"  # the reporter reads it
    NOTE = "note"  # the reporter never reads it


class Verdict(StrEnum):
    """What the reporter says of the answer that ended his matter (KG 27)."""

    AGREED = "agreed"  # 认可；知道了
    OBJECTED = "objected"  # 不认可，我来说
    NEWS = "news"  # 有新情况


class Mode(StrEnum):
    """How far a matter goes in this installation (docs/architecture.md)."""

    DEMO = "demo"
    FRONT_DOOR = "front_door"
    FULL = "full"


class TipEntry(StrEnum):
    """Where a tip's words may be typed."""

    CHAT = "chat"
    FORM = "form"
    BOTH = "both"


class Language(StrEnum):
    """The catalogs."""

    ZH_CN = "zh_CN"
    ZH_HANT = "zh_Hant"
    EN = "en"


class ProposalKind(StrEnum):
    """What one proposes and another approves (四眼原则)."""

    REVEAL = "reveal"  # 查看反映人身份
    MOVE_IDENTITY = "move_identity"  # 身份信息移交
    HAND_OVER = "hand_over"  # 移交
    RESET = "reset"  # 重置密钥
    CHANGE_ROLE = "change_role"  # 调整岗位
    BROADCAST = "broadcast"  # 群发
    QUIZ = "quiz"  # 发布答题
    LESSON = "lesson"  # 发布学习材料


class Hosting(StrEnum):
    """How somebody tells in an officer's chat."""

    GUEST = "guest"  # 用我手机填
    WRITER = "writer"  # 他说我写


class Standing(StrEnum):
    """Where the appointment of a liaison officer stands."""

    SERVING = "serving"
    INVITED = "invited"
    LAPSED = "lapsed"  # nobody enrolled within the fourteen days, or the chat has to be linked anew
    ENDED = "ended"


class ProposalState(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    RECALLED = "recalled"  # by the one who proposed it
    EXPIRED = "expired"


class Category(StrEnum):
    """六类监察对象 (监察法 15, 实施条例 38–43)."""

    CIVIL_SERVANT = "C1"
    PUBLIC_AFFAIRS = "C2"
    STATE_ENTERPRISE = "C3"
    PUBLIC_INSTITUTION = "C4"
    GRASSROOTS = "C5"
    OTHER = "C6"


class Festival(StrEnum):
    """The nodes before which people in office are reminded (节日廉政提醒)."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    SCHOOL_SEASON = "school_season"
    MID_AUTUMN_NATIONAL = "mid_autumn_national"
    WEDDINGS_FUNERALS = "weddings_funerals"  # on declaration: it has texts, and no day in the calendar


class CampaignKind(StrEnum):
    """What a broadcast is."""

    REMINDER = "reminder"
    EDUCATION = "education"


class Readers(StrEnum):
    """Who a broadcast goes to."""

    OFFICIALS = "officials"  # 监察对象
    OFFICERS = "officers"  # 联络员
    SUBSCRIBERS = "subscribers"  # residents who subscribed: lessons only


class CampaignState(StrEnum):
    """Where a broadcast stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    APPROVED = "approved"  # waits for a time
    SCHEDULED = "scheduled"  # waits for its time, for the first round or the second
    SENDING = "sending"
    PAUSED = "paused"
    DONE = "done"
    STOPPED = "stopped"
    EXPIRED = "expired"  # its day passed before it was through


class QuizState(StrEnum):
    """Where a quiz stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"  # people may take it
    CLOSED = "closed"


class LedgerState(StrEnum):
    """Where one message of a broadcast stands."""

    QUEUED = "queued"
    LEASED = "leased"  # in somebody's hands
    SENT = "sent"
    BLOCKED = "blocked"  # he stopped the bot, or left
    FAILED = "failed"  # Telegram refused it
    UNKNOWN = "unknown"  # it may have arrived; never sent again


class OccurrenceState(StrEnum):
    """Where one festival of one year stands."""

    PLANNED = "planned"
    DRAFTED = "drafted"
    EXPIRED = "expired"  # nothing was drafted before its day passed


class LessonKind(StrEnum):
    """What a lesson is. All have words; a picture, a video or a file hangs beside them."""

    ARTICLE = "article"
    PICTURE = "picture"
    VIDEO = "video"
    FILE = "file"
    CASE = "case"  # 以案促改


class LessonState(StrEnum):
    """Where one version of a lesson stands."""

    DRAFT = "draft"
    PROPOSED = "proposed"
    PUBLISHED = "published"
    REPLACED = "replaced"  # by a newer version
    WITHDRAWN = "withdrawn"


class CaseCheck(StrEnum):
    """What must hold before a case is taught: ticked by its author, and again by who approves it."""

    CLOSED = "closed"
    NOTIFIED = "notified"
    NAMES = "names"
    NO_APPEAL = "no_appeal"
    NOTHING_SEALED = "nothing_sealed"


class SubmissionState(StrEnum):
    """Where something stands that a liaison officer proposed to his township."""

    WAITING = "waiting"  # 交上去了
    RETURNED = "returned"  # 退回修改
    MERGED = "merged"  # 并入另一条
    TAKEN = "taken"  # 采用: it became a broadcast or a lesson
    REFUSED = "refused"  # 不采用
    WITHDRAWN = "withdrawn"  # 不提了: by the officer


class ReturnReason(StrEnum):
    """What a desk says most often when it sends a submission back."""

    NAMES = "names"  # 请去掉人名
    OPEN_CASE = "open_case"  # 请去掉没结的案子
    SHORTER = "shorter"
    OTHER_DAY = "other_day"
    OTHER_FILE = "other_file"
    OTHER = "other"  # told in the desk's own words


class Fate(StrEnum):
    """What has become of a submission, as its officer reads it."""

    WAITING = "waiting"
    RETURNED = "returned"
    MERGED = "merged"
    TAKEN = "taken"  # being worked on, or waiting for approval
    LESSON = "lesson"  # in the library
    APPROVED = "approved"
    SENT = "sent"
    UNSENT = "unsent"  # stopped, or its day passed
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class DeclaredEvent(StrEnum):
    """What somebody in office reports of his family (婚丧喜庆报告)."""

    WEDDING = "wedding"  # or another celebration
    FUNERAL = "funeral"
