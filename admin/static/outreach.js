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
  const ask = async () => {
    const number = ++asked;
    const told = new URLSearchParams(new FormData(form));
    ["token", "text_zh_CN", "text_zh_Hant", "text_en"].forEach((name) => told.delete(name));
    const answer = await fetch(`${form.dataset.reach}?${told}`, { credentials: "same-origin" });
    if (answer.ok && number === asked) place.textContent = await answer.text();
  };
  form.querySelectorAll("[data-audience] select, [data-audience] input").forEach((field) =>
    field.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 300); }));
}
