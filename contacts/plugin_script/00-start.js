// plugin.js: the contact desk on a page (docs/plugin.md). The parts of this folder are served as one function.
//
// Nothing here may throw into the page, touch its globals but `ContactDesk`, or ask for more than a strict content
// policy allows: `script-src` and `connect-src` of the desk's host; no inline style, no HTML from strings.

if (window.ContactDesk && window.ContactDesk.version) return; // the script is on the page twice

const SCRIPT = document.currentScript || document.querySelector('script[src*="/plugin.js"]');
if (!SCRIPT || !SCRIPT.src) {
  console.warn("[ContactDesk]", "load plugin.js with a script element: its address says where the desk is");
  return;
}
const API = new URL("api/plugin/v1/", SCRIPT.src).href;
