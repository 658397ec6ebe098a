//! E-mail to operators: the server that takes it, and what became of a message. What is sent when is in
//! [`crate::jobs::TellOperators`].

use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as MailFrom, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{Address, Message};
use maitred_core::limits::Invalid;
use maitred_store::mail::MailFault;
use maitred_store::{Store, StoreError, TelegramStore};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// For how long handing over a message may take; lettre itself bounds the connecting alone.
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);
/// The same for its answer to the whole message, which it may look at before it says that it has it (RFC 5321,
/// 4.5.3.2.6, asks for ten minutes): given up too early, the message is sent twice.
const MESSAGE_TIMEOUT: Duration = Duration::from_secs(120);
/// The same for its farewell, which nobody needs.
const QUIT_TIMEOUT: Duration = Duration::from_secs(2);
/// What is kept of why a message was refused, in characters.
const REFUSAL_CHARS_MAX: usize = 200;
/// The ports of the two schemes, by RFC 8314 and RFC 6409.
const TLS_PORT: u16 = 465;
const STARTTLS_PORT: u16 = 587;

/// The addresses of operators, as they are now, that refuse mail, by operator.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn refused(store: &Store, kept: &TelegramStore) -> Result<Vec<MailFault>, StoreError> {
    let mut faults = kept.mail_faults().await?;
    let operators = store.operators_among(faults.iter().map(|fault| fault.operator).collect()).await?;
    let addresses: BTreeMap<_, _> = operators.into_iter().map(|it| (it.id, it.notify_email)).collect();
    let address = |fault: &MailFault| addresses.get(&fault.operator).and_then(Option::as_deref);
    faults.retain(|fault| address(fault) == Some(&*fault.address));
    Ok(faults)
}

/// The server that takes mail: `smtps://USER:PASSWORD@HOST:PORT`, or `smtp://` for one that begins without TLS and is
/// asked for it (STARTTLS). Without TLS only this machine is spoken to.
#[derive(Clone, PartialEq, Eq)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    is_tls: bool,
    user: Option<String>,
    password: Option<String>,
}

impl SmtpUrl {
    /// # Errors
    /// [`Invalid`] says what is wrong with it, without its password.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |what: &str| {
            Invalid(format!("the address {what}; write one such as smtps://user:password@mail.example.com:465"))
        };
        let url = Url::parse(text).map_err(|error| wrong(&format!("cannot be read ({error})")))?;
        let is_tls = match url.scheme() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(wrong("begins neither with smtps:// nor with smtp://")),
        };
        let has_more = !matches!(url.path(), "" | "/") || url.query().is_some() || url.fragment().is_some();
        if has_more {
            return Err(wrong("goes on behind the port"));
        }
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| wrong("has no host"))?;
        let decoded = |text: &str| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = Some(url.username()).filter(|user| !user.is_empty()).map(decoded);
        if user.is_none() && url.password().is_some() {
            return Err(wrong("has a password without a user"));
        }
        let port = url.port().unwrap_or(if is_tls { TLS_PORT } else { STARTTLS_PORT });
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { host, port, is_tls, user, password: url.password().map(decoded) })
    }

    /// Whether it is this machine, which is spoken to without TLS.
    fn is_loopback(&self) -> bool {
        match Host::parse(&self.host) {
            Ok(Host::Domain(name)) => name == "localhost",
            Ok(Host::Ipv4(address)) => address.is_loopback(),
            Ok(Host::Ipv6(address)) => address.is_loopback(),
            Err(_) => self.host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        }
    }
}

/// Without user and password.
impl fmt::Debug for SmtpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SmtpUrl").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// From whom mail is: an address, or `Name <address>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender(Mailbox);

impl Sender {
    /// # Errors
    /// [`Invalid`] when it is no address.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let advice = "write one such as maitred@example.com, or Maitred <maitred@example.com>";
        text.parse().map(Self).map_err(|_| Invalid(format!("{text:?} is not an e-mail address; {advice}")))
    }

    /// Its address, without a name.
    #[must_use]
    pub fn address(&self) -> &str {
        self.0.email.as_ref()
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    pub to: String,
    pub subject: String,
    pub text: String,
    /// The same for the same message, so that one that is sent twice can be recognised: what stands before the `@`.
    pub id: String,
}

/// Why a message was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MailError {
    /// The server cannot be spoken to, or does not accept the credentials or the sender: it is not about this message.
    /// Without the server's words, so that it can be logged.
    Unreachable(String),
    /// Not now: a reply of 4xx. Without the server's words.
    Later(String),
    /// Never: a reply of 5xx, or no address. With the server's words, which may hold the address.
    Refused(String),
}

/// Sends mail; each message has a connection of its own. The steps of a message are made here, because what a refusal
/// means depends on the step: one of the sender is about the settings, one of the recipient about an operator.
#[derive(Clone)]
pub struct Mailer {
    host: String,
    port: u16,
    tls: Option<TlsParameters>,
    /// Whether TLS is from the start, where there is any.
    is_tls: bool,
    credentials: Option<Credentials>,
    from: Mailbox,
}

impl Mailer {
    /// `password` is taken where the URL has a user without one.
    ///
    /// # Errors
    /// When there is no TLS to be had from the system.
    pub fn new(url: &SmtpUrl, from: Sender, password: Option<String>) -> Result<Self, lettre::transport::smtp::Error> {
        let has_tls = url.is_tls || !url.is_loopback();
        let tls = has_tls.then(|| TlsParameters::new_rustls(url.host.clone())).transpose()?;
        let credentials = url.user.clone().zip(url.password.clone().or(password));
        let credentials = credentials.map(|(user, password)| Credentials::new(user, password));
        Ok(Self { host: url.host.clone(), port: url.port, tls, is_tls: url.is_tls, credentials, from: from.0 })
    }

    /// Hands a message to the server.
    ///
    /// # Errors
    /// [`MailError`] says whether there is any use in another try.
    pub async fn send(&self, mail: &Mail) -> Result<(), MailError> {
        let to: Mailbox =
            mail.to.parse().map_err(|_| MailError::Refused("this is not an e-mail address".to_owned()))?;
        let id = format!("<{}@{}>", mail.id, self.from.email.domain());
        let message = Message::builder()
            .from(self.from.clone())
            .to(to.clone())
            .subject(one_line(&mail.subject))
            .message_id(Some(id))
            .header(header::ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| MailError::Refused(error.to_string()))?;
        let mut connection = within(SMTP_TIMEOUT, self.announce(to.email)).await?;
        let taken = async { connection.message(&message.formatted()).await.map_err(|error| of_message(&error)) };
        within(MESSAGE_TIMEOUT, taken).await.map(drop)?;
        // It has the message, whatever it says to that, and if it says nothing.
        tokio::spawn(async move { tokio::time::timeout(QUIT_TIMEOUT, connection.quit()).await });
        Ok(())
    }

    /// Says from whom and for whom a message is, up to where it begins.
    async fn announce(&self, to: Address) -> Result<AsyncSmtpConnection, MailError> {
        let mut connection = self.connect().await.map_err(|error| of_server(&error))?;
        let mut parameters = Vec::new();
        // Addresses of operators are in ASCII.
        if !AsRef::<str>::as_ref(&self.from.email).is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return Err(MailError::Unreachable("it takes only senders in ASCII".to_owned()));
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let from = MailFrom::new(Some(self.from.email.clone()), parameters);
        connection.command(from).await.map_err(|error| of_server(&error))?;
        connection.command(Rcpt::new(to, Vec::new())).await.map_err(|error| of_message(&error))?;
        connection.command(Data).await.map_err(|error| of_message(&error))?;
        Ok(connection)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let (server, name) = ((self.host.as_str(), self.port), ClientId::default());
        let at_once = self.tls.clone().filter(|_| self.is_tls);
        let connected = AsyncSmtpConnection::connect_tokio1(server, Some(SMTP_TIMEOUT), &name, at_once, None);
        let mut connection = connected.await?;
        if let Some(tls) = self.tls.clone().filter(|_| !self.is_tls) {
            connection.starttls(tls, &name).await?;
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }
}

async fn within<T>(most: Duration, step: impl Future<Output = Result<T, MailError>>) -> Result<T, MailError> {
    let done = tokio::time::timeout(most, step).await;
    done.unwrap_or_else(|_| Err(MailError::Unreachable(format!("no answer within {} seconds", most.as_secs()))))
}

/// A subject has one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// What it means that the server does not take the connection, the credentials or the sender.
fn of_server(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        Some(code)
            if code.severity == Severity::TransientNegativeCompletion && code.category == Category::MailSystem =>
        {
            MailError::Later(format!("it answers {code}"))
        }
        Some(code) => MailError::Unreachable(format!("it answers {code}")),
        None => MailError::Unreachable(error.to_string()),
    }
}

/// The same of the recipient or the message.
fn of_message(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        // x3z: credentials are wanted or wrong, or TLS is.
        Some(code) if code.category == Category::Unspecified3 => MailError::Unreachable(format!("it answers {code}")),
        Some(code) if code.severity == Severity::PermanentNegativeCompletion && is_about_sender(error) => {
            MailError::Later(format!("it answers {code} and means the sender"))
        }
        Some(code) if code.severity == Severity::PermanentNegativeCompletion => {
            MailError::Refused(error.to_string().chars().take(REFUSAL_CHARS_MAX).collect())
        }
        Some(code) => MailError::Later(format!("it answers {code}")),
        None => MailError::Unreachable(error.to_string()),
    }
}

/// Whether a refusal of a recipient is one of the sender: many servers wait with that for the recipient (Postfix by
/// default, `smtpd_delay_reject`). Enhanced codes of RFC 3463: x.7.x is policy, x.1.7 and x.1.8 a sender's address.
fn is_about_sender(error: &lettre::transport::smtp::Error) -> bool {
    let text = error.to_string();
    let enhanced = text.split("): ").nth(1).and_then(|words| words.split_whitespace().next());
    enhanced.is_some_and(|code| code.starts_with("5.7.") || ["5.1.7", "5.1.8"].contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_how_the_server_is_spoken_to() {
        let url = SmtpUrl::parse("smtps://anna%40example.com:p%3Aw@mail.example.com").expect("a URL");
        assert_eq!((url.port, url.is_tls, url.is_loopback()), (465, true, false));
        assert_eq!((url.user.as_deref(), url.password.as_deref()), (Some("anna@example.com"), Some("p:w")));
        let url = SmtpUrl::parse("smtp://mail.example.com").expect("a URL");
        assert_eq!((url.port, url.is_tls, url.user), (587, false, None));
        for local in ["smtp://127.0.0.1:2525", "smtp://localhost", "smtp://[::1]:25"] {
            assert!(SmtpUrl::parse(local).expect("a URL").is_loopback(), "{local}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_url_is_said_without_its_password() {
        for wrong in ["mail.example.com", "http://u:hush@h", "smtp://u:hush@h/inbox", "smtp://:hush@h", "smtps://"] {
            let Invalid(why) = SmtpUrl::parse(wrong).expect_err(wrong);
            assert!(!why.contains("hush"), "{why}");
        }
        let url = SmtpUrl::parse("smtps://user:hush@mail.example.com").expect("a URL");
        let shown = format!("{url:?}");
        assert!(!shown.contains("hush") && !shown.contains("user"), "{shown}");
    }
}
