// The panel's look. It goes into a constructed style sheet of the shadow root, which a page's `style-src 'self'`
// allows and its own rules do not reach.

const LIGHT = `
  --ground: #ffffff; --raised: #f6f7f9; --ink: #16181d; --quiet: #5a6170; --line: #d5d9e0; --edge: #868e9c;
  --accent: #2f54d1; --accent-ink: #ffffff; --accent-hover: #2645ad; --wrong: #b4232a; --wrong-ground: #fdf0f0;
  --good: #1a7f4b; --good-ground: #e9f6ef; --shadow: 0 12px 40px rgb(16 20 32 / .22), 0 2px 8px rgb(16 20 32 / .10);
  color-scheme: light;
`;
const DARK = `
  --ground: #1b1e25; --raised: #252932; --ink: #eef0f4; --quiet: #a7aebc; --line: #3a404c; --edge: #7d8695;
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
.badge {
  position: absolute; top: -3px; right: -3px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c8242c; color: #fff; font-size: 12px; font-weight: 700; line-height: 22px; text-align: center;
  font-variant-numeric: tabular-nums;
}

.panel {
  position: fixed; z-index: var(--layer); right: 20px; bottom: calc(88px + env(safe-area-inset-bottom, 0px));
  width: 376px; max-height: min(640px, calc(100vh - 108px)); max-height: min(640px, calc(100dvh - 108px));
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--ground); border-radius: 16px; box-shadow: var(--shadow); animation: rise .2s ease-out;
}
.frame[data-launcher="none"] .panel { bottom: calc(20px + env(safe-area-inset-bottom, 0px)); }
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
.top { display: flex; align-items: center; gap: 12px; padding: 14px 10px 14px 20px; border-bottom: 1px solid var(--line); }
.mark {
  flex: none; width: 36px; height: 36px; border-radius: 10px; display: grid; place-items: center;
  background: var(--accent); color: var(--accent-ink); font-weight: 700; font-size: 17px;
}
.site { flex: 1; min-width: 0; font-weight: 650; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.close { flex: none; width: 40px; height: 40px; border-radius: 10px; display: grid; place-items: center; color: var(--quiet); }
.close:hover { background: var(--raised); color: var(--ink); }
.close:focus-visible { outline-offset: -3px; }
.close svg { width: 20px; height: 20px; }

.body { padding: 22px 20px 24px; overflow-y: auto; overscroll-behavior: contain; }
h2 { margin: 0; text-wrap: balance; font-size: 20px; line-height: 1.35; font-weight: 700; letter-spacing: -.01em; }
p { margin: 0; }
.lead { margin-top: 6px; color: var(--quiet); }
form { margin: 20px 0 0; display: grid; gap: 16px; }
label { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 6px; font-size: 14px; font-weight: 600; }
.optional { font-weight: 400; color: var(--quiet); }
input {
  width: 100%; height: 46px; padding: 0 14px; font: inherit; font-size: 16px; color: var(--ink); background: var(--ground);
  border: 1px solid var(--edge); border-radius: 10px; transition: border-color .15s; appearance: none;
}
input:hover { border-color: var(--quiet); }
input:focus { outline: 3px solid var(--accent); outline-offset: -1px; border-color: transparent; }
input[aria-invalid="true"] { border-color: var(--wrong); background: var(--wrong-ground); }
.hint { font-size: 13px; color: var(--quiet); }
.wrong { display: flex; gap: 6px; margin-top: 6px; font-size: 13.5px; color: var(--wrong); }
.wrong svg { flex: none; width: 16px; height: 16px; margin-top: 2.5px; }
.alert:empty { margin-top: -16px; }
.trouble { padding: 10px 12px; border-radius: 10px; background: var(--wrong-ground); margin: 0; }
.send {
  height: 48px; border-radius: 10px; background: var(--accent); color: var(--accent-ink); font-weight: 650; font-size: 16px;
  transition: background .15s;
}
.send:hover { background: var(--accent-hover); }
.send[aria-disabled="true"] { opacity: .75; cursor: progress; }

.done { display: grid; justify-items: center; text-align: center; padding: 14px 0 4px; }
.tick { width: 56px; height: 56px; border-radius: 50%; display: grid; place-items: center; margin-bottom: 16px;
  background: var(--good-ground); color: var(--good); }
.tick svg { width: 28px; height: 28px; }
.again { margin-top: 20px; padding: 9px 16px; border-radius: 10px; border: 1px solid var(--edge); font-weight: 600; font-size: 14px; }
.again:hover { background: var(--raised); }

@media (max-width: 480px) {
  .frame .panel { inset: 0; width: auto; max-height: none; border-radius: 0; padding-top: env(safe-area-inset-top, 0px); }
  .body { flex: 1; }
  .frame[data-open="true"] .launcher { display: none; }
}
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
@media (forced-colors: active) { .launcher, .panel, .send, input { border: 1px solid; } }
@media print { .frame { display: none !important; } }
`;
