"""`/project` in the chat: who is in which project, and which one is in use here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.spoken import Asked, Spoken
from bot.texts import Texts
from bot.wording import plainly
from company.errors import Refused
from company.ports import ProjectOffice
from company.projects import ProjectLine

Act = Callable[[ProjectOffice, Asked, str], Awaitable[str]]
MOST_NAMES = 12


class ProjectWords:
    """Runs `/project`. Refusals are `Refused` with a sentence for the person."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._acts: Mapping[str, Act] = {
            "new": self._make, "add": self._let_in, "remove": self._put_out, "close": self._close,
            "open": self._reopen, "use": self._use, "leave": self._leave,
        }  # fmt: skip

    async def answer(self, office: ProjectOffice, asked: Asked) -> Spoken:
        """The words that answer the command with its argument."""
        verb, _, rest = asked.argument.strip().partition(" ")
        act = self._acts.get(verb.lower())
        if act is not None:
            return Spoken(await act(office, asked, " ".join(rest.split())))
        if verb and verb.lower() != "list":
            return Spoken(self._say(asked, "project_usage"))
        lines = await office.lines(asked.person, asked.conversation)
        return Spoken(self._list(asked, lines))

    def _list(self, asked: Asked, lines: tuple[ProjectLine, ...]) -> str:
        usage = self._say(asked, "project_usage")
        if not lines:
            return f"{self._say(asked, 'project_none')}\n\n{usage}"
        rows = "\n".join(f"- {self._line(asked, one)}" for one in lines)
        return f"{self._say(asked, 'project_title', count=len(lines))}\n\n{rows}\n\n{usage}"

    def _line(self, asked: Asked, one: ProjectLine) -> str:
        names = ", ".join(plainly(name) for name in one.members[:MOST_NAMES])
        if len(one.members) > MOST_NAMES:
            names += f" +{len(one.members) - MOST_NAMES}"
        marks = [key for key, holds in (("project_here", one.here), ("project_shut", one.closed)) if holds]
        if not one.mine:
            marks.append("project_not_mine")
        told = "".join(f" · {self._say(asked, key)}" for key in marks)
        return f"**{plainly(one.name)}**: {names or '–'}{told}"

    async def _make(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        if not rest:
            return self._say(asked, "project_usage")
        await office.make(asked.person, rest, also=asked.also)
        return self._say(asked, "project_made", name=plainly(rest), raw=_in_code(rest))

    async def _let_in(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        name, who = await self._whom(office, asked, rest)
        added = await office.let_in(asked.person, name, who, also=asked.also)
        return self._say(asked, "project_added", who=plainly(added), name=plainly(name))

    async def _put_out(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        name, who = await self._whom(office, asked, rest)
        gone = await office.put_out(asked.person, name, who, also=asked.also)
        return self._say(asked, "project_removed", who=plainly(gone), name=plainly(name))

    async def _close(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        name = rest or await self._here(office, asked)
        await office.close(asked.person, name, also=asked.also)
        return self._say(asked, "project_closed", name=plainly(name), raw=_in_code(name))

    async def _reopen(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        if not rest:
            return self._say(asked, "project_usage")
        await office.reopen(asked.person, rest, also=asked.also)
        return self._say(asked, "project_reopened", name=plainly(rest))

    async def _use(self, office: ProjectOffice, asked: Asked, rest: str) -> str:
        if not rest:
            return self._say(asked, "project_usage")
        name = await office.use(asked.person, asked.conversation, rest, also=asked.also)
        return self._say(
            asked, "project_used_group" if asked.conversation.shared else "project_used", name=plainly(name)
        )

    async def _leave(self, office: ProjectOffice, asked: Asked, _: str) -> str:
        was = await office.leave(asked.person, asked.conversation, also=asked.also)
        return self._say(asked, "project_left" if was else "project_none_here")

    async def _whom(self, office: ProjectOffice, asked: Asked, rest: str) -> tuple[str, str]:
        """(project, person): "Apollo: Bob", "@bob Apollo", or only "Bob" where a project is in use."""
        name, colon, who = rest.partition(":")
        if colon and name.strip() and who.strip():
            return name.strip(), who.strip()
        first, _, after = rest.partition(" ")
        if first.startswith("@") and after:
            return after, first
        if not rest:
            raise Refused(self._say(asked, "project_usage"))
        return await self._here(office, asked), rest

    async def _here(self, office: ProjectOffice, asked: Asked) -> str:
        name = (await office.standing(asked.person, asked.conversation)).here_name
        if not name:
            raise Refused(self._say(asked, "project_which"))
        return name

    def _say(self, asked: Asked, key: str, **values: object) -> str:
        return self._texts.say(asked.person.language, key, **values)


def _in_code(name: str) -> str:
    """A name between backticks, where nothing else is markup."""
    return name.replace("`", "'")
