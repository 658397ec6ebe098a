//! E-mail to operators: the server that takes it, and what became of a message. What is sent when is in
//! [`crate::jobs::TellOperators`].

use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::response::{Category, Severity};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use maitred_core::limits::Invalid;
use std::fmt;
use std::net::IpAddr;
use std::time::Duration;
use url::{Host, Url};

/// For how long handing over a message may take; lettre itself bounds the connecting alone.
const SMTP_TIMEOUT: Duration = Duration::from_secs(10);
/// What is kept of why a message was refused, in characters.
const REFUSAL_CHARS_MAX: usize = 200;
/// The ports of the two schemes, by RFC 8314 and RFC 6409.
const TLS_PORT: u16 = 465;
const STARTTLS_PORT: u16 = 587;

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
    /// The server cannot be spoken to, or does not accept the credentials: it is not about this message. Without the
    /// server's words, so that it can be logged.
    Unreachable(String),
    /// Not now: a reply of 4xx. Without the server's words.
    Later(String),
    /// Never: a reply of 5xx, or no address. With the server's words, which may hold the address.
    Refused(String),
}

/// Sends mail. Clones share the configuration; each message has a connection of its own.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mailer {
    /// `password` is taken where the URL has a user without one.
    ///
    /// # Errors
    /// When there is no TLS to be had from the system.
    pub fn new(url: &SmtpUrl, from: Sender, password: Option<String>) -> Result<Self, lettre::transport::smtp::Error> {
        let tls = match (url.is_tls, url.is_loopback()) {
            (true, _) => Tls::Wrapper(TlsParameters::new_rustls(url.host.clone())?),
            (false, true) => Tls::None,
            (false, false) => Tls::Required(TlsParameters::new_rustls(url.host.clone())?),
        };
        let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&url.host);
        let builder = builder.port(url.port).tls(tls).timeout(Some(SMTP_TIMEOUT));
        let credentials = url.user.clone().zip(url.password.clone().or(password));
        let builder = match credentials {
            Some((user, password)) => builder.credentials(Credentials::new(user, password)),
            None => builder,
        };
        Ok(Self { transport: builder.build(), from: from.0 })
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
            .to(to)
            .subject(one_line(&mail.subject))
            .message_id(Some(id))
            .header(header::ContentType::TEXT_PLAIN)
            .body(mail.text.clone())
            .map_err(|error| MailError::Refused(error.to_string()))?;
        match tokio::time::timeout(SMTP_TIMEOUT, self.transport.send(message)).await {
            Ok(sent) => sent.map(drop).map_err(|error| error_of(&error)),
            Err(_) => Err(MailError::Unreachable(format!("no answer within {} seconds", SMTP_TIMEOUT.as_secs()))),
        }
    }
}

/// A subject has one line.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn error_of(error: &lettre::transport::smtp::Error) -> MailError {
    match error.status() {
        // x3z: credentials are wanted or wrong, or TLS is.
        Some(code) if code.category == Category::Unspecified3 => MailError::Unreachable(format!("it answers {code}")),
        Some(code) if code.severity == Severity::PermanentNegativeCompletion => {
            MailError::Refused(error.to_string().chars().take(REFUSAL_CHARS_MAX).collect())
        }
        Some(code) => MailError::Later(format!("it answers {code}")),
        None => MailError::Unreachable(error.to_string()),
    }
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
