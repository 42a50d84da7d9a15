// Everything here is convenience: each page works by links and forms alone.
import "htmx.org";
import "./keys.js";
import "./panels.js";
import "./toasts.js";
import "./swaps.js";
import "./forms.js";
import "./days.js";
