// The console's only script. Every page works without it; it saves steps.
"use strict";

// data-once: a form is sent once, however often its button is pressed
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]")) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
});

// data-refresh="seconds": the element is fetched anew from data-from until it no longer asks for it
const controls = (element) => [...element.querySelectorAll("a, button, input, select, textarea, summary")];
async function refresh(element) {
  const id = element.id;
  try {
    const answer = await fetch(element.dataset.from, { credentials: "same-origin", redirect: "error" });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(id);
    if (!fresh) return;
    // whoever is at one of its controls stays there
    const at = controls(element).indexOf(document.activeElement);
    element.replaceWith(fresh);
    if (at >= 0) controls(fresh)[at]?.focus();
    watch(fresh);
  } catch {
    window.setTimeout(refresh, 10000, element);
  }
}
function watch(element) {
  const seconds = Number(element.dataset.refresh);
  if (seconds > 0) window.setTimeout(refresh, seconds * 1000, element);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-refresh]").forEach(watch);
  document.querySelectorAll("form[data-submit-on-change]").forEach((form) =>
    form.addEventListener("change", () => form.requestSubmit()));
  const problem = document.getElementById("problem");
  if (problem) problem.focus();
  // the menu is open beside the page and folded above it
  const fold = document.querySelector(".menu-fold");
  const narrow = window.matchMedia("(max-width: 63.99rem)");
  const place = () => { if (fold) fold.open = !narrow.matches; };
  narrow.addEventListener("change", place);
  place();
  document.querySelectorAll("[data-print]").forEach((button) =>
    button.addEventListener("click", () => window.print()));
});

// "/" goes to the first filter of the page
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("form[role=search] input, form[role=search] select");
  if (field) { event.preventDefault(); field.focus(); }
});
