// While one types a village the search step is done without leaving the page. Without this there is a button for it.
export function seek(box) {
  const list = document.getElementById(box.dataset.places), form = box.form;
  let timer, asked = 0;
  async function look() {
    const mine = ++asked;
    const body = new URLSearchParams({ token: form.elements.token.value, search: box.value });
    const answer = await fetch("/intake/places", { method: "POST", body }).catch(() => null);
    if (!answer || !answer.ok || mine !== asked) return;
    const found = await answer.json();
    list.replaceChildren(...found.map((place) => pick(place, found.length === 1)));
  }
  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(look, 150);
  });
  box.addEventListener("compositionend", () => { timer = setTimeout(look, 150); });
}

function pick(place, only) {
  const label = document.createElement("label"), input = document.createElement("input");
  Object.assign(input, { type: "radio", name: "place", value: place.id, checked: only });
  label.append(input, ` ${place.name}`);
  return label;
}
