// A press that is under way while its target is replaced: rows whose numbers arrive, a list that found something else, a
// tray that asks again. A browser drops such a click. Here it goes to whatever took the place of what was pressed, if
// that is the same thing; a row that moved under the pointer is not.

const PRESSABLE = "a[href], button, summary, label, input, select, [role=option], [role=menuitem], [role=tab]";
// What a thing is, as opposed to how it looks just now.
const SAYS_WHICH = /^(id|href|for|name|value|type|formaction|role|aria-label|hx-(get|post|delete)|data-.*)$/;

const which = (element) =>
  [
    element.localName,
    element.textContent.trim(),
    ...[...element.attributes].filter(({ name }) => SAYS_WHICH.test(name)).map(({ name, value }) => `${name}=${value}`).sort(),
  ].join("\n");

let pressed = null; // { element, which }: as it was when the finger came down

addEventListener(
  "pointerdown",
  (event) => {
    const element = event.isPrimary && event.button === 0 ? event.target.closest?.(PRESSABLE) : null;
    pressed = element && { element, which: which(element) };
  },
  { capture: true },
);

addEventListener("pointercancel", () => (pressed = null), { capture: true });

addEventListener(
  "pointerup",
  (event) => {
    const was = pressed;
    pressed = null;
    if (!was || was.element.isConnected) return;
    const now = document.elementFromPoint(event.clientX, event.clientY)?.closest(PRESSABLE);
    if (!now || which(now) !== was.which) return;
    setTimeout(() => {
      now.focus({ preventScroll: true });
      now.click();
    });
  },
  { capture: true },
);
