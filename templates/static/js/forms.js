// A refused form opens at its list of mistakes; a form is sent once, however often it is clicked.
document.querySelector("[data-focus]")?.focus();

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method === "dialog" || form.matches("[hx-get], [hx-post]")) return;
  if (form.dataset.sent) event.preventDefault();
  else form.dataset.sent = "1";
});

// What was left empty is no part of an address.
document.addEventListener("formdata", (event) => {
  if (event.target.method !== "get") return;
  for (const [name, value] of [...event.formData]) if (value === "") event.formData.delete(name);
});

// Coming back by the browser's own button shows the page as it was left: let it be sent again.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("[data-sent]")) delete form.dataset.sent;
});
