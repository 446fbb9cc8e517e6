// What a person says to an incident: asked for in a dialog, taken when the log has it.

import { one, say, show } from "./dom.js";

const LABELS = { acknowledge: "Acknowledge", snooze: "Snooze", expected: "Mark as expected" };
const UNTIL = new Set(["snooze", "expected"]);
const dialog = one("answer");
const form = dialog.querySelector("form");
let asked = null;

export function answer(action, incident, state) {
  asked = { action, incident };
  say(one("answer-title"), LABELS[action]);
  say(one("answer-about"), incident.headline);
  say(form.querySelector("[type=submit]"), LABELS[action]);
  say(one("answer-error"), "");
  show(label("until"), UNTIL.has(action));
  show(label("cap"), action === "expected");
  show(label("token"), Boolean(state.status?.token_required));
  form.elements.by.value = localStorage.getItem("name") ?? "";
  form.elements.token.value = sessionStorage.getItem("token") ?? "";
  form.elements.until.value = action === "snooze" ? local(state.status?.time, 60) : "";
  form.elements.cap.value = "";
  form.elements.note.value = "";
  dialog.showModal();
}

const label = (name) => form.querySelector(`[data-for=${name}]`);

// A time some minutes from now as a field for local times wants it.
function local(now, minutes) {
  const at = new Date((now ? Date.parse(now) : Date.now()) + minutes * 60_000);
  return new Date(at - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function said() {
  const { by, until, cap, note } = form.elements;
  const body = { incident: asked.incident.id, action: asked.action, by: by.value.trim(), note: note.value };
  if (UNTIL.has(asked.action) && until.value) body.until = new Date(until.value).toISOString();
  if (asked.action === "expected" && cap.value.trim()) body.cap_usd_per_hour = cap.value.trim();
  return body;
}

async function send() {
  const headers = { "Content-Type": "application/json" };
  const token = form.elements.token.value;
  if (token) headers.Authorization = `Bearer ${token}`;
  const answered = await fetch("/v1/answers", { method: "POST", headers, body: JSON.stringify(said()) });
  if (answered.ok) {
    localStorage.setItem("name", form.elements.by.value.trim());
    if (token) sessionStorage.setItem("token", token);
    return "";
  }
  const told = await answered.json().catch(() => null);
  return told?.error?.detail ?? `the server said ${answered.status}`;
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const wrong = await send().catch(() => "the server does not answer");
  say(one("answer-error"), wrong);
  if (!wrong) dialog.close();
});

form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
