//! What the bot says to operators, in the language of their Telegram: Russian, or else English.

use std::fmt::Write as _;

/// A language that the bot speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Russian,
}

/// The longest first line of a message that is shown, in characters.
const LINE_CHARS_MAX: usize = 200;

impl Language {
    /// By an IETF language tag.
    #[must_use]
    pub fn of(tag: Option<&str>) -> Self {
        let is_russian = tag.is_some_and(|tag| tag == "ru" || tag.starts_with("ru-"));
        if is_russian { Self::Russian } else { Self::English }
    }

    const fn pick(self, english: &'static str, russian: &'static str) -> &'static str {
        match self {
            Self::English => english,
            Self::Russian => russian,
        }
    }

    #[must_use]
    pub const fn accept(self) -> &'static str {
        self.pick("Accept", "Принять")
    }

    #[must_use]
    pub const fn decline(self) -> &'static str {
        self.pick("Decline", "Отклонить")
    }

    #[must_use]
    pub const fn resolve(self) -> &'static str {
        self.pick("Resolve", "Закрыть")
    }

    #[must_use]
    pub const fn pause(self) -> &'static str {
        self.pick("Pause for 30 min", "Пауза 30 мин")
    }

    #[must_use]
    pub fn linked(self, operator: &str) -> String {
        match self {
            Self::English => format!("Linked. {operator} gets contacts here from now on."),
            Self::Russian => format!("Готово. Обращения для оператора {operator} будут приходить сюда."),
        }
    }

    /// A browser is told from now on.
    #[must_use]
    pub const fn told_here(self) -> &'static str {
        self.pick("You will be told of new contacts here.", "О новых обращениях вы узнаете здесь.")
    }

    #[must_use]
    pub const fn bad_code(self) -> &'static str {
        self.pick(
            "This link is not valid: it works once, for 15 minutes. Ask for a new one on your desk.",
            "Ссылка не действует: она одноразовая и живёт 15 минут. Получите новую на рабочем месте.",
        )
    }

    #[must_use]
    pub const fn no_conversation(self) -> &'static str {
        self.pick(
            "What you write here reaches nobody, unless it is a reply to the message about a contact: that goes to its \
             lead.",
            "Сообщения отсюда никому не уходят, кроме ответа на сообщение об обращении: он уходит лиду.",
        )
    }

    #[must_use]
    pub const fn on_its_way(self) -> &'static str {
        self.pick("Sent on to the lead", "Передано лиду")
    }

    /// What an operator wrote was sent to nobody.
    #[must_use]
    pub fn not_sent(self, why: &NotSent) -> String {
        let nothing = self.pick("Nothing was sent.", "Ничего не отправлено.");
        let why = match why {
            NotSent::Over(end) => format!("{}.", self.end(end)),
            NotSent::NoWay => self
                .pick(
                    "The bot has no chat with this lead: answer them another way.",
                    "У бота нет чата с этим лидом: ответьте другим способом.",
                )
                .to_owned(),
            NotSent::NoText => self
                .pick("Only text can be sent, up to 4000 characters.", "Отправить можно только текст до 4000 символов.")
                .to_owned(),
            NotSent::UnknownMessage => self
                .pick(
                    "It is not known any more which contact that message was about: reply to a newer one, or on your \
                     desk.",
                    "Уже неизвестно, о каком обращении было то сообщение: ответьте на более новое или на рабочем \
                     месте.",
                )
                .to_owned(),
            NotSent::TryAgain => self
                .pick("That did not work just now: write it again.", "Сейчас не получилось: напишите ещё раз.")
                .to_owned(),
        };
        format!("{nothing} {why}")
    }

    #[must_use]
    pub const fn not_linked(self) -> &'static str {
        self.pick("This chat is linked to no operator", "Этот чат не привязан к оператору")
    }

    #[must_use]
    pub const fn accepted(self) -> &'static str {
        self.pick("Accepted", "Принято")
    }

    #[must_use]
    pub const fn declined(self) -> &'static str {
        self.pick("Declined", "Отклонено")
    }

    #[must_use]
    pub const fn paused(self) -> &'static str {
        self.pick("Paused for 30 minutes: you get no new contacts", "Пауза 30 минут: новых обращений не будет")
    }

    #[must_use]
    pub const fn not_an_offer(self) -> &'static str {
        self.pick("You have accepted it already", "Вы уже приняли это обращение")
    }

    #[must_use]
    pub const fn try_again(self) -> &'static str {
        self.pick("That did not work just now; press again", "Сейчас не получилось, нажмите ещё раз")
    }

    #[must_use]
    pub const fn unknown_button(self) -> &'static str {
        self.pick("This button is not known any more", "Эта кнопка больше не работает")
    }

    /// What became of a contact that is not with the operator any more.
    #[must_use]
    pub fn end(self, end: &End) -> String {
        match (self, end) {
            (Self::English, End::Resolved) => "Resolved".to_owned(),
            (Self::Russian, End::Resolved) => "Закрыто".to_owned(),
            (Self::English, End::With(name)) => format!("{name} has it now"),
            (Self::Russian, End::With(name)) => format!("Теперь у оператора {name}"),
            (Self::English, End::Waits) => "Taken back: it waits for somebody".to_owned(),
            (Self::Russian, End::Waits) => "Снято: ждёт другого оператора".to_owned(),
            (Self::English, End::Again) => "You got it again, see below".to_owned(),
            (Self::Russian, End::Again) => "Снова у вас, смотрите ниже".to_owned(),
            (Self::English, End::WroteAgain) => "The lead wrote again, see below".to_owned(),
            (Self::Russian, End::WroteAgain) => "Лид написал ещё, смотрите ниже".to_owned(),
            (Self::English, End::Deleted) => "Deleted".to_owned(),
            (Self::Russian, End::Deleted) => "Удалено".to_owned(),
        }
    }

    /// A contact that the operator has, or may accept.
    #[must_use]
    pub fn contact(self, told: &Told<'_>) -> String {
        let head = match (told.accept_s, told.is_accepted) {
            (Some(_), _) => self.pick("New contact, will you take it?", "Новое обращение, возьмёте?"),
            (None, true) => self.pick("Accepted", "Принято"),
            (None, false) => self.pick("New contact", "Новое обращение"),
        };
        let mut text = format!("{head}\n{}\n{}", told.source, self.facts(told));
        if let Some(url) = told.url {
            let _ = write!(text, "\n\n{url}");
        }
        text
    }

    /// What is to be known of a contact: who it is, for how long they wait, and what they wrote.
    #[must_use]
    pub fn facts(self, told: &Told<'_>) -> String {
        let mut text = String::new();
        for line in [told.name, told.phone].into_iter().flatten() {
            let _ = writeln!(text, "{line}");
        }
        let waits = self.pick("waiting", "ждёт");
        let _ = write!(text, "{waits} {}", self.duration(told.waits_s));
        if let Some(seconds) = told.accept_s {
            let within = self.pick("to accept within", "принять за");
            let _ = write!(text, ", {within} {}", self.duration(seconds));
        }
        if let Some(line) = told.line.filter(|line| !line.is_empty()) {
            let _ = write!(text, "\n\n{line}");
        }
        text
    }

    /// What an e-mail about a contact is called.
    #[must_use]
    pub fn subject(self, source: &str, is_offer: bool) -> String {
        let head = match is_offer {
            true => self.pick("New contact, will you take it?", "Новое обращение, возьмёте?"),
            false => self.pick("New contact", "Новое обращение"),
        };
        format!("{head} {source}")
    }

    /// A contact that is over for the operator. What the lead said is gone from it.
    #[must_use]
    pub fn ended(self, source: &str, contact: i64, end: &End) -> String {
        format!("{}\n{source} · #{contact}", self.end(end))
    }

    fn duration(self, seconds: i64) -> String {
        let (s, min, h) = match self {
            Self::English => ("s", "min", "h"),
            Self::Russian => ("с", "мин", "ч"),
        };
        match seconds.max(0) {
            seconds @ ..60 => format!("{seconds} {s}"),
            seconds @ ..3_600 => format!("{} {min}", seconds / 60),
            seconds => format!("{} {h} {} {min}", seconds / 3_600, seconds % 3_600 / 60),
        }
    }
}

/// How a contact ended for an operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Resolved,
    /// An operator of this name has it.
    With(String),
    Waits,
    /// They have it by another decision, of which another message says.
    Again,
    /// They have it, and another message says what its lead said since.
    WroteAgain,
    Deleted,
}

/// Why what an operator wrote was not sent to a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// They do not have the contact any more.
    Over(End),
    NoWay,
    /// It has no text, or too much.
    NoText,
    UnknownMessage,
    TryAgain,
}

/// What an operator is told of a contact.
#[derive(Clone, Copy, Debug, Default)]
pub struct Told<'a> {
    pub source: &'a str,
    pub name: Option<&'a str>,
    /// Only where the source allows it: a lock screen is public.
    pub phone: Option<&'a str>,
    pub waits_s: i64,
    /// In how many seconds it is to be accepted, if it is offered.
    pub accept_s: Option<i64>,
    pub is_accepted: bool,
    pub line: Option<&'a str>,
    pub url: Option<&'a str>,
}

/// The first line of what somebody wrote, shortened.
#[must_use]
pub fn first_line(message: &str) -> String {
    let line = message.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    match line.char_indices().nth(LINE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_is_told_in_their_language() {
        let told = Told {
            source: "Shop",
            name: Some("Анна"),
            waits_s: 75,
            accept_s: Some(60),
            line: Some("Hello"),
            ..Told::default()
        };
        assert_eq!(
            Language::of(Some("de")).contact(&told),
            "New contact, will you take it?\nShop\nАнна\nwaiting 1 min, to accept within 1 min\n\nHello"
        );
        assert_eq!(
            Language::of(Some("ru-RU")).contact(&Told { accept_s: None, line: None, ..told }),
            "Новое обращение\nShop\nАнна\nждёт 1 мин"
        );
    }

    #[test]
    fn what_is_over_says_nothing_of_the_lead() {
        assert_eq!(Language::English.ended("Shop", 7, &End::With("Boris".to_owned())), "Boris has it now\nShop · #7");
    }

    #[test]
    fn of_a_long_message_the_first_line_is_shown() {
        assert_eq!(first_line("\n  Hello  \nagain"), "Hello");
        assert_eq!(first_line(&"я".repeat(300)).chars().count(), LINE_CHARS_MAX + 1);
        assert_eq!(first_line(" \n"), "");
    }
}
