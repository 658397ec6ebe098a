//! Settings and where they come from: a flag, else the environment, else the `.env` file, else the TOML file, else a
//! default. Every setting can be given in every place, under one name: `--queue-max`, `MAITRED_QUEUE_MAX`,
//! `queue_max`. An error names the place of the value it is about, and all errors are reported at once.
//!
//! [`Options`] is what clap reads, [`Options::load`] turns it into [`Settings`]. What a setting does is documented
//! where it is used.

mod edge;

pub use edge::{EdgeOptions, EdgeSettings};

use maitred_api::dialect::{self, Dialect};
use maitred_app::identity::Region;
use maitred_core::limits::Invalid;
use maitred_store::DatabaseUrl;
use std::collections::HashMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use toml::Spanned;
use toml::de::{DeTable, DeValue};
use tracing_subscriber::EnvFilter;

const FILE_DEFAULT: &str = "maitred.toml";
/// A year.
const IDEMPOTENCY_HOURS_MAX: u32 = 366 * 24;
/// A hundred years.
const RETENTION_DAYS_MAX: u32 = 36_600;
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
    /// Which log lines are written: a filter of `tracing-subscriber`'s `EnvFilter`, known to be well-formed.
    pub log: String,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// Most commands that wait for the writer; more are answered 503.
    pub queue_max: usize,
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
    /// What connections are held to, TLS, and whose word is taken for who calls.
    pub edge: EdgeSettings,
    /// The TOML file that was read, if there was one.
    pub file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 8000).into(),
            database: DatabaseUrl::Sqlite("maitred.db".into()),
            default_region: None,
            log: "info".to_owned(),
            log_format: LogFormat::Text,
            queue_max: 8_192,
            idempotency_hours: 168,
            retention_days: None,
            shutdown_deadline_s: 8,
            compat: Dialect::MOUNTED.to_vec(),
            rate_limit: 1_000,
            insecure_no_auth: false,
            edge: EdgeSettings::default(),
            file: None,
        }
    }
}

/// The settings as flags, unchecked. Has no `Debug`, for a database URL may hold a password.
#[derive(Clone, Default, clap::Args)]
#[command(next_help_heading = "Settings")]
pub struct Options {
    /// Address and port to listen on [env: MAITRED_LISTEN] [default: 127.0.0.1:8000]
    #[arg(long, global = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// The database [env: DATABASE_URL] [default: sqlite://maitred.db]
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// Region of phone numbers without a country code, such as RU or DE [env: MAITRED_DEFAULT_REGION]
    #[arg(long, global = true, value_name = "REGION")]
    pub default_region: Option<String>,
    /// Log filter, such as debug or warn,maitred=info [env: MAITRED_LOG] [default: info]
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
    /// Log format [env: MAITRED_LOG_FORMAT] [default: text]
    #[arg(long, global = true, value_name = "text|json")]
    pub log_format: Option<String>,
    /// Max queued commands; further requests get 503 [env: MAITRED_QUEUE_MAX] [default: 8192]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub queue_max: Option<String>,
    /// Hours for which an Idempotency-Key is remembered [env: MAITRED_IDEMPOTENCY_HOURS] [default: 168]
    #[arg(long, global = true, value_name = "HOURS")]
    pub idempotency_hours: Option<String>,
    /// Days after which an inactive lead is erased [env: MAITRED_RETENTION_DAYS] [default: never]
    #[arg(long, global = true, value_name = "DAYS")]
    pub retention_days: Option<String>,
    /// Max seconds for a graceful shutdown [env: MAITRED_SHUTDOWN_DEADLINE_S] [default: 8]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub shutdown_deadline_s: Option<String>,
    /// Dialects under /compat: some of interactions,inquiries,appeals, or none [env: MAITRED_COMPAT] [default: all]
    #[arg(long, global = true, value_name = "NAMES")]
    pub compat: Option<String>,
    /// Max requests per second of a key or user, 0 for no limit [env: MAITRED_RATE_LIMIT] [default: 1000]
    #[arg(long, global = true, value_name = "NUMBER")]
    pub rate_limit: Option<String>,
    /// Allow listening beyond loopback without API keys; once there is a key, it is required anyway
    /// [env: MAITRED_INSECURE_NO_AUTH] [default: false]
    #[arg(long, global = true)]
    pub insecure_no_auth: bool,
    /// What connections are held to.
    #[command(flatten)]
    pub edge: EdgeOptions,
    /// TOML file with these settings [env: MAITRED_CONFIG] [default: maitred.toml, if it exists]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<String>,
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
            (LOG, self.log),
            (LOG_FORMAT, self.log_format),
            (QUEUE_MAX, self.queue_max),
            (IDEMPOTENCY_HOURS, self.idempotency_hours),
            (RETENTION_DAYS, self.retention_days),
            (SHUTDOWN_DEADLINE_S, self.shutdown_deadline_s),
            (COMPAT, self.compat),
            (RATE_LIMIT, self.rate_limit),
            (INSECURE_NO_AUTH, self.insecure_no_auth.then(|| "true".to_owned())),
            (CONFIG, self.config),
        ];
        let values = given.into_iter().filter_map(|(key, text)| Some((key.name, Given { text: text?, line: None })));
        Layer { place: Place::Flags, values: values.chain(self.edge.given()).collect() }
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

/// One setting's names. The flag is `--` and the name with hyphens.
#[derive(Clone, Copy)]
struct Key {
    name: &'static str,
    env: &'static str,
}

const LISTEN: Key = Key { name: "listen", env: "MAITRED_LISTEN" };
const DATABASE: Key = Key { name: "database", env: "DATABASE_URL" };
const DEFAULT_REGION: Key = Key { name: "default_region", env: "MAITRED_DEFAULT_REGION" };
const LOG: Key = Key { name: "log", env: "MAITRED_LOG" };
const LOG_FORMAT: Key = Key { name: "log_format", env: "MAITRED_LOG_FORMAT" };
const QUEUE_MAX: Key = Key { name: "queue_max", env: "MAITRED_QUEUE_MAX" };
const IDEMPOTENCY_HOURS: Key = Key { name: "idempotency_hours", env: "MAITRED_IDEMPOTENCY_HOURS" };
const RETENTION_DAYS: Key = Key { name: "retention_days", env: "MAITRED_RETENTION_DAYS" };
const SHUTDOWN_DEADLINE_S: Key = Key { name: "shutdown_deadline_s", env: "MAITRED_SHUTDOWN_DEADLINE_S" };
const COMPAT: Key = Key { name: "compat", env: "MAITRED_COMPAT" };
const RATE_LIMIT: Key = Key { name: "rate_limit", env: "MAITRED_RATE_LIMIT" };
const INSECURE_NO_AUTH: Key = Key { name: "insecure_no_auth", env: "MAITRED_INSECURE_NO_AUTH" };
/// Cannot stand in the file that it names.
const CONFIG: Key = Key { name: "config", env: "MAITRED_CONFIG" };

const OWN_KEYS: [Key; 12] = [
    LISTEN,
    DATABASE,
    DEFAULT_REGION,
    LOG,
    LOG_FORMAT,
    QUEUE_MAX,
    IDEMPOTENCY_HOURS,
    RETENTION_DAYS,
    SHUTDOWN_DEADLINE_S,
    COMPAT,
    RATE_LIMIT,
    INSECURE_NO_AUTH,
];

/// Every setting that can stand in the file.
fn file_keys() -> impl Iterator<Item = Key> {
    OWN_KEYS.into_iter().chain(edge::KEYS)
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
    fn describe(&self, key: Key, line: Option<usize>) -> String {
        match self {
            Self::Flags => format!("--{}", key.name.replace('_', "-")),
            Self::Environment => format!("{} in the environment", key.env),
            Self::Dotenv(path) => format!("{} in {}", key.env, at(path, line)),
            Self::File(path) => format!("{} in {}", key.name, at(path, line)),
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
    let value = |key: Key| environment(key.env).filter(|text| !text.is_empty());
    let keys = file_keys().chain([CONFIG]);
    let values = keys.filter_map(|key| Some((key.name, Given { text: value(key)?, line: None })));
    Layer { place: Place::Environment, values: values.collect() }
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
    for key in file_keys().chain([CONFIG]) {
        values.entry(key.name).and_modify(|given| given.line = line_of_variable(text, key.env));
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
    let path = folder.join(asked.as_ref().map_or(FILE_DEFAULT, |(_, text)| text));
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
                    Ok((key, text)) => {
                        values.insert(key.name, Given { text, line });
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

fn file_value(name: &str, value: &DeValue<'_>) -> Result<(Key, String), String> {
    let Some(key) = file_keys().find(|key| key.name == name) else {
        let known = file_keys().map(|key| key.name).collect::<Vec<_>>().join(", ");
        return Err(format!("{name:?} is not a setting; the settings are {known}"));
    };
    match value {
        DeValue::String(text) => Ok((key, text.to_string())),
        DeValue::Integer(number) => Ok((key, number.to_string())),
        DeValue::Array(items) if [COMPAT.name, edge::TRUSTED_PROXIES.name].contains(&name) => {
            names(name, items).map(|text| (key, text))
        }
        DeValue::Boolean(flag) if key.name == INSECURE_NO_AUTH.name => Ok((key, flag.to_string())),
        other => Err(format!("{name} is a TOML {}; write its value in quotes", other.type_str())),
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
fn find(layers: &[Layer], key: Key) -> Option<(String, &str)> {
    layers.iter().find_map(|layer| {
        let given = layer.values.get(key.name)?;
        Some((layer.place.describe(key, given.line), given.text.trim()))
    })
}

fn settle(layers: &[Layer], problems: &mut Vec<String>) -> Settings {
    let otherwise = Settings::default();
    Settings {
        listen: read(layers, problems, LISTEN, listen).unwrap_or(otherwise.listen),
        database: read(layers, problems, DATABASE, str::parse).unwrap_or(otherwise.database),
        default_region: read(layers, problems, DEFAULT_REGION, str::parse),
        log: read(layers, problems, LOG, log).unwrap_or(otherwise.log),
        log_format: read(layers, problems, LOG_FORMAT, log_format).unwrap_or(otherwise.log_format),
        queue_max: read(layers, problems, QUEUE_MAX, |text| number(text, 1..=1_000_000)).unwrap_or(otherwise.queue_max),
        idempotency_hours: read(layers, problems, IDEMPOTENCY_HOURS, |text| number(text, 1..=IDEMPOTENCY_HOURS_MAX))
            .unwrap_or(otherwise.idempotency_hours),
        retention_days: read(layers, problems, RETENTION_DAYS, |text| number(text, 1..=RETENTION_DAYS_MAX)),
        shutdown_deadline_s: read(layers, problems, SHUTDOWN_DEADLINE_S, |text| number(text, 1..=600))
            .unwrap_or(otherwise.shutdown_deadline_s),
        compat: read(layers, problems, COMPAT, dialect::mounted).unwrap_or(otherwise.compat),
        rate_limit: read(layers, problems, RATE_LIMIT, |text| number(text, 0..=1_000_000))
            .unwrap_or(otherwise.rate_limit),
        insecure_no_auth: read(layers, problems, INSECURE_NO_AUTH, flag).unwrap_or(otherwise.insecure_no_auth),
        edge: edge::settle(layers, problems),
        file: None,
    }
}

fn read<T>(
    layers: &[Layer],
    problems: &mut Vec<String>,
    key: Key,
    parse: impl FnOnce(&str) -> Result<T, Invalid>,
) -> Option<T> {
    let (place, text) = find(layers, key)?;
    parse(text).map_err(|invalid| problems.push(format!("{place}: {invalid}"))).ok()
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

fn number<T: FromStr + PartialOrd + fmt::Display>(text: &str, range: RangeInclusive<T>) -> Result<T, Invalid> {
    let value = text.parse().ok().filter(|value| range.contains(value));
    let (least, most) = range.into_inner();
    value.ok_or_else(|| Invalid(format!("{text:?} is not a whole number from {least} to {most}")))
}

#[cfg(test)]
mod tests;
