// `/` search, `?` the list of keys, `g` then a letter to go somewhere. The letters and their
// addresses stand in the dialog itself (data-go), so only pages that exist can be reached.
const PATIENCE = 1500;
let goUntil = 0;

function typing(target) {
  return target.closest("input, select, textarea, [contenteditable]") !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
  const list = document.getElementById("keys");
  if (event.key === "/") {
    const search = document.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  } else if (event.key === "?" && list && !list.open) {
    event.preventDefault();
    list.showModal();
  } else if (event.key === "g") {
    goUntil = event.timeStamp + PATIENCE;
  } else if (event.timeStamp < goUntil) {
    goUntil = 0;
    list?.querySelector(`[data-go="${CSS.escape(event.key)}"]`)?.click();
  }
});
