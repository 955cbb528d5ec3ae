// Enhancements only: every page works without them.
import { countDown } from "./countdown.js";
import { fill } from "./fill.js";
import { copy } from "./copy.js";
import { follow } from "./follow.js";
import { listen } from "./keys.js";
import { seek } from "./places.js";
import { printing } from "./print.js";
import { countReach, mirror, showMaterial, showQuiz } from "./outreach.js";
import { guard } from "./unsaved.js";

document.querySelectorAll("[data-seconds]").forEach(countDown);
document.querySelectorAll("[data-fill]").forEach(fill);
document.querySelectorAll("[data-copy]").forEach(copy);
document.querySelectorAll("[data-places]").forEach(seek);
document.querySelectorAll("[data-print]").forEach(printing);
document.querySelectorAll("[data-follow]").forEach(follow);
document.querySelectorAll("[data-mirror]").forEach(mirror);
document.querySelectorAll("form[data-reach]").forEach(countReach);
document.querySelectorAll("[data-material]").forEach(showMaterial);
document.querySelectorAll("[data-quiz]").forEach(showQuiz);
listen(document);
guard(document);
