//! Every setting, described once: its names, its default, the values it takes and what it does. `--help`, the
//! defaults of a server, the errors about a value and the table in docs/configuration.md are all made of this.

use std::fmt;

/// One setting. The flag is `--` and the name with hyphens.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// Its key in the TOML file.
    pub name: &'static str,
    /// Its variable in the environment and in `.env`.
    pub env: &'static str,
    /// What holds if it is not given, as it would be written; `None` leaves the feature off.
    pub default: Option<&'static str>,
    /// Which values it takes.
    pub accepts: Accepts,
    /// What it does: one line of plain text.
    pub help: &'static str,
}

/// Which values a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// A text of this kind.
    Text(&'static str),
    /// Names or addresses separated by commas, of this kind; in TOML also a list.
    List(&'static str),
    /// A whole number of this unit, from the first to the last.
    Number(&'static str, u32, u32),
    /// `true` or `false`; the flag stands without a value.
    Switch,
}

impl Setting {
    /// As it is written on the command line, `--queue-max`.
    #[must_use]
    pub fn flag(&self) -> String {
        format!("--{}", self.name.replace('_', "-"))
    }

    /// What `--help` says about it.
    #[must_use]
    pub fn help(&self) -> String {
        let default = self.default.map(|default| format!(" [default: {default}]")).unwrap_or_default();
        format!("{} [env: {}]{default}", self.help, self.env)
    }

    /// What `--help` shows in place of a value.
    #[must_use]
    pub const fn value_name(&self) -> &'static str {
        match self.accepts {
            Accepts::Text(name) | Accepts::List(name) | Accepts::Number(name, ..) => name,
            Accepts::Switch => "BOOLEAN",
        }
    }
}

impl fmt::Display for Accepts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(name) | Self::List(name) => f.write_str(name),
            Self::Number(_, least, most) => write!(f, "{least} to {most}"),
            Self::Switch => f.write_str("true or false"),
        }
    }
}

pub(super) const LISTEN: Setting = Setting {
    name: "listen",
    env: "MAITRED_LISTEN",
    default: Some("127.0.0.1:8000"),
    accepts: Accepts::Text("ADDRESS:PORT"),
    help: "Address and port to listen on",
};
pub(super) const DATABASE: Setting = Setting {
    name: "database",
    env: "DATABASE_URL",
    default: Some("sqlite://maitred.db"),
    accepts: Accepts::Text("URL"),
    help: "The database: sqlite://FILE or postgres://USER:PASSWORD@HOST/NAME",
};
pub(super) const DEFAULT_REGION: Setting = Setting {
    name: "default_region",
    env: "MAITRED_DEFAULT_REGION",
    default: None,
    accepts: Accepts::Text("REGION"),
    help: "Region of phone numbers without a country code, such as RU or DE",
};
pub(super) const PLACEHOLDERS: Setting = Setting {
    name: "placeholders",
    env: "MAITRED_PLACEHOLDERS",
    default: Some("none"),
    accepts: Accepts::List("LIST"),
    help: "Emails and phones that identify nobody, such as test@example.com,*@example.com,+79990000000",
};
pub(super) const WEBHOOK_ALLOW: Setting = Setting {
    name: "webhook_allow",
    env: "MAITRED_WEBHOOK_ALLOW",
    default: Some("none"),
    accepts: Accepts::List("NETWORKS"),
    help: "Private networks that webhooks may be sent to, such as 10.0.0.0/8,127.0.0.0/8",
};
pub(super) const LOG: Setting = Setting {
    name: "log",
    env: "MAITRED_LOG",
    default: Some("info"),
    accepts: Accepts::Text("FILTER"),
    help: "Log filter, such as debug or warn,maitred=info",
};
pub(super) const LOG_FORMAT: Setting = Setting {
    name: "log_format",
    env: "MAITRED_LOG_FORMAT",
    default: Some("text"),
    accepts: Accepts::Text("text|json"),
    help: "Log format",
};
pub(super) const QUEUE_MAX: Setting = Setting {
    name: "queue_max",
    env: "MAITRED_QUEUE_MAX",
    default: Some("8192"),
    accepts: Accepts::Number("NUMBER", 1, 1_000_000),
    help: "Max queued commands; further requests get 503",
};
pub(super) const WAL_MIB: Setting = Setting {
    name: "wal_mib",
    env: "MAITRED_WAL_MIB",
    default: Some("250"),
    accepts: Accepts::Number("MIB", 4, 16_384),
    help: "Size of SQLite's write-ahead log from which it is copied into the database, in MiB",
};
pub(super) const IDEMPOTENCY_HOURS: Setting = Setting {
    name: "idempotency_hours",
    env: "MAITRED_IDEMPOTENCY_HOURS",
    default: Some("168"),
    // At most a year.
    accepts: Accepts::Number("HOURS", 1, 366 * 24),
    help: "Hours for which an Idempotency-Key is remembered",
};
pub(super) const RETENTION_DAYS: Setting = Setting {
    name: "retention_days",
    env: "MAITRED_RETENTION_DAYS",
    default: None,
    // At most a hundred years.
    accepts: Accepts::Number("DAYS", 1, 36_600),
    help: "Days after which an inactive lead is erased",
};
pub(super) const SHUTDOWN_DEADLINE_S: Setting = Setting {
    name: "shutdown_deadline_s",
    env: "MAITRED_SHUTDOWN_DEADLINE_S",
    default: Some("8"),
    accepts: Accepts::Number("SECONDS", 1, 600),
    help: "Max seconds for a graceful shutdown",
};
pub(super) const COMPAT: Setting = Setting {
    name: "compat",
    env: "MAITRED_COMPAT",
    default: Some("all"),
    accepts: Accepts::List("NAMES"),
    help: "Dialects under /compat: some of interactions,inquiries,appeals, or all, or none",
};
pub(super) const RATE_LIMIT: Setting = Setting {
    name: "rate_limit",
    env: "MAITRED_RATE_LIMIT",
    default: Some("1000"),
    accepts: Accepts::Number("NUMBER", 0, 1_000_000),
    help: "Max requests per second of a key or user, 0 for no limit",
};
pub(super) const INSECURE_NO_AUTH: Setting = Setting {
    name: "insecure_no_auth",
    env: "MAITRED_INSECURE_NO_AUTH",
    default: Some("false"),
    accepts: Accepts::Switch,
    help: "Allow listening beyond loopback without API keys; once there is a key, it is required anyway",
};
pub(super) const CONNECTIONS_MAX: Setting = Setting {
    name: "connections_max",
    env: "MAITRED_CONNECTIONS_MAX",
    default: Some("4096"),
    accepts: Accepts::Number("NUMBER", 16, 1_000_000),
    help: "Max open connections; more wait",
};
pub(super) const CLIENT_CONNECTIONS_MAX: Setting = Setting {
    name: "client_connections_max",
    env: "MAITRED_CLIENT_CONNECTIONS_MAX",
    default: Some("512"),
    accepts: Accepts::Number("NUMBER", 1, 1_000_000),
    help: "Max open connections per client; more are closed",
};
pub(super) const IN_FLIGHT_MIB: Setting = Setting {
    name: "in_flight_mib",
    env: "MAITRED_IN_FLIGHT_MIB",
    default: Some("128"),
    accepts: Accepts::Number("MIB", 1, 1_048_576),
    help: "Max MiB of request bodies in memory, and of answers; beyond that 503",
};
pub(super) const HEAD_BYTES_MAX: Setting = Setting {
    name: "head_bytes_max",
    env: "MAITRED_HEAD_BYTES_MAX",
    default: Some("32768"),
    accepts: Accepts::Number("BYTES", 8_192, 65_536),
    help: "Max bytes of request headers",
};
pub(super) const HEAD_DEADLINE_S: Setting = Setting {
    name: "head_deadline_s",
    env: "MAITRED_HEAD_DEADLINE_S",
    default: Some("10"),
    accepts: Accepts::Number("SECONDS", 1, 3_600),
    help: "Max seconds for request headers to arrive",
};
pub(super) const BODY_DEADLINE_S: Setting = Setting {
    name: "body_deadline_s",
    env: "MAITRED_BODY_DEADLINE_S",
    default: Some("30"),
    accepts: Accepts::Number("SECONDS", 1, 3_600),
    help: "Max seconds for a request body to arrive",
};
pub(super) const IDLE_DEADLINE_S: Setting = Setting {
    name: "idle_deadline_s",
    env: "MAITRED_IDLE_DEADLINE_S",
    default: Some("75"),
    accepts: Accepts::Number("SECONDS", 1, 3_600),
    help: "Seconds until an idle connection is closed",
};
pub(super) const PUBLIC_URL: Setting = Setting {
    name: "public_url",
    env: "MAITRED_PUBLIC_URL",
    default: None,
    accepts: Accepts::Text("URL"),
    help: "Where others reach this server, such as https://leads.example.com: forms, hooks, links and Telegram use it",
};
pub(super) const TELEGRAM_API: Setting = Setting {
    name: "telegram_api",
    env: "MAITRED_TELEGRAM_API",
    default: Some(maitred_telegram::client::ADDRESS),
    accepts: Accepts::Text("URL"),
    help: "Where Telegram's Bot API is, or a server that speaks it",
};
pub(super) const SMTP_URL: Setting = Setting {
    name: "smtp_url",
    env: "MAITRED_SMTP_URL",
    default: None,
    accepts: Accepts::Text("URL"),
    help: "The server that takes e-mail to operators: smtps://USER:PASSWORD@HOST:465, or smtp://... with STARTTLS",
};
pub(super) const SMTP_FROM: Setting = Setting {
    name: "smtp_from",
    env: "MAITRED_SMTP_FROM",
    default: None,
    accepts: Accepts::Text("ADDRESS"),
    help: "From whom e-mail to operators is, such as maitred@example.com",
};
pub(super) const OTLP_ENDPOINT: Setting = Setting {
    name: "otlp_endpoint",
    env: "MAITRED_OTLP_ENDPOINT",
    default: None,
    accepts: Accepts::Text("URL"),
    help: "Where traces are sent over OTLP/HTTP, such as http://127.0.0.1:4318; in builds with the feature otlp",
};
pub(super) const OTLP_PERCENT: Setting = Setting {
    name: "otlp_percent",
    env: "MAITRED_OTLP_PERCENT",
    default: Some("100"),
    accepts: Accepts::Number("PERCENT", 1, 100),
    help: "Percentage of traces that are recorded, unless the caller's traceparent says",
};
pub(super) const TLS_CERT: Setting = Setting {
    name: "tls_cert",
    env: "MAITRED_TLS_CERT",
    default: None,
    accepts: Accepts::Text("FILE"),
    help: "TLS certificate and its chain, PEM",
};
pub(super) const TLS_KEY: Setting = Setting {
    name: "tls_key",
    env: "MAITRED_TLS_KEY",
    default: None,
    accepts: Accepts::Text("FILE"),
    help: "TLS private key, PEM",
};
pub(super) const TRUSTED_PROXIES: Setting = Setting {
    name: "trusted_proxies",
    env: "MAITRED_TRUSTED_PROXIES",
    default: Some("none"),
    accepts: Accepts::List("ADDRESSES"),
    help: "Proxies whose X-Forwarded-For is trusted, such as 10.0.0.0/8",
};
/// Cannot stand in the file that it names.
pub(super) const CONFIG: Setting = Setting {
    name: "config",
    env: "MAITRED_CONFIG",
    default: Some("maitred.toml"),
    accepts: Accepts::Text("FILE"),
    help: "TOML file with these settings; the default need not exist",
};

/// In the order of `--help`.
pub(super) const ALL: [Setting; 32] = [
    LISTEN,
    DATABASE,
    DEFAULT_REGION,
    PLACEHOLDERS,
    WEBHOOK_ALLOW,
    LOG,
    LOG_FORMAT,
    QUEUE_MAX,
    WAL_MIB,
    IDEMPOTENCY_HOURS,
    RETENTION_DAYS,
    SHUTDOWN_DEADLINE_S,
    COMPAT,
    RATE_LIMIT,
    INSECURE_NO_AUTH,
    PUBLIC_URL,
    TELEGRAM_API,
    SMTP_URL,
    SMTP_FROM,
    OTLP_ENDPOINT,
    OTLP_PERCENT,
    CONNECTIONS_MAX,
    CLIENT_CONNECTIONS_MAX,
    IN_FLIGHT_MIB,
    HEAD_BYTES_MAX,
    HEAD_DEADLINE_S,
    BODY_DEADLINE_S,
    IDLE_DEADLINE_S,
    TLS_CERT,
    TLS_KEY,
    TRUSTED_PROXIES,
    CONFIG,
];
