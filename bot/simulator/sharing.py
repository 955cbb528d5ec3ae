"""What a person sends besides words: photos, voices, files, places."""

from bot.simulator.chats import Chat
from bot.simulator.errors import Json
from bot.simulator.media import MIMES, media_fields
from bot.simulator.world import World


class Shares:
    """The paper clip and the microphone. Every verb returns the update id."""

    _world: World
    chat: Chat

    def sends(self, content: Json) -> int:
        """Any message content as the Bot API spells it, such as {"dice": {...}}."""
        if self.chat.blocked:
            raise ValueError(f"{self.chat.name} has blocked the bot")
        return self._world.receive(self.chat, content)

    def sends_photo(
        self,
        data: bytes,
        caption: str | None = None,
        album: str | None = None,
        *,
        mime: str = "",
        size: int | None = None,
    ) -> int:
        """A photo; parts of one album share any text as `album`."""
        return self.sends_file("photo", data, caption=caption, album=album, mime=mime, size=size)

    def sends_voice(
        self,
        data: bytes,
        *,
        seconds: int = 3,
        mime: str = "",
        size: int | None = None,
        caption: str | None = None,
    ) -> int:
        """A voice note."""
        return self.sends_file("voice", data, seconds=seconds, mime=mime, size=size, caption=caption)

    def sends_audio(self, data: bytes, name: str = "audio.mp3", *, seconds: int = 3, mime: str = "") -> int:
        """A piece of music or a long recording."""
        return self.sends_file("audio", data, name=name, seconds=seconds, mime=mime)

    def sends_video(
        self,
        data: bytes,
        caption: str | None = None,
        album: str | None = None,
        *,
        name: str = "video.mp4",
        mime: str = "",
        seconds: int = 3,
        size: int | None = None,
    ) -> int:
        """A video."""
        return self.sends_file(
            "video", data, caption=caption, album=album, name=name, mime=mime, seconds=seconds, size=size
        )

    def sends_video_note(self, data: bytes, *, seconds: int = 3) -> int:
        """A round film, recorded in the chat."""
        return self.sends_file("video_note", data, seconds=seconds)

    def sends_animation(self, data: bytes, name: str = "animation.gif.mp4", caption: str | None = None) -> int:
        """A film without sound, which phones call a GIF."""
        return self.sends_file("animation", data, name=name, caption=caption)

    def sends_document(
        self,
        data: bytes,
        name: str,
        mime: str = "application/octet-stream",
        caption: str | None = None,
        album: str | None = None,
        *,
        size: int | None = None,
    ) -> int:
        """A file. `size` pretends another size, to try the 20 MB limit cheaply."""
        return self.sends_file("document", data, name=name, mime=mime, caption=caption, album=album, size=size)

    def sends_sticker(self, emoji: str = "👍") -> int:
        """A sticker."""
        file = self._world.files.add("sticker", b"RIFF", mime="image/webp")
        shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False, "type": "regular"}
        return self.sends({"sticker": {**file.as_json(), **shape, "emoji": emoji}})

    def sends_location(self, latitude: float = 27.1, longitude: float = 109.7) -> int:
        """A place."""
        return self.sends({"location": {"latitude": latitude, "longitude": longitude}})

    def sends_venue(self, title: str = "村委会") -> int:
        """A place with a name; Telegram tells the bare place beside it."""
        place = {"latitude": 27.1, "longitude": 109.7}
        return self.sends({"location": place, "venue": {"location": place, "title": title, "address": title}})

    def sends_poll(self, question: str = "同意吗？") -> int:
        """A poll with two answers."""
        options = [{"text": text, "voter_count": 0, "persistent_id": text} for text in ("是", "否")]
        shape = {"total_voter_count": 0, "is_closed": False, "is_anonymous": True, "type": "regular"}
        return self.sends(
            {"poll": {"id": "1", "question": question, "options": options, "allows_multiple_answers": False, **shape}}
        )

    def sends_dice(self) -> int:
        """A die that rolls."""
        return self.sends({"dice": {"emoji": "\N{GAME DIE}", "value": 4}})

    def forwards(self, content: Json, *, name: str) -> int:
        """What somebody called `name` wrote elsewhere; Telegram tells from whom it came in several places."""
        author = {"id": 987_654_321, "is_bot": False, "first_name": name, "username": "somebody_else"}
        origin = {"type": "user", "date": 1_700_000_000, "sender_user": author}
        return self.sends({"forward_origin": origin, "forward_from": author, "forward_date": 1_700_000_000, **content})

    def forwards_file(self, kind: str, data: bytes, *, name: str, caption: str | None = None) -> int:
        """A file that somebody else had sent."""
        file = self._world.files.add(kind, data, mime=MIMES.get(kind, "application/octet-stream"))
        content = media_fields(kind, file, self._world.files)
        return self.forwards({**content, **({"caption": caption} if caption else {})}, name=name)

    def sends_contact(self, phone_number: str = "+8613800000000") -> int:
        """The person's own contact card."""
        card = {"phone_number": phone_number, "first_name": self.chat.name, "user_id": self.chat.id}
        return self.sends({"contact": card})

    def sends_file(
        self,
        kind: str,
        data: bytes,
        *,
        name: str = "",
        mime: str = "",
        caption: str | None = None,
        album: str | None = None,
        seconds: int = 0,
        size: int | None = None,
    ) -> int:
        """A file of any kind: photo, document, voice, audio, video, video_note, animation."""
        if self.chat.blocked:
            raise ValueError(f"{self.chat.name} has blocked the bot")
        files = self._world.files
        mime = mime or MIMES.get(kind, "application/octet-stream")
        file = files.add(kind, data, name=name, mime=mime, size=size, seconds=seconds)
        content = media_fields(kind, file, files)
        content |= {"caption": caption} if caption else {}
        content |= {"media_group_id": album} if album else {}
        return self._world.receive(self.chat, content, file)
