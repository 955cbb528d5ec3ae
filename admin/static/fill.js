// A template goes into its box at once; what was typed there stays, the template comes after it.
export function fill(link) {
  const box = document.getElementById(link.dataset.fill);
  const untouched = new Set([box.value.trim(), ""]);
  link.addEventListener("click", (event) => {
    event.preventDefault();
    const text = link.dataset.text;
    box.value = untouched.has(box.value.trim()) || box.dataset.filled === box.value ? text : `${box.value.trimEnd()}\n${text}`;
    box.dataset.filled = box.value;
    const check = link.dataset.check && document.getElementById(link.dataset.check);
    if (check) check.checked = true;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
}
