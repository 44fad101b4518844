// L10N-1: what the round button says, in the visitor's language. The window brings its own words.

const TEXTS = {
  ko: {
    open: "문의하기",
    unread: (count) => `읽지 않은 메시지 ${count}개`,
    unreachable: "지금은 열 수 없어요. 인터넷 연결을 확인하고 다시 눌러 주세요.",
  },
  ja: {
    open: "お問い合わせ",
    unread: (count) => `未読メッセージ ${count}件`,
    unreachable: "現在開くことができません。通信状況をご確認のうえ、もう一度押してください。",
  },
  en: {
    open: "Contact us",
    unread: (count) => (count === 1 ? "1 unread message" : `${count} unread messages`),
    unreachable: "This cannot be opened right now. Check your connection and try again.",
  },
};

/** "ko-KR" → "ko"; anything that is no language tag → null. */
function primaryLanguage(tag) {
  const match = /^[a-z]{2,3}(?=$|[-_])/i.exec(typeof tag === "string" ? tag : "");
  return match ? match[0].toLowerCase() : null;
}

/** The language of button and window: the first of what was asked for that we speak. */
function chooseLanguage(...wishes) {
  return wishes.map(primaryLanguage).find((language) => language && language in TEXTS) || "en";
}
