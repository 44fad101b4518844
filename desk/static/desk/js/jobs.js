// The pages of jobs look again while what they show still runs: every two seconds, and not while nobody looks at them.

const EVERY = 2_000;

setInterval(() => {
  const live = document.querySelector("[data-live]");
  if (live && document.visibilityState === "visible") window.htmx.trigger(live, "look");
}, EVERY);

document.addEventListener("job-ended", () => {
  const live = document.querySelector("[data-live]");
  if (live) window.htmx.trigger(live, "look");
});
