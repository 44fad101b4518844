// What a site's developer writes (docs/plugin.md): the queue, one boot, and a word now and then.

window.ContactDesk = window.ContactDesk || function (...words) { window.ContactDesk.q.push(words); };
window.ContactDesk.q = window.ContactDesk.q || [];

const plugin = JSON.parse(document.getElementById("plugin").textContent);
const kind = document.getElementById("kind");

function showUser(error, user) {
  if (!kind) return;
  if (error) kind.textContent = `${kind.dataset.refused} (${error.code})`;
  else kind.textContent = kind.dataset[user.kind] + (user.name ? ` · ${user.name}` : "");
  kind.dataset.kind = error ? "refused" : user.kind;
}

if (plugin.boot) {
  ContactDesk("boot", plugin.boot, showUser);
  ContactDesk("onFollowUpChanged", () => ContactDesk("updateUser", {}, showUser));
  ContactDesk("onChatCreated", () => ContactDesk("updateUser", {}, showUser));
  if (plugin.order) {
    ContactDesk("track", "Order", plugin.order.event);
    ContactDesk("updateUser", { profile: plugin.order.profile });
  }
  if (plugin.consent) ContactDesk("updateUser", plugin.consent);
}

// "Ask about this": the conversation opens with the product's name in the field.
for (const button of document.querySelectorAll("[data-ask]")) {
  button.addEventListener("click", () => ContactDesk("openChat", undefined, button.dataset.ask));
}

// "End the visit": what a visitor does who deletes the cookies, or who comes back after half an hour.
for (const button of document.querySelectorAll("[data-clear]")) {
  button.addEventListener("click", () => {
    for (const name of button.dataset.clear.split(" ")) {
      document.cookie = `${name}=; Path=/; Max-Age=0`;
      localStorage.removeItem(name);
    }
    location.reload();
  });
}
