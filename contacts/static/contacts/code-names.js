// Countries and languages by name: the data hold codes (KR, ko), people read words. The browser knows the words of
// every language, so the server need not.

const KINDS = {
  region: { write: (code) => code.toUpperCase(), locale: (code) => `und-${code}`, none: /^(ZZ|X[AB]|E[UZ]|UN|QO)$/ },
  language: { write: (code) => code.toLowerCase(), locale: (code) => code, none: /^(und|zxx|mul)$/ },
};
const LETTERS = [..."abcdefghijklmnopqrstuvwxyz"];
const fold = (text) => text.normalize("NFKC").toLocaleLowerCase();

/** kind: "region" or "language"; the names are in the page's language. */
export function codeNames(kind) {
  const { write, locale, none } = KINDS[kind];
  const names = new Intl.DisplayNames([document.documentElement.lang || "en"], { type: kind, fallback: "none" });
  let all = null;

  function nameOf(value) {
    try {
      return names.of(write(String(value)));
    } catch {
      return undefined; // no code: a value is a text like any other
    }
  }

  const labelOf = (value) => {
    const name = nameOf(value);
    return name ? `${name} (${value})` : String(value);
  };

  // Every two-letter code that has a name and is not an old spelling of another one.
  function codes() {
    all ??= LETTERS.flatMap((first) => LETTERS.map((second) => write(first + second)))
      .filter((code) => !none.test(code) && nameOf(code) && Intl.getCanonicalLocales(locale(code))[0] === locale(code))
      .map((code) => ({ value: code, name: nameOf(code) }));
    return all;
  }

  /** The codes whose name holds what was typed, those that begin so first. */
  function search(typed) {
    const wanted = fold(typed);
    const found = codes().filter(({ value, name }) => fold(name).includes(wanted) || fold(value) === wanted);
    const first = ({ value, name }) => Number(!(fold(value) === wanted || fold(name).startsWith(wanted)));
    return found.sort((a, b) => first(a) - first(b) || a.name.localeCompare(b.name)).map(({ value, name }) => ({ value, name, label: labelOf(value) }));
  }

  return { labelOf, nameOf, search };
}
