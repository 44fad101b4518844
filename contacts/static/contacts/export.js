// The export of a list: the dialog asks for the people of the address as it is now, without the page one is on.

const NOT_ASKED = ["after", "before", "edit"];

document.addEventListener("htmx:configRequest", (event) => {
  const { export: path } = event.target.dataset ?? {};
  if (!path) return;
  const asked = new URLSearchParams(location.search);
  for (const name of NOT_ASKED) asked.delete(name);
  event.detail.path = asked.size ? `${path}?${asked}` : path;
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "export-dialog") event.detail.target.querySelector("[name=reason]")?.focus();
});
document.addEventListener("export-begun", () => document.getElementById("export-dialog")?.close());
