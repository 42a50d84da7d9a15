// A day is typed; beside it the browser's own calendar may be opened, which writes the day the way we do.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-pick]");
  if (!button) return;
  const field = button.parentElement.querySelector("input");
  const calendar = document.createElement("input");
  calendar.type = "date";
  calendar.className = "calendar";
  calendar.tabIndex = -1;
  calendar.setAttribute("aria-hidden", "true");
  if (/^\d{4}-\d{2}-\d{2}$/.test(field.value)) calendar.value = field.value;
  calendar.addEventListener("change", () => { field.value = calendar.value; });
  calendar.addEventListener("blur", () => calendar.remove());
  button.after(calendar);
  calendar.focus();
  calendar.showPicker();
});
