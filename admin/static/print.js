// The button that prints stands there only where a script can do it.
export function printing(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
