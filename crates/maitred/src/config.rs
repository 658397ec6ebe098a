//! Settings and where they come from: a flag, else the environment, else the `.env` file, else the TOML file, else a
//! default. Every setting can be given in every place, under one name: `--queue-max`, `MAITRED_QUEUE_MAX`,
//! `queue_max`. An error names the place of the value it is about, and all errors are reported at once.
//!
//! [`Setting`] describes one, [`Options`] is what clap reads, [`Options::load`] turns it into [`Settings`].

mod addresses;
mod edge;
mod setting;
mod traces;

use addresses::{address, public_url, smtp_url};
use edge::EdgeOptions;
pub use edge::EdgeSettings;
pub use setting::{Accepts, Setting};
use setting::{
    COMPAT, CONFIG, DATABASE, DEFAULT_REGION, IDEMPOTENCY_HOURS, INSECURE_NO_AUTH, LISTEN, LOG, LOG_FORMAT,
    PLACEHOLDERS, PUBLIC_URL, QUEUE_MAX, RATE_LIMIT, RETENTION_DAYS, SHUTDOWN_DEADLINE_S, SMTP_FROM, SMTP_URL,
    TELEGRAM_API, WAL_MIB, WEBHOOK_ALLOW,
};
use traces::TraceOptions;
pub use traces::TraceSettings;

use maitred_api::dialect::{self, Dialect};
use maitred_app::identity::{PhoneRules, Placeholders, Region};
use maitred_app::mail::{Sender, SmtpUrl};
use maitred_core::limits::Invalid;
use maitred_store::DatabaseUrl;
use maitred_webhooks::AddressPolicy;
use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tracing_subscriber::EnvFilter;

const DOTENV: &str = ".env";

/// Everything that can be set, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// Where everything is stored.
    pub database: DatabaseUrl,
    /// Where phones without a country code are read, for sources that do not say.
    pub default_region: Option<Region>,
    /// Emails and phones that identify nobody.
    pub placeholders: Placeholders,
    /// Which addresses webhooks may be sent to.
    pub webhook_allow: AddressPolicy,
    /// Which log lines are written: a filter of `tracing-subscriber`'s `EnvFilter`, known to be well-formed.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Most commands that wait for the writer; more are answered 503.
    pub queue_max: usize,
    /// From which size on the write-ahead log of a SQLite database is copied into it, in MiB.
    pub wal_mib: u32,
    /// For how many hours the answer to a request with a key is kept at least.
    pub idempotency_hours: u32,
    /// After how many days without anything going on a lead is erased; never, if none.
    pub retention_days: Option<u32>,
    /// Most seconds between the signal to stop and the end of the process. Containers are killed after ten.
    pub shutdown_deadline_s: u32,
    /// Which dialects of other services are mounted under `/compat`.
    pub compat: Vec<Dialect>,
    /// How many requests a second one key or user may send; 0 is no limit.
    pub rate_limit: u32,
    /// Whether a server without keys may listen where other machines can reach it.
    pub insecure_no_auth: bool,
    /// Where others reach the server, without a slash at its end, if that is known.
    pub public_url: Option<Arc<str>>,
    /// Where the Bot API of Telegram is, without a slash at its end.
    pub telegram_api: Arc<str>,
    /// The server that takes e-mail to operators, if there is one.
    pub smtp_url: Option<SmtpUrl>,
    /// From whom that is.
    pub smtp_from: Option<Sender>,
    /// Where traces are sent.
    pub traces: TraceSettings,
    /// What connections are held to, TLS, and whose word is taken for who calls.
    pub edge: EdgeSettings,
    /// The TOML file that was read, if there was one.
    pub file: Option<PathBuf>,
}

impl Settings {
    /// How phones are read, and which values identify nobody, where no source says otherwise.
    #[must_use]
    pub fn phone_rules(&self) -> PhoneRules {
        PhoneRules { placeholders: self.placeholders, ..self.default_region.into() }
    }
}

impl Default for Settings {
    fn default() -> Self {
        settle(&[], &mut Vec::new())
    }
}

/// Every setting, in the order of `--help`.
#[must_use]
pub fn settings() -> &'static [Setting] {
    &setting::ALL
}

/// The settings as flags, unchecked. Has no `Debug`, for a database URL may hold a password.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Options {
    #[arg(long, global = true, value_name = LISTEN.value_name(), help = LISTEN.help())]
    listen: Option<String>,
    #[arg(long, global = true, value_name = DATABASE.value_name(), help = DATABASE.help())]
    database: Option<String>,
    #[arg(long, global = true, value_name = DEFAULT_REGION.value_name(), help = DEFAULT_REGION.help())]
    default_region: Option<String>,
    #[arg(long, global = true, value_name = PLACEHOLDERS.value_name(), help = PLACEHOLDERS.help())]
    placeholders: Option<String>,
    #[arg(long, global = true, value_name = WEBHOOK_ALLOW.value_name(), help = WEBHOOK_ALLOW.help())]
    webhook_allow: Option<String>,
    #[arg(long, global = true, value_name = LOG.value_name(), help = LOG.help())]
    log: Option<String>,
    #[arg(long, global = true, value_name = LOG_FORMAT.value_name(), help = LOG_FORMAT.help())]
    log_format: Option<String>,
    #[arg(long, global = true, value_name = QUEUE_MAX.value_name(), help = QUEUE_MAX.help())]
    queue_max: Option<String>,
    #[arg(long, global = true, value_name = WAL_MIB.value_name(), help = WAL_MIB.help())]
    wal_mib: Option<String>,
    #[arg(long, global = true, value_name = IDEMPOTENCY_HOURS.value_name(), help = IDEMPOTENCY_HOURS.help())]
    idempotency_hours: Option<String>,
    #[arg(long, global = true, value_name = RETENTION_DAYS.value_name(), help = RETENTION_DAYS.help())]
    retention_days: Option<String>,
    #[arg(long, global = true, value_name = SHUTDOWN_DEADLINE_S.value_name(), help = SHUTDOWN_DEADLINE_S.help())]
    shutdown_deadline_s: Option<String>,
    #[arg(long, global = true, value_name = COMPAT.value_name(), help = COMPAT.help())]
    compat: Option<String>,
    #[arg(long, global = true, value_name = RATE_LIMIT.value_name(), help = RATE_LIMIT.help())]
    rate_limit: Option<String>,
    #[arg(long, global = true, help = INSECURE_NO_AUTH.help())]
    insecure_no_auth: bool,
    #[arg(long, global = true, value_name = PUBLIC_URL.value_name(), help = PUBLIC_URL.help())]
    public_url: Option<String>,
    #[arg(long, global = true, value_name = TELEGRAM_API.value_name(), help = TELEGRAM_API.help())]
    telegram_api: Option<String>,
    #[arg(long, global = true, value_name = SMTP_URL.value_name(), help = SMTP_URL.help())]
    smtp_url: Option<String>,
    #[arg(long, global = true, value_name = SMTP_FROM.value_name(), help = SMTP_FROM.help())]
    smtp_from: Option<String>,
    #[command(flatten)]
    traces: TraceOptions,
    #[command(flatten)]
    edge: EdgeOptions,
    #[arg(long, global = true, value_name = CONFIG.value_name(), help = CONFIG.help())]
    config: Option<String>,
}

impl Options {
    /// Reads the environment of this process and the files of its working folder.
    ///
    /// # Errors
    /// Everything that is wrong, each with its place and how to fix it.
    pub fn load(self) -> Result<Settings, ConfigError> {
        let environment = |name: &str| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned());
        self.load_from(Path::new(""), &environment)
    }

    /// Like [`Options::load`], for a given folder and environment.
    ///
    /// # Errors
    /// See [`Options::load`].
    pub fn load_from(
        self,
        folder: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Settings, ConfigError> {
        let mut layers = vec![self.into_layer(), environment_layer(environment)];
        layers.extend(dotenv_layer(&folder.join(DOTENV))?);
        let mut problems = Vec::new();
        let file = config_file(folder, &layers, &mut problems);
        if let Some((path, text)) = &file {
            layers.push(file_layer(path, text, &mut problems));
        }
        let settings = settle(&layers, &mut problems);
        if problems.is_empty() {
            Ok(Settings { file: file.map(|(path, _)| path), ..settings })
        } else {
            Err(ConfigError(problems))
        }
    }

    fn into_layer(self) -> Layer {
        let given = [
            (LISTEN, self.listen),
            (DATABASE, self.database),
            (DEFAULT_REGION, self.default_region),
            (PLACEHOLDERS, self.placeholders),
            (WEBHOOK_ALLOW, self.webhook_allow),
            (LOG, self.log),
            (LOG_FORMAT, self.log_format),
            (QUEUE_MAX, self.queue_max),
            (WAL_MIB, self.wal_mib),
            (IDEMPOTENCY_HOURS, self.idempotency_hours),
            (RETENTION_DAYS, self.retention_days),
            (SHUTDOWN_DEADLINE_S, self.shutdown_deadline_s),
            (COMPAT, self.compat),
            (RATE_LIMIT, self.rate_limit),
            (INSECURE_NO_AUTH, self.insecure_no_auth.then(|| "true".to_owned())),
            (PUBLIC_URL, self.public_url),
            (TELEGRAM_API, self.telegram_api),
            (SMTP_URL, self.smtp_url),
            (SMTP_FROM, self.smtp_from),
            (CONFIG, self.config),
        ];
        let values =
            given.into_iter().filter_map(|(setting, text)| Some((setting.name, Given { text: text?, line: None })));
        Layer { place: Place::Flags, values: values.chain(self.traces.given()).chain(self.edge.given()).collect() }
    }
}

/// What is wrong with the settings: a line for each, with its place.
#[derive(Debug, PartialEq, Eq)]
pub struct ConfigError(Vec<String>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl std::error::Error for ConfigError {}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// Every setting that can stand in the file.
fn file_settings() -> impl Iterator<Item = Setting> {
    setting::ALL.into_iter().filter(|setting| setting.name != CONFIG.name)
}

/// The values of one place, by the name of their setting.
struct Layer {
    place: Place,
    values: HashMap<&'static str, Given>,
}

struct Given {
    text: String,
    line: Option<usize>,
}

enum Place {
    Flags,
    Environment,
    Dotenv(PathBuf),
    File(PathBuf),
}

impl Place {
    fn describe(&self, setting: Setting, line: Option<usize>) -> String {
        match self {
            Self::Flags => setting.flag(),
            Self::Environment => format!("{} in the environment", setting.env),
            Self::Dotenv(path) => format!("{} in {}", setting.env, at(path, line)),
            Self::File(path) => format!("{} in {}", setting.name, at(path, line)),
        }
    }
}

fn at(path: &Path, line: Option<usize>) -> String {
    match line {
        Some(line) => format!("{}, line {line}", path.display()),
        None => path.display().to_string(),
    }
}

/// An empty variable counts as unset: that is how a shell or a compose file says "nothing".
fn environment_layer(environment: &dyn Fn(&str) -> Option<String>) -> Layer {
    let value = |setting: Setting| environment(setting.env).filter(|text| !text.is_empty());
    let given = |setting: Setting| Some((setting.name, Given { text: value(setting)?, line: None }));
    Layer { place: Place::Environment, values: setting::ALL.into_iter().filter_map(given).collect() }
}

/// The `.env` file, if there is one. Its values stay here: the environment of the process is not changed.
fn dotenv_layer(path: &Path) -> Result<Option<Layer>, ConfigError> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(ConfigError(vec![format!("cannot read {}: {error}", path.display())])),
    };
    let text = text.trim_start_matches('\u{feff}');
    let mut variables = HashMap::new();
    for entry in dotenvy::from_read_iter(text.as_bytes()) {
        let (name, value) = entry.map_err(|error| ConfigError(vec![dotenv_problem(path, text, &error)]))?;
        variables.entry(name).or_insert(value);
    }
    let Layer { mut values, .. } = environment_layer(&|name| variables.get(name).cloned());
    for setting in setting::ALL {
        values.entry(setting.name).and_modify(|given| given.line = line_of_variable(text, setting.env));
    }
    Ok(Some(Layer { place: Place::Dotenv(path.to_owned()), values }))
}

/// The line itself is not shown, for it may hold a password.
fn dotenv_problem(path: &Path, text: &str, error: &dotenvy::Error) -> String {
    let line = match error {
        dotenvy::Error::LineParse(bad, _) => bad.lines().next().and_then(|bad| text.lines().position(|l| l == bad)),
        _ => None,
    };
    format!("{}: is not NAME=value; put values with spaces in quotes", at(path, line.map(|before| before + 1)))
}

fn line_of_variable(text: &str, name: &str) -> Option<usize> {
    let is_it = |line: &str| {
        let line = line.trim_start();
        let line = line.strip_prefix("export ").unwrap_or(line).trim_start();
        line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='))
    };
    text.lines().position(is_it).map(|before| before + 1)
}

/// The path and text of the TOML file: the one that was asked for, or else the usual one if it is there.
fn config_file(folder: &Path, layers: &[Layer], problems: &mut Vec<String>) -> Option<(PathBuf, String)> {
    let asked = find(layers, CONFIG);
    let default = CONFIG.default.unwrap_or_default();
    let path = folder.join(asked.as_ref().map_or(default, |(_, text)| text));
    match (std::fs::read_to_string(&path), asked) {
        (Ok(text), _) => return Some((path, text)),
        (Err(error), None) if error.kind() == std::io::ErrorKind::NotFound => {}
        (Err(error), None) => problems.push(format!("cannot read {}: {error}", path.display())),
        (Err(error), Some((place, _))) => {
            problems.push(format!("{place}: cannot read {}: {error}; give the path of a TOML file", path.display()));
        }
    }
    None
}

fn file_layer(path: &Path, text: &str, problems: &mut Vec<String>) -> Layer {
    let line_at = |offset: usize| Some(1 + text.bytes().take(offset).filter(|&b| b == b'\n').count());
    let mut values = HashMap::new();
    match DeTable::parse(text) {
        Ok(table) => {
            for (name, value) in table.get_ref() {
                let line = line_at(name.span().start);
                match file_value(name.get_ref(), value.get_ref()) {
                    Ok((setting, text)) => {
                        values.insert(setting.name, Given { text, line });
                    }
                    Err(problem) => problems.push(format!("{}: {problem}", at(path, line))),
                }
            }
        }
        Err(error) => {
            let line = error.span().and_then(|span| line_at(span.start));
            problems.push(format!("{}: {}", at(path, line), error.message()));
        }
    }
    Layer { place: Place::File(path.to_owned()), values }
}

fn file_value(name: &str, value: &DeValue<'_>) -> Result<(Setting, String), String> {
    let Some(setting) = file_settings().find(|setting| setting.name == name) else {
        let known = file_settings().map(|setting| setting.name).collect::<Vec<_>>().join(", ");
        return Err(format!("{name:?} is not a setting; the settings are {known}"));
    };
    match (value, setting.accepts) {
        (DeValue::String(text), _) => Ok((setting, text.to_string())),
        (DeValue::Integer(number), _) => Ok((setting, number.to_string())),
        (DeValue::Array(items), Accepts::List(_)) => names(name, items).map(|text| (setting, text)),
        (DeValue::Boolean(flag), Accepts::Switch) => Ok((setting, flag.to_string())),
        (other, _) => Err(format!("{name} is a TOML {}; write its value in quotes", other.type_str())),
    }
}

/// A list of names as they are written elsewhere. An empty one says that nothing is wanted.
fn names(setting: &str, items: &[Spanned<DeValue<'_>>]) -> Result<String, String> {
    let name = |item: &Spanned<DeValue<'_>>| item.get_ref().as_str().map(str::to_owned);
    let names: Option<Vec<String>> = items.iter().map(name).collect();
    match names {
        Some(names) if names.is_empty() => Ok("none".to_owned()),
        Some(names) => Ok(names.join(",")),
        None => Err(format!("{setting} is a list of something else than names in quotes")),
    }
}

/// The value of the first place that has one, and that place in words.
fn find(layers: &[Layer], setting: Setting) -> Option<(String, &str)> {
    layers.iter().find_map(|layer| {
        let given = layer.values.get(setting.name)?;
        Some((layer.place.describe(setting, given.line), given.text.trim()))
    })
}

fn settle(layers: &[Layer], problems: &mut Vec<String>) -> Settings {
    Settings {
        listen: read(layers, problems, LISTEN, listen),
        database: read(layers, problems, DATABASE, str::parse),
        default_region: read_given(layers, problems, DEFAULT_REGION, str::parse),
        placeholders: read(layers, problems, PLACEHOLDERS, Placeholders::read),
        webhook_allow: read(layers, problems, WEBHOOK_ALLOW, str::parse),
        log: read(layers, problems, LOG, log),
        log_format: read(layers, problems, LOG_FORMAT, log_format),
        queue_max: read_number(layers, problems, QUEUE_MAX),
        wal_mib: read_number(layers, problems, WAL_MIB),
        idempotency_hours: read_number(layers, problems, IDEMPOTENCY_HOURS),
        retention_days: read_given(layers, problems, RETENTION_DAYS, |text| number(RETENTION_DAYS, text)),
        shutdown_deadline_s: read_number(layers, problems, SHUTDOWN_DEADLINE_S),
        compat: read(layers, problems, COMPAT, dialect::mounted),
        rate_limit: read_number(layers, problems, RATE_LIMIT),
        insecure_no_auth: read(layers, problems, INSECURE_NO_AUTH, flag),
        public_url: read_given(layers, problems, PUBLIC_URL, public_url),
        telegram_api: read(layers, problems, TELEGRAM_API, address),
        smtp_url: smtp_url(layers, problems),
        smtp_from: read_given(layers, problems, SMTP_FROM, Sender::parse),
        traces: traces::settle(layers, problems),
        edge: edge::settle(layers, problems),
        file: None,
    }
}

/// The value that was given, or the default if there is none or it is wrong.
fn read<T>(
    layers: &[Layer],
    problems: &mut Vec<String>,
    setting: Setting,
    parse: impl Fn(&str) -> Result<T, Invalid>,
) -> T {
    read_given(layers, problems, setting, &parse).unwrap_or_else(|| {
        let default = setting.default.expect("a setting that may be left off is read with `read_given`");
        parse(default).expect("defaults are valid: every test of the settings reads them all")
    })
}

/// The value that was given, if there is one and it is right.
fn read_given<T>(
    layers: &[Layer],
    problems: &mut Vec<String>,
    setting: Setting,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Option<T> {
    let (place, text) = find(layers, setting)?;
    parse(text).map_err(|invalid| problems.push(format!("{place}: {invalid}"))).ok()
}

fn read_number<T: TryFrom<u32>>(layers: &[Layer], problems: &mut Vec<String>, setting: Setting) -> T {
    read(layers, problems, setting, |text| number(setting, text))
}

fn listen(text: &str) -> Result<SocketAddr, Invalid> {
    let advice = "write one such as 127.0.0.1:8000, or 0.0.0.0:8000 to be reached from other machines";
    text.parse().map_err(|_| Invalid(format!("{text:?} is not an IP address and a port; {advice}")))
}

fn log(text: &str) -> Result<String, Invalid> {
    let advice = "write one such as info or warn,maitred=debug";
    match EnvFilter::try_new(text) {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(Invalid(format!("{text:?} is not a log filter ({error}); {advice}"))),
    }
}

fn log_format(text: &str) -> Result<LogFormat, Invalid> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err(Invalid(format!("{text:?} is not a log format; write text or json"))),
    }
}

fn flag(text: &str) -> Result<bool, Invalid> {
    text.parse().map_err(|_| Invalid(format!("{text:?} is neither true nor false")))
}

fn number<T: TryFrom<u32>>(setting: Setting, text: &str) -> Result<T, Invalid> {
    let Accepts::Number(_, least, most) = setting.accepts else { unreachable!("{} is no number", setting.name) };
    let value = text.parse().ok().filter(|value| (least..=most).contains(value));
    let value = value.and_then(|value| T::try_from(value).ok());
    value.ok_or_else(|| Invalid(format!("{text:?} is not a whole number from {least} to {most}")))
}

#[cfg(test)]
mod tests;
