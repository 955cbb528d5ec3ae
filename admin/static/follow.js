// A piece of the page that is still moving fetches itself anew; when it stands still, the whole page is loaded once more.
export function follow(part) {
  const timer = setInterval(async () => {
    const answer = await fetch(part.dataset.follow, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer || !answer.ok) {
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
    if (!fresh || !fresh.dataset.follow) {
      clearInterval(timer);
      location.replace(part.dataset.follow);
      return;
    }
    for (const name of ["[role=status]", "progress"]) {
      const [now, next] = [part.querySelector(name), fresh.querySelector(name)];
      if (name === "progress") {
        now.value = next.value;
      } else {
        now.textContent = next.textContent;
      }
    }
  }, 1000);
}
