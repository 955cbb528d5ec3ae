// A phone for one fictitious person at a time; the server holds the truth, this draws it.
import { compose } from "/composer.js";
import { $, element, toast } from "/dom.js";
import { clearLog, drawLog } from "/log.js";

const query = new URLSearchParams(location.search);
const SYSTEM = { document: "文件", photo: "图片", voice: "语音", audio: "音频", video: "视频" };
let people = [];
let current = null;
let screen = null;
let generation = 0;
let toasted = 0;

async function call(method, path, body, headers = {}) {
  const raw = body instanceof Blob;
  const answer = await fetch(`/_sim/${path}`, {
    method,
    body: body === undefined || raw ? body : JSON.stringify(body),
    headers: raw ? headers : { "Content-Type": "application/json" },
  });
  const result = await answer.json();
  if (!answer.ok) throw new Error(result.error);
  return result;
}

const mine = (path) => `people/${encodeURIComponent(current)}/${path}`;

function act(method, path, body, headers) {
  return call(method, mine(path), body, headers).catch((error) => toast(error.message));
}

// --- the people

function drawPeople() {
  const seen = Object.fromEntries(people.map((one) => [one.key, Number(sessionStorage.getItem(`seen ${one.key}`) ?? 0)]));
  $("people").replaceChildren(...people.map((one) => {
    const button = element("button");
    button.type = "button";
    button.setAttribute("aria-current", String(one.key === current));
    button.classList.toggle("new", one.key !== current && one.revision > seen[one.key]);
    const avatar = element("span", "avatar", one.name.slice(0, 1));
    avatar.setAttribute("aria-hidden", "true");
    button.append(avatar, element("strong", "", one.name), element("span", "role", one.role));
    button.append(element("span", "preview", SYSTEM[one.preview.slice(1, -1)] ?? (one.preview || "还没有聊天")));
    button.addEventListener("click", () => choose(one.key));
    const item = element("li");
    item.append(button);
    return item;
  }));
  if ($("picker").options.length !== people.length) {
    $("picker").replaceChildren(...people.map((one) => new Option(one.role ? `${one.name}（${one.role}）` : one.name, one.key)));
  }
  $("picker").value = current;
}

async function refreshPeople() {
  people = await call("GET", "people");
  if (current) drawPeople();
}

function choose(key) {
  current = key;
  toasted = null;
  clearLog();
  const address = new URL(location.href);
  if (address.searchParams.get("person") !== key) address.searchParams.delete("start");
  address.searchParams.set("person", key);
  history.replaceState(null, "", address);
  drawPeople();
  follow(++generation);
}

// --- the screen

async function follow(mineGeneration) {
  let since = -1;
  while (mineGeneration === generation) {
    try {
      const next = await call("GET", mine(`screen?since=${since}&wait=25`));
      if (mineGeneration !== generation) return;
      if (next.revision !== since) draw(next);
      since = next.revision;
    } catch {
      if (mineGeneration !== generation) return;
      $("status").textContent = "连接断开，正在重试";
      await new Promise((done) => setTimeout(done, 1000));
      since = -1;
    }
  }
}

function draw(next) {
  screen = next;
  sessionStorage.setItem(`seen ${current}`, next.revision);
  drawLog(next.messages, press);
  drawKeyboard(next);
  drawAnswers(next.answers);
  drawTyping(next.typing);
  $("owner").textContent = `${next.name}的手机`;
  $("block").setAttribute("aria-pressed", String(next.blocked));
  $("block").textContent = next.blocked ? "已停用，恢复" : "停用";
  drawStart();
}

// As on a real phone, a deep link asks for a tap even when the chat has begun.
function drawStart() {
  const waiting = screen.messages.length === 0 || payload() !== "";
  $("start-bar").hidden = !waiting;
  $("composer").hidden = waiting;
}

function payload() {
  return new URLSearchParams(location.search).get("start") ?? "";
}

async function start() {
  await act("POST", "start", { payload: payload() });
  const address = new URL(location.href);
  address.searchParams.delete("start");
  history.replaceState(null, "", address);
  drawStart();
}

function drawTyping(typing) {
  clearTimeout(drawTyping.timer);
  $("status").textContent = typing ? "正在输入…" : "机器人";
  if (typing) drawTyping.timer = setTimeout(() => { $("status").textContent = "机器人"; }, 5000);
}

function drawKeyboard(next) {
  $("keyboard").hidden = next.keyboard.length === 0;
  $("keyboard").replaceChildren(...next.keyboard.map((row) => {
    const line = element("div", "row");
    for (const text of row) {
      const button = element("button", "", text);
      button.type = "button";
      button.addEventListener("click", () => act("POST", "presses", { text }));
      line.append(button);
    }
    return line;
  }));
}

function drawAnswers(answers) {
  const newest = answers.at(-1)?.number ?? 0;
  if (toasted !== null) {
    for (const answer of answers.filter((one) => one.number > toasted)) {
      if (answer.url) open(answer.url, "_blank", "noopener");
      if (answer.text && answer.alert) alertBox(answer.text);
      else if (answer.text) toast(answer.text);
    }
  }
  toasted = newest;
}

function alertBox(text) {
  $("alert-text").textContent = text;
  if (!$("alert").open) $("alert").showModal();
}

async function press(message, button, node) {
  if (button.kind === "url" || button.kind === "web_app") return open(button.value, "_blank", "noopener");
  if (button.kind === "copy_text") {
    try {
      await navigator.clipboard.writeText(button.value);
      return toast("已复制");
    } catch {
      return toast(`没能复制，请抄下：${button.value}`);
    }
  }
  node.classList.add("busy");
  setTimeout(() => node.classList.remove("busy"), 8000);
  return act("POST", "presses", { message_id: message.id, data: button.value });
}

$("start").addEventListener("click", start);
compose(act);
$("block").addEventListener("click", () => act(screen?.blocked ? "DELETE" : "PUT", "block"));
$("picker").addEventListener("change", (event) => choose(event.target.value));

await refreshPeople();
const asked = people.find((one) => one.key === query.get("person"));
if (people.length) choose((asked ?? people[0]).key);
setInterval(() => refreshPeople().catch(() => {}), 3000);
