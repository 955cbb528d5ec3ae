// The list of bubbles: what changed is redrawn, the rest stays.
import { bubble } from "/bubble.js";
import { $, element } from "/dom.js";

let shown = new Map();
let following = true;

export function clearLog() {
  shown = new Map();
  $("log").replaceChildren();
}

// Bubbles that did not change stay as they are: a voice goes on playing, a reader does not hear it all again.
export function drawLog(messages, press) {
  const log = $("log");
  const atEnd = shown.size === 0 || log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const fresh = new Map();
  const nodes = [];
  let day = "";
  for (const message of messages) {
    const date = new Date(message.at * 1000).toLocaleDateString("zh-CN", { month: "long", day: "numeric" });
    if (date !== day) nodes.push(shown.get(date)?.node ?? element("li", "day", date));
    if (date !== day) fresh.set(date, { node: nodes.at(-1) });
    day = date;
    const content = JSON.stringify(message);
    const known = shown.get(message.id);
    const node = known?.content === content ? known.node : bubble(message, press);
    fresh.set(message.id, { content, node });
    nodes.push(node);
  }
  const wanted = new Set(nodes);
  for (const node of [...log.children]) if (!wanted.has(node)) node.remove();
  nodes.forEach((node, place) => { if (log.children[place] !== node) log.insertBefore(node, log.children[place] ?? null); });
  shown = fresh;
  for (const busy of log.querySelectorAll(".busy")) busy.classList.remove("busy");
  following = atEnd;
  toEnd();
}

function toEnd() {
  if (following) $("log").scrollTop = $("log").scrollHeight;
}

// Pictures arrive after their bubbles: stay at the end unless the reader went up. "load" does not bubble.
$("log").addEventListener("load", toEnd, true);
$("log").addEventListener("wheel", () => { following = false; }, { passive: true });
$("log").addEventListener("touchmove", () => { following = false; }, { passive: true });
