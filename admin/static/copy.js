// A button beside a code. The clipboard exists on https and localhost only; elsewhere there is no button.
export function copy(element) {
  if (!navigator.clipboard) return;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-outline-primary";
  button.textContent = element.dataset.copy;
  const code = element.textContent.trim();
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code);
    button.textContent = element.dataset.copied;
  });
  element.after(button);
}
