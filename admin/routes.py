"""Every address of the panel, by name. Acts on a matter are resources of it."""

from typing import Final

from admin.assets import asset
from admin.routing import Handler
from admin.views import (
    account,
    acts,
    audit,
    enrolment,
    entrance,
    files,
    language,
    messages,
    staff,
    tips,
    today,
    units,
)

TIP: Final = "/tips/{tip}"
FILE: Final = f"{TIP}/files/{{file}}"

ROUTES: Final[tuple[tuple[str, str, Handler, str], ...]] = (
    ("GET", "/static/{version}/{name}", asset, "asset"),
    ("GET", "/login", entrance.door, "login"),
    ("POST", "/login", entrance.enter, "logging_in"),
    ("POST", "/logout", entrance.leave, "logout"),
    ("POST", "/language", language.choose, "language"),
    ("GET", "/enrol", enrolment.door, "enrol"),
    ("POST", "/enrol", enrolment.invited, "invited"),
    ("POST", "/enrol/person", enrolment.enrol, "enrolment"),
    ("GET", "/", today.today, "today"),
    ("GET", "/account", account.account, "account"),
    ("POST", "/account/password", account.change_password, "password"),
    ("GET", "/tips", tips.tips, "tips"),
    ("GET", TIP, tips.tip, "tip"),
    ("POST", f"{TIP}/registration", acts.register, "registration"),
    ("POST", f"{TIP}/acceptance", acts.accept, "acceptance"),
    ("POST", f"{TIP}/out-of-scope", acts.mark_out_of_scope, "out_of_scope"),
    ("POST", f"{TIP}/conclusion", acts.conclude, "conclusion"),
    ("POST", f"{TIP}/claim", acts.claim, "claim"),
    ("POST", f"{TIP}/summary", acts.summarise, "summary"),
    ("POST", f"{TIP}/upward", acts.seal_upward, "upward"),
    ("POST", f"{TIP}/release", acts.release, "release"),
    ("POST", f"{TIP}/replies", messages.reply, "replies"),
    ("POST", f"{TIP}/notes", messages.note, "notes"),
    ("POST", f"{TIP}/replies/{{message}}/recall", messages.recall, "recall"),
    ("GET", FILE, files.download, "file"),
    ("GET", f"{FILE}/preview", files.preview, "preview"),
    ("GET", f"{FILE}/play", files.play, "play"),
    ("GET", "/staff", staff.staff, "staff"),
    ("POST", "/invites", staff.invitations, "invites"),
    ("POST", "/staff/{member}/appointment", staff.appointment, "appointment"),
    ("POST", "/staff/{member}/opening", units.opening, "opening"),
    ("GET", "/units", units.units, "units"),
    ("POST", "/units", units.found, "founding"),
    ("GET", "/audit", audit.audit, "audit"),
    ("POST", "/audit/verification", audit.verification, "verification"),
)
"""(method, path, handler, name)."""
