// The composer: words, pictures and files, voice.
import { $, toast } from "/dom.js";

let recorder = null;
let act = null;

function grow() {
  $("text").style.height = "auto";
  $("text").style.height = `${$("text").scrollHeight + 2}px`;
}

async function sendText() {
  const text = $("text").value.trim();
  if (!text) return;
  $("text").value = "";
  grow();
  $("log").scrollTop = $("log").scrollHeight;
  await act("POST", "messages", { text });
}

async function sendFiles(files) {
  const caption = $("text").value.trim();
  $("text").value = "";
  const album = files.length > 1 ? String(Date.now()) : "";
  for (const [place, file] of [...files].entries()) {
    const kind = /^image\/(jpeg|png|webp)$/.test(file.type) ? "photo"
      : file.type.startsWith("video/") ? "video"
      : /^audio\/(ogg|opus)/.test(file.type) ? "voice"
      : file.type.startsWith("audio/") ? "audio" : "document";
    await sendBlob(kind, file, { name: file.name, caption: place ? "" : caption, album });
  }
}

function sendBlob(kind, blob, details) {
  const kept = Object.entries({ kind, ...details }).filter(([, value]) => value);
  const type = blob.type || "application/octet-stream";
  return act("POST", `files?${new URLSearchParams(kept)}`, blob, { "Content-Type": type });
}

async function record() {
  if (recorder) return recorder.stop();
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const parts = [];
    const began = Date.now();
    recorder = new MediaRecorder(stream);
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onstop = () => {
      stream.getTracks().forEach((track) => track.stop());
      const blob = new Blob(parts, { type: recorder.mimeType.split(";")[0] });
      recorder = null;
      $("voice").setAttribute("aria-pressed", "false");
      sendBlob("voice", blob, { seconds: Math.max(1, Math.round((Date.now() - began) / 1000)) });
    };
    recorder.start();
    $("voice").setAttribute("aria-pressed", "true");
    toast("正在录音，再按一下发出");
  } catch {
    toast("用不了麦克风，请点回形针选一段录音（.ogg）");
  }
}

export function compose(perform) {
  act = perform;
  $("composer").addEventListener("submit", (event) => { event.preventDefault(); sendText(); });
  $("text").addEventListener("input", grow);
  $("text").addEventListener("keydown", (event) => {
    // While an input method is composing, Enter picks a word and must not send.
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); sendText(); }
  });
  $("file").addEventListener("change", async (event) => { await sendFiles(event.target.files); event.target.value = ""; });
  $("voice").addEventListener("click", record);
}
