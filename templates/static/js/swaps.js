// After a part of the page is replaced: focus where it is needed, and say what changed.
// Polling stops while the page is hidden; a failure is said, never swallowed.
const said = document.getElementById("said");

document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement } = event.detail.ctx;
  if (document.hidden && sourceElement.matches("[data-poll]")) event.preventDefault();
});

document.addEventListener("htmx:after:swap", (event) => {
  const old = event.detail.ctx?.target;
  const region = old?.isConnected ? old : document.getElementById(old?.id);
  if (!region) return;
  const mistake = region.querySelector("[data-focus]");
  const head = region.matches("[data-head]") ? region : region.querySelector("[data-head], h2[tabindex]");
  if (mistake) mistake.focus();
  else if (document.activeElement === document.body) (head ?? region).focus();
  if (head && said) said.textContent = head.textContent.trim();
});

function fail(kind) {
  const words = document.getElementById(`failed-${kind}`);
  const main = document.getElementById("main");
  if (!words || !main || main.querySelector(":scope > .failed-request")) return;
  main.prepend(words.content.cloneNode(true));
  main.querySelector(".failed-request").focus();
}

document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx.response.status >= 500) fail("server");
});
document.addEventListener("htmx:error", () => fail("network"));
