// A toast stays eight seconds, longer while it is pointed at or holds the focus.
const STAYS = 8000;
const corner = document.getElementById("toasts");

function leave(toast) {
  if (toast.matches(":hover, :focus-within")) setTimeout(leave, STAYS, toast);
  else toast.remove();
}

function watch() {
  for (const toast of corner.querySelectorAll(".toast:not([data-seen])")) {
    toast.dataset.seen = "";
    setTimeout(leave, STAYS, toast);
  }
}

if (corner && !corner.closest(".styleguide")) {
  watch();
  new MutationObserver(watch).observe(corner, { childList: true });
}
