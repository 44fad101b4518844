// L10N-1: what the panel says, in the visitor's language.

const TEXTS = {
  ko: {
    open: "문의하기",
    close: "닫기",
    unread: (count) => `읽지 않은 메시지 ${count}개`,
    title: "연락처를 남겨 주세요",
    lead: "남겨 주신 연락처로 담당자가 답변드려요.",
    oneOf: "휴대폰 번호와 이메일 중 하나만 적어도 돼요.",
    mobileNumber: "휴대폰 번호",
    email: "이메일",
    name: "이름",
    optional: "선택",
    send: "연락처 남기기",
    sending: "보내는 중…",
    thanks: "고맙습니다!",
    thanksLead: "남겨 주신 연락처로 곧 연락드릴게요.",
    again: "다른 연락처 남기기",
    nothing: "무엇을 도와드릴까요?",
    nothingLead: "이 창에서 곧 대화를 나눌 수 있어요.",
    errors: {
      oneNeeded: "휴대폰 번호나 이메일을 적어 주세요.",
      mobileNumberNeeded: "휴대폰 번호를 적어 주세요.",
      emailNeeded: "이메일을 적어 주세요.",
      nameNeeded: "이름을 적어 주세요.",
      mobileNumber: "휴대폰 번호를 다시 확인해 주세요.",
      email: "이메일 주소를 다시 확인해 주세요.",
      name: "이름은 100자까지 적을 수 있어요.",
      throttled: "요청이 많아요. 잠시 뒤 다시 눌러 주세요.",
      other: "보내지 못했어요. 적은 내용은 그대로 있으니 잠시 뒤 다시 눌러 주세요.",
    },
  },
  ja: {
    open: "お問い合わせ",
    close: "閉じる",
    unread: (count) => `未読メッセージ ${count}件`,
    title: "ご連絡先をお知らせください",
    lead: "担当者よりご連絡いたします。",
    oneOf: "携帯電話番号かメールアドレスの、どちらか一方で結構です。",
    mobileNumber: "携帯電話番号",
    email: "メールアドレス",
    name: "お名前",
    optional: "任意",
    send: "送信する",
    sending: "送信中…",
    thanks: "ありがとうございます",
    thanksLead: "ご入力いただいた連絡先へ、担当者よりご連絡いたします。",
    again: "別の連絡先を送る",
    nothing: "ご用件をお聞かせください",
    nothingLead: "まもなく、こちらでチャットをご利用いただけます。",
    errors: {
      oneNeeded: "携帯電話番号かメールアドレスをご入力ください。",
      mobileNumberNeeded: "携帯電話番号をご入力ください。",
      emailNeeded: "メールアドレスをご入力ください。",
      nameNeeded: "お名前をご入力ください。",
      mobileNumber: "携帯電話番号をご確認ください。",
      email: "メールアドレスをご確認ください。",
      name: "お名前は100文字まで入力できます。",
      throttled: "アクセスが集中しています。少し待ってからもう一度お試しください。",
      other: "送信できませんでした。入力内容は残っています。少し待ってからもう一度お試しください。",
    },
  },
  en: {
    open: "Contact us",
    close: "Close",
    unread: (count) => (count === 1 ? "1 unread message" : `${count} unread messages`),
    title: "Leave us your details",
    lead: "Someone from our team will get back to you.",
    oneOf: "A mobile number or an e-mail is enough.",
    mobileNumber: "Mobile number",
    email: "E-mail",
    name: "Name",
    optional: "optional",
    send: "Send",
    sending: "Sending…",
    thanks: "Thank you!",
    thanksLead: "We will get back to you shortly.",
    again: "Leave other details",
    nothing: "How can we help?",
    nothingLead: "You will soon be able to chat with us here.",
    errors: {
      oneNeeded: "Enter a mobile number or an e-mail.",
      mobileNumberNeeded: "Enter your mobile number.",
      emailNeeded: "Enter your e-mail.",
      nameNeeded: "Enter your name.",
      mobileNumber: "Check the mobile number.",
      email: "Check the e-mail address.",
      name: "A name has 100 characters at most.",
      throttled: "We are very busy. Please try again in a moment.",
      other: "That could not be sent. What you typed is still here; please try again in a moment.",
    },
  },
};

/** "ko-KR" → "ko"; anything that is no language tag → null. */
function primaryLanguage(tag) {
  const match = /^[a-z]{2,3}(?=$|[-_])/i.exec(typeof tag === "string" ? tag : "");
  return match ? match[0].toLowerCase() : null;
}

/** The language of the panel: the first of what was asked for that we speak. */
function chooseLanguage(...wishes) {
  return wishes.map(primaryLanguage).find((language) => language && language in TEXTS) || "en";
}
