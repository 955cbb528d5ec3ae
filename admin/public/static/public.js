// Small helps; every page works without them.
const all = (which) => document.querySelectorAll(which);

for (const link of all("[data-leave]"))
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.body.hidden = true;
    location.replace(link.href);
  });

for (const box of [...all("[data-focus]")].slice(0, 1)) box.focus();

for (const form of all("form[data-once]")) {
  let sent = 0;
  form.addEventListener("submit", (event) => {
    if (Date.now() - sent < 4000) return event.preventDefault();
    if (tooBig(form)) return event.preventDefault();
    sent = Date.now();
    const note = form.querySelector("[data-sending]");
    if (note && [...form.querySelectorAll("input[type=file]")].some((one) => one.files.length)) note.hidden = false;
  });
  form.addEventListener("change", () => tooBig(form));
}

function tooBig(form) {
  const note = form.querySelector("[data-too-big]");
  if (!note) return false;
  const most = Number(note.dataset.tooBig);
  const found = [...form.querySelectorAll("input[type=file]")].find((one) => [...one.files].some((file) => file.size > most));
  note.hidden = !found;
  if (found) found.focus();
  return Boolean(found);
}

for (const button of all("[data-copy]")) {
  if (!navigator.clipboard) continue;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    document.querySelector("[data-status]").textContent = button.dataset.done;
  });
}

for (const button of all("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

// A page that the browser kept in memory would show a form that may be sent again at once.
addEventListener("pageshow", () => { for (const note of all("[data-sending]")) note.hidden = true; });
