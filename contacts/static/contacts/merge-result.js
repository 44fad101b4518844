// After a merge: who was merged away is no longer ticked in any list, and "back" leads to the list one came from.

const gone = document.querySelector("[data-merged]")?.dataset.merged;

function forget(id) {
  for (const key of Object.keys(sessionStorage).filter((name) => name.startsWith("selection:"))) {
    const kept = JSON.parse(sessionStorage.getItem(key) || "{}");
    if (kept.all || !kept.ids?.includes(id)) continue;
    // The two were ticked to be merged; that is done, so nobody is left selected by it.
    sessionStorage.removeItem(key);
  }
}

try {
  if (gone) forget(gone);
  const list = JSON.parse(sessionStorage.getItem("merge-list") || "null");
  const back = document.querySelector("[data-back]");
  if (list && back) back.href = list;
} catch {
  /* without storage the plain link leads to the whole list */
}
