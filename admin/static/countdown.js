// Seconds come from the server, so a wrong clock on the desk does not matter.
export function countDown(form) {
  const words = form.querySelector("[data-countdown]");
  const end = performance.now() + Number(form.dataset.seconds) * 1000;
  const timer = setInterval(() => {
    const left = Math.ceil((end - performance.now()) / 1000);
    if (left > 0) {
      const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
      words.textContent = words.dataset.countdown.replace("{seconds}", String(left)).replace("{clock}", clock);
      return;
    }
    clearInterval(timer);
    form.textContent = form.dataset.over;
    form.classList.add("over");
  }, 250);
}
