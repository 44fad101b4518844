// The look of the round button, and the colours that the window shares with it. It goes into a constructed style sheet
// of the shadow root, which a page's `style-src 'self'` allows and its own rules do not reach.

const LIGHT = `
  --ground: #ffffff; --raised: #f3f5f8; --ink: #16181d; --quiet: #5a6170; --line: #d9dde4; --edge: #868e9c;
  --accent: #2f54d1; --accent-ink: #ffffff; --accent-hover: #2645ad; --wrong: #b4232a; --wrong-ground: #fdf0f0;
  --good: #1a7f4b; --good-ground: #e9f6ef; --shadow: 0 12px 40px rgb(16 20 32 / .22), 0 2px 8px rgb(16 20 32 / .10);
  color-scheme: light;
`;
const DARK = `
  --ground: #1b1e25; --raised: #282d37; --ink: #eef0f4; --quiet: #a7aebc; --line: #3a404c; --edge: #7d8695;
  --accent: #8ea6ff; --accent-ink: #10162c; --accent-hover: #a9bbff; --wrong: #ff9a9a; --wrong-ground: #3a2326;
  --good: #6fd6a0; --good-ground: #1d352a; --shadow: 0 12px 40px rgb(0 0 0 / .6), 0 0 0 1px rgb(255 255 255 / .08);
  color-scheme: dark;
`;

const STYLE = `
:host { all: initial !important; }
:host, .frame { display: block !important; }
.frame {
  ${LIGHT}
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR",
    "Hiragino Sans", "Yu Gothic UI", "Noto Sans CJK KR", "Noto Sans JP", sans-serif;
  color: var(--ink); text-align: start; word-break: keep-all; overflow-wrap: anywhere;
}
.frame:lang(ja) {
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Hiragino Sans", "Yu Gothic UI", "Noto Sans JP",
    "Noto Sans CJK JP", sans-serif;
  word-break: normal; word-break: auto-phrase; line-break: strict;
}
.frame[data-appearance="dark"] { ${DARK} }
@media (prefers-color-scheme: dark) { .frame[data-appearance="system"] { ${DARK} } }
*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
button { font: inherit; color: inherit; cursor: pointer; border: 0; background: none; padding: 0; margin: 0; }
:focus { outline: none; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

.launcher {
  position: fixed; z-index: var(--layer); right: 20px; bottom: calc(20px + env(safe-area-inset-bottom, 0px));
  width: 56px; height: 56px; border-radius: 50%; display: grid; place-items: center;
  background: var(--accent); color: var(--accent-ink); box-shadow: var(--shadow); transition: background .15s, transform .15s;
}
.launcher:hover { background: var(--accent-hover); transform: translateY(-2px); }
.launcher:focus-visible { outline-offset: 3px; }
.launcher svg { width: 26px; height: 26px; }
.launcher[aria-busy="true"] svg { animation: wait 1s ease-in-out infinite alternate; }
@keyframes wait { to { opacity: .25; } }
.badge {
  position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c8242c; color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center;
  font-variant-numeric: tabular-nums;
}
.notice {
  position: fixed; z-index: var(--layer); right: 20px; bottom: calc(88px + env(safe-area-inset-bottom, 0px));
  max-width: min(320px, calc(100vw - 40px)); padding: 12px 16px; border-radius: 12px; font-size: 14px;
  background: var(--ground); box-shadow: var(--shadow);
}
.notice:empty { display: none; }
@media (prefers-reduced-motion: reduce) { *, *::before, *::after { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .launcher { border: 1px solid; } }
@media print { .frame { display: none !important; } }
`;
