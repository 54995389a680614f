// Small behaviours on top of pages that work without them. No eval, no inline handlers (strict CSP).

import "./gantt.js";

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// --- copy -------------------------------------------------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = "✓";
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-reload]")) location.reload();
  const all_ = event.target.closest("[data-check-all]");
  if (all_) all(`input[name="${all_.dataset.checkAll}"]`).forEach((box) => { box.checked = all_.checked; });
});

// --- countdown: against the server's clock, never the browser's ----------------------------------------------------------
const drift = Date.now() - new Date(document.body.dataset.serverNow).getTime();
function tick() {
  for (const node of all("[data-deadline]")) {
    const left = Math.floor((new Date(node.dataset.deadline).getTime() - (Date.now() - drift)) / 1000);
    const days = Math.floor(left / 86400), h = Math.floor(left / 3600) % 24, m = Math.floor(left / 60) % 60;
    const form = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });
    node.textContent = left <= 0 ? node.dataset.over : days > 1 ? form.format(days, "day") : h > 0 ? form.format(h + days * 24, "hour") : form.format(m, "minute");
  }
}
if ($("[data-deadline]")) { tick(); setInterval(tick, 30000); }

// --- counters ------------------------------------------------------------------------------------------------------------
function count(node) {
  const counter = document.getElementById(`${node.id}_counter`);
  if (counter) counter.textContent = `${[...node.value].length} / ${counter.dataset.max}`;
}
all("[data-counted]").forEach((node) => { count(node); node.addEventListener("input", () => count(node)); });

// --- fields that are asked only beside certain answers; what was typed stays in the form -----------------------------------
for (const form of all("form")) {
  const parts = all("[data-when]", form);
  const look = () => parts.forEach((part) => {
    const asked = all(`[name="${part.dataset.when}"]`, form).at(-1);
    const answer = asked?.type === "checkbox" ? (asked.checked ? "yes" : "no") : asked?.value || "no";
    part.hidden = !part.dataset.whenIs.split(" ").includes(answer);
  });
  if (parts.length) { look(); form.addEventListener("input", look); }
}

// --- autosave: keeps text in the browser until the server has it -----------------------------------------------------------
for (const form of all("form[data-autosave]")) autosave(form);

function autosave(form) {
  const status = $("[data-saved]", document);
  const key = `draft:${form.dataset.autosave}`;
  const say = (state, text) => { if (status) { status.dataset.state = state; status.textContent = text; } };
  let timer = 0, dirty = false, busy = false;

  // Kept text goes back into the form only if the server still has the version it was typed on; else both are shown.
  const kept = JSON.parse(localStorage.getItem(key) ?? "null");
  const version = () => $('[name="version"]', form)?.value ?? "";
  if (kept && kept.text === serialise(form)) localStorage.removeItem(key);
  else if (kept && kept.version === version()) { restore(form, kept.text); dirty = true; schedule(200); }
  else if (kept) conflict(kept.text, {});

  form.addEventListener("input", () => { dirty = true; keep(); say("", status?.dataset.saving ?? "…"); schedule(900); });
  form.addEventListener("submit", () => { dirty = false; clearTimeout(timer); keep(); });
  addEventListener("beforeunload", (event) => { if (dirty) event.preventDefault(); });

  function keep() { localStorage.setItem(key, JSON.stringify({ version: version(), text: serialise(form) })); }
  function schedule(wait) { clearTimeout(timer); timer = setTimeout(save, wait); }

  async function save() {
    if (busy) return schedule(300);
    busy = true;
    const body = new FormData(form), sent = serialise(form);
    const token = /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1];  // renewed when one signs in again elsewhere
    if (token) body.set("csrfmiddlewaretoken", token);
    try {
      const answer = await fetch(form.dataset.autosave, { method: "POST", body, headers: { "X-Requested-With": "fetch", Accept: "application/json" } });
      if (answer.status === 409) return conflict(sent, await answer.json().catch(() => ({})));
      if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
      const saved = await answer.json();
      for (const field of all('[name="version"]', document)) field.value = saved.version;
      if (serialise(form) === sent) { dirty = false; localStorage.removeItem(key); say("saved", saved.message); }
      else keep();  // more was typed meanwhile: nothing says "saved" before that is saved too
      form.dispatchEvent(new Event("saved", { bubbles: true }));
    } catch {
      say("error", status?.dataset.failed ?? "!");
      schedule(8000);
    } finally { busy = false; }
  }

  function conflict(text, { differs, version: newer }) {
    const dialog = $("#merge"), mine = $("#merge-text"), list = $("#merge-list"), keepMine = $("[data-keep]", dialog);
    dirty = false;
    mine.hidden = Boolean(differs);
    mine.value = Object.values(JSON.parse(text)).flat().filter((value) => value.length > 3).join("\n\n");
    list.replaceChildren(...(differs ?? []).flatMap(sides));
    keepMine.hidden = newer === undefined;
    keepMine.onclick = () => {
      for (const field of all('[name="version"]', document)) field.value = newer;
      dialog.close(); dirty = true; keep(); schedule(0);
    };
    $("[data-reload]", dialog).onclick = () => localStorage.removeItem(key);
    dialog.showModal();
  }

  function sides({ label, mine, theirs }) {
    const { mine: ours, theirs: others } = $("#merge-list").dataset;
    return [[label, ""], [ours, mine], [others, theirs]].map(([name, value], row) => {
      const node = document.createElement(row ? "div" : "h3");
      node.className = row ? "prose" : "";
      node.textContent = row ? `${name}: ${value}` : name;
      return node;
    });
  }
}

function serialise(form) {
  const values = {};
  for (const [name, value] of new FormData(form)) {
    if (typeof value === "string" && !["csrfmiddlewaretoken", "version"].includes(name)) (values[name] ??= []).push(value);
  }
  return JSON.stringify(values);
}

function restore(form, text) {
  for (const [name, values] of Object.entries(JSON.parse(text))) {
    for (const field of all(`[name="${CSS.escape(name)}"]`, form)) {
      if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
      else if (field.type !== "file") { field.value = values[0]; count(field); }
    }
  }
}

// --- keyboard: j and k move through a table, Enter opens, / goes to the filter ---------------------------------------------
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/") { const box = $(".filters input"); if (box) { event.preventDefault(); box.focus(); } }
  if (event.key !== "j" && event.key !== "k") return;
  const rows = all("tbody tr");
  const now = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(Math.max(now + (event.key === "j" ? 1 : -1), 0), rows.length - 1)];
  if (!next) return;
  rows[now]?.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.querySelector("a")?.focus();
});

// --- drag a row onto a card: opens the page that shows the effect; the forms in the row do the same ------------------------
let dragged;
document.addEventListener("dragstart", (event) => { dragged = event.target.closest?.("[data-drag]")?.dataset.drag; });
for (const type of ["dragover", "dragleave", "drop"]) document.addEventListener(type, (event) => {
  const card = event.target.closest?.("[data-drop]");
  if (!card || !dragged) return;
  event.preventDefault();
  card.classList.toggle("over", type === "dragover");
  if (type === "drop") location.assign(`${dragged}&instead=${card.dataset.drop}`);
});

// --- two texts side by side: j and k go through the passages, a number shows the other half ----------------------------------
for (const reading of all("[data-reading]")) {
  const marks = (side) => all(`[data-side="${side}"]`, reading);
  let at = -1;
  function show(number, focused) {
    all(".here", reading).forEach((node) => node.classList.remove("here"));
    for (const side of ["new", "old"]) {
      const found = marks(side).filter((node) => node.dataset.passage === number);
      found.forEach((node) => node.classList.add("here"));
      if (!found[0]) continue;
      const box = found[0].closest(".reading");
      box.scrollTop += found[0].getBoundingClientRect().top - box.getBoundingClientRect().top - 40;
      if (side === focused) found[0].focus({ preventScroll: true });
    }
    const count = new Set(marks("new").map((node) => node.dataset.passage)).size;
    $("[data-where]", reading).textContent = `${number} / ${count}`;
  }
  function step(by) {
    const numbers = [...new Set(marks("new").map((node) => node.dataset.passage))];
    if (!numbers.length) return;
    at = (at + by + numbers.length) % numbers.length;
    show(numbers[at], "new");
  }
  reading.addEventListener("click", (event) => {
    const jump = event.target.closest("[data-jump]"), stepper = event.target.closest("[data-step]");
    if (jump) show(jump.closest("mark").dataset.passage, jump.dataset.jump);
    if (stepper) step(Number(stepper.dataset.step));
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, textarea, select") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    if (event.key === "k") step(-1);
  });
}
