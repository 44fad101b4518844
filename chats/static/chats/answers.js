// The page of a saved answer: a placeholder is put where the cursor is.

const text = document.querySelector("[data-answer-text]");

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-placeholder]");
  if (!button || !text) return;
  text.setRangeText(`{${button.dataset.placeholder}}`, text.selectionStart, text.selectionEnd, "end");
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
});
