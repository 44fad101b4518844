// The window's look; colours and fonts are those of the round button's sheet (plugin_script/60-style.js).

const STYLE = `
.panel {
  position: fixed; z-index: var(--layer); right: 20px; bottom: calc(88px + env(safe-area-inset-bottom, 0px));
  width: 392px; height: min(704px, calc(100vh - 108px)); height: min(704px, calc(100dvh - 108px));
  display: flex; flex-direction: column; overflow: hidden;
  background: var(--ground); border-radius: 16px; box-shadow: var(--shadow); animation: rise .2s ease-out;
}
.frame[data-launcher="none"] .panel {
  bottom: calc(20px + env(safe-area-inset-bottom, 0px)); height: min(704px, calc(100vh - 40px)); height: min(704px, calc(100dvh - 40px));
}
@keyframes rise { from { opacity: 0; transform: translateY(12px); } }
h2, h3, p, ol, ul { margin: 0; padding: 0; }
ol, ul { list-style: none; }

.top { flex: none; display: flex; align-items: center; gap: 12px; padding: 12px 10px 12px 16px; border-bottom: 1px solid var(--line); }
.mark {
  flex: none; width: 36px; height: 36px; border-radius: 10px; display: grid; place-items: center;
  background: var(--accent); color: var(--accent-ink); font-weight: 700; font-size: 17px;
}
.titles { flex: 1; min-width: 0; line-height: 1.35; }
.site { font-size: 15px; font-weight: 650; }
.site, .agent { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.agent { font-size: 13px; color: var(--quiet); }
.round { flex: none; width: 40px; height: 40px; border-radius: 10px; display: grid; place-items: center; color: var(--quiet); }
.round:hover { background: var(--raised); color: var(--ink); }
.round:focus-visible { outline-offset: -3px; }
.round svg { width: 20px; height: 20px; }
.back { margin: 0 -6px 0 -8px; }
.offline { flex: none; padding: 7px 16px; font-size: 13px; background: var(--raised); border-bottom: 1px solid var(--line); }
.offline:empty { display: none; }
.hear { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }

.rest { flex: 1; min-height: 0; display: flex; flex-direction: column; }
.body { flex: 1; min-height: 0; overflow-y: auto; overscroll-behavior: contain; padding: 20px 16px 16px; }
.body:focus-visible { outline-offset: -3px; }
h3 { text-wrap: balance; font-size: 19px; line-height: 1.35; font-weight: 700; letter-spacing: -.01em; }
.lead { margin-top: 6px; color: var(--quiet); }
.hello { padding: 12px 4px 20px; }
.plain { padding: 9px 16px; border-radius: 10px; border: 1px solid var(--edge); font-weight: 600; font-size: 14px; }
.plain:hover { background: var(--raised); }
.hello .plain { margin-top: 18px; }
.main {
  display: block; width: 100%; min-height: 46px; padding: 10px 16px; border-radius: 10px; background: var(--accent);
  color: var(--accent-ink); font-weight: 650; transition: background .15s;
}
.main:hover { background: var(--accent-hover); }
.main[aria-disabled="true"] { opacity: .75; cursor: progress; }
.foot { flex: none; padding: 12px 16px calc(14px + env(safe-area-inset-bottom, 0px)); border-top: 1px solid var(--line); }

.chats h3 { font-size: 13.5px; color: var(--quiet); font-weight: 650; margin-bottom: 8px; letter-spacing: 0; }
.chat {
  display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 1px 12px; width: 100%; padding: 12px; border-radius: 12px; text-align: start;
}
.chat:hover { background: var(--raised); }
.chat:focus-visible { outline-offset: -3px; }
.chat .with { font-weight: 650; }
.chat .with, .chat .last { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chat .last, .chat .when { color: var(--quiet); font-size: 13.5px; }
.chat .when { white-space: nowrap; }
.chat .count {
  justify-self: end; min-width: 20px; height: 20px; padding: 0 6px; border-radius: 10px; background: #c8242c; color: #fff;
  font-size: 12px; font-weight: 700; line-height: 20px; text-align: center; font-variant-numeric: tabular-nums;
}
.chat .over { justify-self: end; font-size: 12.5px; color: var(--quiet); }
.chats li + li { border-top: 1px solid var(--line); }

.talk { display: flex; flex-direction: column; overflow-anchor: none; padding-bottom: 10px; }
.talk ol { margin-top: auto; display: flex; flex-direction: column; }
.talk ol:has(.hello) { margin-top: 0; }
.day { align-self: center; margin: 16px 0 8px; font-size: 12.5px; color: var(--quiet); }
.day:first-child { margin-top: 0; }
.earlier { align-self: center; margin-bottom: 8px; }
.message { display: flex; flex-direction: column; align-items: flex-start; max-width: 84%; margin-top: 3px; }
.message.first { margin-top: 14px; }
.day + .message.first { margin-top: 4px; }
.message.mine { align-self: flex-end; align-items: flex-end; }
.who { margin: 0 2px 3px; font-size: 13px; font-weight: 600; color: var(--quiet); max-width: 100%; }
.bubble {
  padding: 8px 13px; border-radius: 16px; background: var(--raised); white-space: pre-wrap; overflow-wrap: anywhere;
  unicode-bidi: isolate; max-width: 100%;
}
.mine .bubble { background: var(--accent); color: var(--accent-ink); }
.message.first:not(.mine) .bubble { border-top-left-radius: 5px; }
.message.mine.last .bubble { border-bottom-right-radius: 5px; }
.bubble a { color: inherit; text-decoration: underline; text-underline-offset: 2px; overflow-wrap: anywhere; }
.mine .bubble a:focus-visible { outline-color: currentColor; }
.note { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 8px; margin: 3px 3px 0; font-size: 12.5px; color: var(--quiet); }
.mine .note { justify-content: flex-end; }
.note.failed { color: var(--wrong); }
.note.failed svg { width: 15px; height: 15px; }
.note button { font-weight: 650; text-decoration: underline; text-underline-offset: 2px; padding: 3px 0; min-height: 24px; color: var(--ink); }
.pending .bubble { background: none; color: var(--ink); box-shadow: inset 0 0 0 1.5px var(--accent); }
.trouble-of .bubble { background: var(--wrong-ground); box-shadow: none; }

.files { display: flex; flex-direction: column; gap: 5px; max-width: 100%; margin-top: 4px; }
.mine .files { align-items: flex-end; }
.card {
  display: flex; align-items: center; gap: 10px; max-width: 100%; padding: 9px 14px 9px 11px; border-radius: 12px;
  border: 1px solid var(--line); background: var(--ground); color: var(--ink); text-decoration: none; text-align: start;
}
.card:hover { background: var(--raised); }
.card svg { flex: none; width: 22px; height: 22px; color: var(--quiet); }
.card span { min-width: 0; }
.card b { display: block; font-weight: 600; overflow: hidden; text-overflow: ellipsis; display: -webkit-box; -webkit-line-clamp: 2; -webkit-box-orient: vertical; }
.card small { font-size: 12.5px; color: var(--quiet); }
.picture { display: block; border-radius: 12px; overflow: hidden; border: 1px solid var(--line); background: var(--raised); max-width: 100%; }
.picture canvas { display: block; max-width: 100%; max-height: 260px; }

.below {
  position: sticky; bottom: 0; align-self: center; display: inline-flex; align-items: center; gap: 6px; padding: 7px 14px; border-radius: 18px;
  background: var(--ink); color: var(--ground); font-size: 13.5px; font-weight: 650; box-shadow: var(--shadow);
}
.below svg { width: 15px; height: 15px; }

.composer { flex: none; border-top: 1px solid var(--line); padding: 8px 10px calc(10px + env(safe-area-inset-bottom, 0px)); }
.line { display: flex; align-items: flex-end; gap: 4px; }
textarea {
  flex: 1; min-width: 0; height: 44px; max-height: 136px; resize: none; padding: 10px 6px; border: 0; background: none;
  font: inherit; font-size: 16px; line-height: 24px; color: var(--ink); overflow-y: auto; scrollbar-width: thin;
}
textarea::placeholder, input::placeholder { color: var(--quiet); opacity: 1; }
.line:focus-within { border-radius: 12px; box-shadow: 0 0 0 2px var(--accent); }
.line textarea:focus { outline: none; }
.line .round { width: 44px; height: 44px; }
.go { flex: none; width: 36px; height: 36px; margin: 4px; border-radius: 50%; display: grid; place-items: center; background: var(--accent); color: var(--accent-ink); }
.go:hover { background: var(--accent-hover); }
.go[aria-disabled="true"] { background: var(--raised); color: var(--quiet); cursor: default; }
.go svg { width: 19px; height: 19px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; padding: 2px 2px 8px; max-height: 132px; overflow-y: auto; }
.chips:empty { display: none; }
.chip { display: flex; align-items: center; gap: 6px; max-width: 100%; padding: 4px 4px 4px 8px; border-radius: 10px; background: var(--raised); font-size: 13px; }
.chip > svg { flex: none; width: 20px; height: 20px; color: var(--quiet); }
.chip canvas { width: 32px; height: 32px; object-fit: cover; border-radius: 6px; margin-left: -3px; }
.chip .label { max-width: 168px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.chip progress { width: 56px; height: 6px; accent-color: var(--accent); }
.chip .round { width: 28px; height: 28px; border-radius: 8px; }
.chip .round svg { width: 14px; height: 14px; }
.closing { text-align: center; color: var(--quiet); }
.closing p + button { margin-top: 10px; }
.drop { position: absolute; inset: 8px; border: 2px dashed var(--accent); border-radius: 12px; background: var(--ground); opacity: .95; display: grid; place-items: center; font-weight: 650; pointer-events: none; }

.follow { align-self: stretch; margin-top: 18px; padding: 18px 16px; border: 1px solid var(--line); border-radius: 14px; }
.follow h3 { font-size: 16.5px; }
form { margin: 16px 0 0; display: grid; gap: 14px; }
label { display: flex; justify-content: space-between; gap: 8px; margin-bottom: 6px; font-size: 14px; font-weight: 600; }
.optional { font-weight: 400; color: var(--quiet); }
input:not([type="file"]) {
  width: 100%; height: 46px; padding: 0 14px; font: inherit; font-size: 16px; color: var(--ink); background: var(--ground);
  border: 1px solid var(--edge); border-radius: 10px; transition: border-color .15s; appearance: none;
}
input:hover { border-color: var(--quiet); }
input:focus { outline: 3px solid var(--accent); outline-offset: -1px; border-color: transparent; }
input[aria-invalid="true"] { border-color: var(--wrong); background: var(--wrong-ground); }
.hint { font-size: 13px; color: var(--quiet); }
.wrong { display: flex; gap: 6px; margin-top: 6px; font-size: 13.5px; color: var(--wrong); }
.wrong svg { flex: none; width: 16px; height: 16px; margin-top: 2.5px; }
.trouble { padding: 10px 12px; border-radius: 10px; background: var(--wrong-ground); margin: 0; }
.composer .trouble { margin-bottom: 8px; }
.later { justify-self: center; padding: 6px 14px; font-size: 14px; color: var(--quiet); text-decoration: underline; text-underline-offset: 2px; }
.done { display: grid; justify-items: center; text-align: center; padding: 6px 0 2px; }
.tick { width: 48px; height: 48px; border-radius: 50%; display: grid; place-items: center; margin-bottom: 12px; background: var(--good-ground); color: var(--good); }
.tick svg { width: 24px; height: 24px; }
.done .plain { margin-top: 16px; }

@media (max-width: 480px) {
  .frame .panel { inset: 0; width: auto; height: auto; border-radius: 0; padding-top: env(safe-area-inset-top, 0px); }
  .frame[data-open="true"] .launcher { display: none; }
}
@media (max-height: 480px) { .frame .panel { bottom: 8px; height: calc(100vh - 16px); height: calc(100dvh - 16px); } }
@media (forced-colors: active) { .panel, .main, .go, .bubble, input, textarea { border: 1px solid; } }
`;
