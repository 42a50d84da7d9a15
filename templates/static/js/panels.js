// Panels that open in place (details): a closing button, Esc, and a click beside the menu.
for (const button of document.querySelectorAll("[data-close]")) button.hidden = false;

function close(panel) {
  panel.open = false;
  panel.querySelector("summary").focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-close]");
  if (button) close(button.closest("details"));
  const menu = document.querySelector(".menu[open]");
  if (menu && !menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const panel = event.target.closest("details[open]");
  if (panel) close(panel);
});

document.addEventListener("htmx:after:swap", () => {
  for (const button of document.querySelectorAll("[data-close][hidden]")) button.hidden = false;
});
