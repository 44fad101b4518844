// plugin-messenger.js: the window of the contact desk on a page (docs/plugin.md). plugin.js loads it when the window is
// opened for the first time, and calls what it exports with `kit`: what both of them need (plugin_script/88-kit.js).
//
// What visitors and operators write is only ever put into text nodes: there is no way from here to HTML.

const { desk, make, guard, warn, announce, asVisitor, DeskError } = kit;

const PATHS = {
  cross: "M6 6l12 12M18 6 6 18",
  back: "M15 5l-7 7 7 7",
  alert: "M12 8v5M12 16.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z",
  tick: "M5 12.5l4.5 4.5L19 7.5",
  clip: "M20 11.5l-8.2 8.2a5 5 0 0 1-7-7l8.6-8.7a3.3 3.3 0 0 1 4.7 4.7l-8.6 8.6a1.7 1.7 0 0 1-2.4-2.4l7.8-7.7",
  send: "M12 19V5M5.5 11.5 12 5l6.5 6.5",
  file: "M14 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V8l-5-5Zm0 0v5h5",
  down: "M12 5v14M5.5 12.5 12 19l6.5-6.5",
  pen: "M4 20l1-4L16.5 4.5a2.1 2.1 0 0 1 3 3L8 19l-4 1Z",
};
const icon = (name) => kit.icon(PATHS[name]);
