// j and k move in a list, Enter opens; r replies, n notes. Never while somebody types or an input method composes.
const TYPING = "input, textarea, select, button, summary, [contenteditable]";

function move(step) {
  const rows = [...document.querySelectorAll("[data-list] tbody tr")];
  if (!rows.length) return false;
  const now = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[Math.min(Math.max(now + step, 0), rows.length - 1)];
  next.querySelector("a").focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function write(tab, box) {
  const chosen = document.getElementById(tab);
  if (!chosen) return false;
  chosen.checked = true;
  document.getElementById(box).focus();
  return true;
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => write("tab-reply", "reply-words"),
  n: () => write("tab-note", "note-words"),
};

export function listen(page) {
  page.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.closest(TYPING)) return;
    const act = ACTS[event.key];
    if (act && act()) event.preventDefault();
  });
}
