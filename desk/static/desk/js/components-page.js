// Swatches take the colour of the token they name.
for (const swatch of document.querySelectorAll("[data-token]")) {
  swatch.style.backgroundColor = `var(--${swatch.dataset.token})`;
}
