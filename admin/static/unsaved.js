// Leaving with words in a form asks first. Forms marked data-calm hold nothing worth asking for.
export function guard(page) {
  const touched = new Set(page.querySelectorAll("form[data-unsent]"));
  page.addEventListener("input", (event) => {
    const form = event.target.form;
    if (!form || "calm" in form.dataset || !event.target.matches("textarea, input:not([type=checkbox])")) return;
    if (event.target.value.trim()) touched.add(form);
    else touched.delete(form);
  });
  page.addEventListener("submit", (event) => {
    touched.delete(event.target);
    // A second click must not hand in the same words twice.
    const button = event.submitter;
    if (button) setTimeout(() => { button.disabled = true; });
    setTimeout(() => { if (button) button.disabled = false; }, 4000);
  });
  window.addEventListener("beforeunload", (event) => {
    if (touched.size) event.preventDefault();
  });
}
