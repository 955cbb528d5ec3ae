"""Every place where a resident may type, typed into with its canary word."""

from bot.simulator import Message, Simulator
from locales import t
from models.codes import Code
from models.terms import Concerns, Topic
from tests.faults.words import Words

VOICE = b"OggS\x00\x02" + bytes(20) + b"\x01\x13OpusHead\x01\x01" + bytes(9)


class Singer:
    """A named reporter with much to tell; beside him a group, a broken update, and one who blocks the bot."""

    def __init__(self, sim: Simulator, words: Words) -> None:
        self._sim, self._words = sim, words
        self._person = sim.person("张阿姨", key="singer")
        self.code = ""

    async def tells(self) -> None:
        """As far as the story."""
        words, person = self._words, self._person
        person.starts()
        await self._presses("menu.report")
        person.says(words["village"])
        await person.hears(words["village"])
        person.says("清水村")
        await self._presses(f"term.Topic.{Topic.SUBSIDIES}")
        await self._presses(f"term.Concerns.{Concerns.VILLAGE}")
        await person.hears(t("zh_CN", "story.ask"))
        person.says(words["story"])
        person.says("这句要改。")
        person.edits(person.screen[-1].id, words["edited"])
        letter = f"证明：{words['file content']}。\n".encode() * 50
        person.sends_document(letter, f"{words['file name']}.txt", mime="text/plain", caption=words["caption"])
        person.sends_voice(VOICE + words["voice"].encode() * 50)
        await person.hears("声音能听出是谁")
        self._strangers()

    async def comes_back(self) -> None:
        """From the story to the addition."""
        words, person = self._words, self._person
        await self._presses("story.done")
        await self._presses("naming.named")
        for place, question in (("own name", "naming.name"), ("reach", "naming.reach"), ("safe", "naming.safe")):
            await person.hears(t("zh_CN", question))
            person.says(words[place])
        receipt = await self._submits()
        code = Code.parse(receipt.text)
        assert code is not None
        self.code = str(code)
        person.says(f"/x{words.mark[1:-1]} {words['command']}")
        await person.hears("没有这个命令")
        person.says("/track")
        person.says(words["wrong code"])
        await person.hears("没查到")
        person.says(self.code)
        await person.hears("进度：")
        while "回答" not in person.last.labels:
            person.says("/track")
            person.says(self.code)
            await person.hears("进度：")
        await self._presses("track.answer")
        person.says(words["addition"])
        await self._presses("adding.done")
        await person.hears("已补上")

    def _strangers(self) -> None:
        sender = {"id": self._person.id, "is_bot": False, "first_name": self._words["group"]}
        group = {"message_id": 7, "date": 0, "from": sender, "chat": {"id": -1007, "type": "group", "title": "群"}}
        self._sim.push({"message": {**group, "text": self._words["group"]}})
        chat = {"id": self._person.id, "type": "private"}
        self._sim.push({"message": {"chat": chat, "text": self._words["dead letter"]}})
        other = self._sim.person("王叔", key="blocker")
        other.says(self._words["blocked"])
        other.blocks_bot()

    async def _presses(self, key: str) -> None:
        label = t("zh_CN", key)
        await self._person.until(lambda: any(label in message.labels for message in self._person.screen))
        self._person.presses(label)

    async def _submits(self) -> Message:
        """Again while files are on their way."""
        while True:
            await self._presses("review.submit")
            said = await self._person.hears()
            while "请抄下藏好" not in said.text and "提交" not in said.labels:
                said = await self._person.hears()
            if "请抄下藏好" in said.text:
                return said
