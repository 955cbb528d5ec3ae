// One message as a bubble: words with their entities, media, buttons.
import { element } from "/dom.js";

const MARKS = new Set(["url", "web_app", "copy_text"]);
const OTHERS = { sticker: "［贴纸］", location: "［位置］", contact: "［名片］" };
const TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "code", text_link: "a" };

// Entities may nest; every stretch between two borders is wrapped in all that cover it.
function words(message) {
  const whole = element("p", "words");
  const borders = new Set([0, message.text.length]);
  for (const one of message.entities) borders.add(one.offset).add(one.offset + one.length);
  const places = [...borders].sort((a, b) => a - b);
  for (let n = 0; n + 1 < places.length; n += 1) {
    let piece = document.createTextNode(message.text.slice(places[n], places[n + 1]));
    for (const one of message.entities) {
      if (one.offset <= places[n] && one.offset + one.length >= places[n + 1]) piece = wrapped(one, piece);
    }
    whole.append(piece);
  }
  return whole;
}

function wrapped(entity, inner) {
  const kinds = { spoiler: "spoiler", blockquote: "quotation" };
  const outer = element(TAGS[entity.type] ?? "span", kinds[entity.type]);
  if (entity.type === "text_link" && /^https?:/.test(entity.url)) {
    Object.assign(outer, { href: entity.url, target: "_blank", rel: "noopener noreferrer" });
  }
  outer.append(inner);
  return outer;
}

function media(file) {
  if (file.kind === "photo") return Object.assign(element("img"), { src: file.url, alt: "图片" });
  if (file.kind === "video") return Object.assign(element("video"), { src: file.url, controls: true });
  if (file.kind === "voice" || file.kind === "audio") {
    const sound = Object.assign(element("audio"), { src: file.url, controls: true, preload: "metadata" });
    sound.setAttribute("aria-label", file.kind === "voice" ? "语音" : "音频");
    return sound;
  }
  const link = Object.assign(element("a", "document"), { href: file.url, download: file.name || "文件" });
  const size = file.size < 1024 * 1024 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
  link.append(element("span", "suffix", (file.name.split(".").pop() || "?").slice(0, 4)), element("span", "", file.name || "文件"), element("small", "", size));
  return link;
}

function rows(message, press) {
  const group = element("div", "rows");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", "按钮");
  for (const row of message.buttons) {
    const line = element("div", "row");
    for (const button of row) {
      const node = element("button", "", button.text);
      node.type = "button";
      if (MARKS.has(button.kind)) node.classList.add("mark", button.kind);
      node.addEventListener("click", () => press(message, button, node));
      line.append(node);
    }
    group.append(line);
  }
  return group;
}

export function bubble(message, press) {
  const item = element("li", `message${message.mine ? " mine" : ""}${message.buttons.length ? " keyed" : ""}`);
  item.dataset.id = message.id;
  const box = element("div", "bubble");
  if (message.quoted) box.append(element("p", "quote", message.quoted));
  if (message.file) box.append(media(message.file));
  if (message.other) box.append(element("p", "words", OTHERS[message.other]));
  const clock = new Date(message.at * 1000).toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  const time = element("span", "time", message.edited ? `已编辑 ${clock}` : clock);
  if (message.text) box.append(words(message));
  // Inside the paragraph the time shares its last line when there is room.
  (message.text ? box.lastChild : box).append(time);
  item.append(box);
  if (message.buttons.length) item.append(rows(message, press));
  return item;
}
