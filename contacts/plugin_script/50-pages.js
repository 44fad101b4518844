// Page views: one for each page the visitor sees, in single-page applications too.

const MAX_PAGE = 1000; // characters
const PAGE_VIEW = "PageView";

let pageSet = null; // what setPage said; it stands until resetPage
let lastViewed = null;
let historyWatched = false;
let originTold = false; // referrer and utm: once for each page load

/** The page as the desk shows it: path and query without utm_*, and a hash that is a route ("#/cart"). */
function currentPage() {
  if (pageSet !== null) return pageSet;
  const query = new URLSearchParams(location.search);
  for (const key of Array.from(query.keys())) if (/^utm_/i.test(key)) query.delete(key);
  const search = query.toString();
  const route = /^#[!/]/.test(location.hash) ? location.hash : "";
  return (location.pathname + (search ? `?${search}` : "") + route).slice(0, MAX_PAGE);
}

/** Where the visitor came from, when it was another place than this site. */
function referrer() {
  try {
    if (!document.referrer || new URL(document.referrer).host === location.host) return null;
  } catch {
    return null;
  }
  return document.referrer.slice(0, MAX_PAGE);
}

/** {source, medium, campaign, term, content} as far as the address has them; null without any. */
function utm() {
  const query = new URLSearchParams(location.search);
  const found = {};
  for (const key of ["source", "medium", "campaign", "term", "content"]) {
    const value = query.get(`utm_${key}`);
    if (value) found[key] = value.slice(0, 200);
  }
  return Object.keys(found).length ? found : null;
}

/** Record a page view when the page is another than the last one seen. */
function viewPage() {
  if (!desk.session || desk.options.trackDefaultEvent === false) return;
  const page = currentPage();
  if (page === lastViewed) return;
  lastViewed = page;
  record(PAGE_VIEW, { page });
}

/** A single-page application changes the address without a new page. */
function watchHistory() {
  if (historyWatched) return;
  historyWatched = true;
  const changed = guard(arrive, "page view");
  if (window.navigation && window.navigation.addEventListener) {
    window.navigation.addEventListener("currententrychange", changed);
  } else {
    for (const name of ["pushState", "replaceState"]) {
      const original = history[name];
      history[name] = function (...args) {
        const result = original.apply(this, args);
        changed();
        return result;
      };
    }
    addEventListener("popstate", changed);
    addEventListener("hashchange", changed);
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    lastViewed = null; // back from the page cache: seen again
    if (desk.session) takeUnsent();
    changed();
  });
}

function arrive() {
  attach();
  viewPage();
}

function setPage(page) {
  if (typeof page !== "string" || !page) return warn("setPage needs the name of the page");
  pageSet = page.slice(0, MAX_PAGE);
  viewPage();
}

function resetPage() {
  pageSet = null;
  viewPage();
}
