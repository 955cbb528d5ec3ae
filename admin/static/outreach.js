// What is typed appears on the phone beside it; the audience is counted anew a moment after each change.
export function mirror(box) {
  const bubble = document.getElementById(box.dataset.mirror);
  const show = () => { bubble.textContent = box.value || bubble.dataset.empty; };
  box.addEventListener("input", show);
  show();
}

export function countReach(form) {
  const place = document.getElementById("reach");
  let timer, asked = 0;
  form.querySelectorAll("[data-count]").forEach((button) => { button.hidden = true; });
  const ask = async () => {
    const number = ++asked;
    const told = new URLSearchParams(new FormData(form));
    ["token", "file", "text_zh_CN", "text_zh_Hant", "text_en"].forEach((name) => told.delete(name));
    const answer = await fetch(`${form.dataset.reach}?${told}`, { credentials: "same-origin" });
    if (answer.ok && number === asked) place.textContent = await answer.text();
  };
  form.querySelectorAll("[data-audience] select, [data-audience] input").forEach((field) =>
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 300); }));
}

// A chosen picture appears on the phones; of a film or a file its name.
export function showMaterial(field) {
  const places = document.querySelectorAll("[data-shown]");
  const shown = (file) => {
    const picture = file.type.startsWith("image/");
    const made = document.createElement(picture ? "img" : "span");
    if (picture) { made.src = URL.createObjectURL(file); made.alt = file.name; }
    else { made.className = "paper"; made.textContent = file.name; }
    return made;
  };
  field.addEventListener("change", () => {
    const [file] = field.files;
    places.forEach((place) => place.replaceChildren(...(file ? [shown(file)] : [])));
  });
}

// With a quiz the message has a button for it.
export function showQuiz(field) {
  const show = () => document.querySelectorAll("[data-quiz-way]").forEach((way) => { way.hidden = !field.value; });
  field.addEventListener("change", show);
  show();
}
