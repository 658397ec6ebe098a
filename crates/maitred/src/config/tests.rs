//! Which place wins, and what every error says.

use super::*;
use clap::{CommandFactory, Parser};
use maitred_web::edge::Limits;
use maitred_web::edge::tls::TlsFiles;
use rstest::rstest;
use std::fs;
use tempfile::TempDir;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Option<Sub>,
}

#[derive(clap::Subcommand)]
enum Sub {
    Serve,
}

/// A working folder, an environment and a command line, none of them this process's own.
struct Case {
    folder: TempDir,
    environment: Vec<(&'static str, &'static str)>,
    arguments: Vec<&'static str>,
}

fn case() -> Case {
    Case { folder: TempDir::new().expect("a folder for the test"), environment: vec![], arguments: vec![] }
}

impl Case {
    fn file(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(name), text).expect("the folder is writable");
        self
    }

    fn toml(self, text: &str) -> Self {
        self.file("maitred.toml", text)
    }

    fn dotenv(self, text: &str) -> Self {
        self.file(".env", text)
    }

    fn env(mut self, name: &'static str, value: &'static str) -> Self {
        self.environment.push((name, value));
        self
    }

    fn args(mut self, arguments: &[&'static str]) -> Self {
        self.arguments.extend(arguments);
        self
    }

    fn load(&self) -> Result<Settings, ConfigError> {
        let arguments = std::iter::once("maitred").chain(self.arguments.iter().copied());
        let cli = Cli::try_parse_from(arguments).expect("clap knows these flags");
        let lookup = |name: &str| self.environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        cli.options.load_from(self.folder.path(), &lookup)
    }

    fn settings(&self) -> Settings {
        self.load().expect("all is well")
    }

    /// The error text, with the folder left out.
    fn error(&self) -> String {
        let folder = format!("{}/", self.folder.path().display());
        self.load().expect_err("something is wrong").to_string().replace(&folder, "")
    }
}

#[test]
fn with_nothing_given_the_defaults_hold() {
    let settings = case().settings();
    assert_eq!(settings, Settings::default());
    assert_eq!(settings.listen.to_string(), "127.0.0.1:8000");
    assert_eq!(settings.database.to_string(), "sqlite://maitred.db");
}

#[test]
fn a_flag_wins_over_the_environment_over_dotenv_over_the_file() {
    let mut case = case().toml("log = 'a=info'");
    assert_eq!(case.settings().log, "a=info");
    case = case.dotenv("MAITRED_LOG=b=info");
    assert_eq!(case.settings().log, "b=info");
    case = case.env("MAITRED_LOG", "c=info");
    assert_eq!(case.settings().log, "c=info");
    case = case.args(&["--log", "d=info"]);
    assert_eq!(case.settings().log, "d=info");
}

#[test]
fn every_setting_can_be_given_in_every_place() {
    let expected = another_of_every_setting();
    let own = [
        "0.0.0.0:80",
        "sqlite:///data/m.db",
        "ru",
        "Test@firma.example,*@form.example",
        "10.1.0.0/16,127.0.0.1",
        "debug",
        "json",
        "5",
        "8",
        "24",
        "400",
        "6",
        "appeals,inquiries",
        "70",
        "true",
        "https://leads.example.com/x/",
        "http://127.0.0.1:9",
        "smtps://anna:hush@mail.example.com",
        "maitred@example.com",
        "http://127.0.0.1:4318/",
        "7",
    ];
    let edge = ["100", "7", "9", "9000", "2", "3", "4", "chain.pem", "/etc/key.pem", "127.0.0.1,10.0.0.0/8"];
    let values = own.into_iter().chain(edge);
    let mut by_flag = case();
    let mut by_env = case();
    let (mut dotenv, mut toml) = (String::new(), String::new());
    for (setting, value) in file_settings().zip(values) {
        let flag: &'static str = Place::Flags.describe(setting, None).leak();
        // A switch has no value of its own.
        by_flag = by_flag.args(&[flag]);
        by_flag = by_flag.args(if value == "true" { &[] } else { std::slice::from_ref(&value) });
        by_env = by_env.env(setting.env, value);
        dotenv += &format!("{}={value}\n", setting.env);
        toml += &format!("{} = \"{value}\"\n", setting.name);
    }
    assert_eq!(by_flag.settings(), expected);
    assert_eq!(by_env.settings(), expected);
    assert_eq!(case().dotenv(&dotenv).settings(), expected);
    let by_file = case().toml(&toml);
    assert_eq!(by_file.settings(), Settings { file: Some(by_file.folder.path().join("maitred.toml")), ..expected });
}

/// No setting of it is as it is by default.
fn another_of_every_setting() -> Settings {
    Settings {
        listen: "0.0.0.0:80".parse().expect("an address"),
        database: DatabaseUrl::Sqlite("/data/m.db".into()),
        default_region: Some("RU".parse().expect("a region")),
        placeholders: Placeholders::read("test@firma.example,*@form.example").expect("a list"),
        webhook_allow: "10.1.0.0/16,127.0.0.1".parse().expect("networks"),
        log: "debug".to_owned(),
        log_format: LogFormat::Json,
        queue_max: 5,
        wal_mib: 8,
        idempotency_hours: 24,
        retention_days: Some(400),
        shutdown_deadline_s: 6,
        compat: vec![Dialect::Inquiries, Dialect::Appeals],
        rate_limit: 70,
        insecure_no_auth: true,
        public_url: Some("https://leads.example.com/x".into()),
        telegram_api: "http://127.0.0.1:9".into(),
        smtp_url: Some(SmtpUrl::parse("smtps://anna:hush@mail.example.com").expect("a URL")),
        smtp_from: Some(Sender::parse("maitred@example.com").expect("an address")),
        traces: TraceSettings { endpoint: Some("http://127.0.0.1:4318".into()), percent: 7 },
        edge: EdgeSettings {
            connections_max: 100,
            client_connections_max: 7,
            in_flight_mib: 9,
            head_bytes_max: 9_000,
            head_deadline_s: 2,
            body_deadline_s: 3,
            idle_deadline_s: 4,
            tls: Some(TlsFiles { certificate: "chain.pem".into(), key: "/etc/key.pem".into() }),
            trusted_proxies: "127.0.0.1,10.0.0.0/8".parse().expect("networks"),
        },
        file: None,
    }
}

#[test]
fn flags_may_follow_the_command() {
    let case = case().args(&["serve", "--listen", "[::1]:9000"]);
    assert_eq!(case.settings().listen.to_string(), "[::1]:9000");
}

#[test]
fn the_help_describes_every_setting_in_the_order_of_the_table() {
    let command = Cli::command();
    let known: Vec<_> = settings().iter().map(|setting| (setting.name.to_owned(), setting.help())).collect();
    let shown: Vec<_> = command
        .get_arguments()
        .filter_map(|argument| Some((argument.get_id().to_string(), argument.get_help()?.to_string())))
        .collect();
    assert_eq!(shown, known);
    for setting in settings() {
        let help = setting.help();
        assert!(help.contains(&format!("[env: {}]", setting.env)), "{help}");
        assert_eq!(help.contains("[default: "), setting.default.is_some(), "{help}");
    }
}

#[test]
fn numbers_in_the_file_need_no_quotes() {
    assert_eq!(case().toml("queue_max = 1_000").settings().queue_max, 1_000);
}

#[test]
fn the_dialects_in_the_file_may_be_a_list() {
    let compat = |text: &str| case().toml(text).settings().compat;
    assert_eq!(compat(""), Dialect::MOUNTED);
    assert_eq!(compat("compat = ['inquiries']"), [Dialect::Inquiries]);
    assert_eq!(compat("compat = []"), []);
    assert_eq!(case().args(&["--compat", "none"]).settings().compat, []);
    assert_eq!(case().args(&["--compat", "appeals, appeals"]).settings().compat, [Dialect::Appeals]);
}

#[test]
fn proxies_in_the_file_may_be_a_list() {
    let trusted = |text: &str| case().toml(text).settings().edge.trusted_proxies;
    assert_eq!(trusted("trusted_proxies = ['127.0.0.1', '10.0.0.0/8']").to_string(), "127.0.0.1/32,10.0.0.0/8");
    assert_eq!(trusted("trusted_proxies = []").to_string(), "none");
}

#[test]
fn a_certificate_needs_its_key() {
    assert_eq!(
        case().args(&["--tls-cert", "chain.pem"]).error(),
        "--tls-cert: needs tls_key as well; TLS is spoken with a certificate and its key, or not at all"
    );
    assert_eq!(
        case().toml("tls_key = 'key.pem'").error(),
        "tls_key in maitred.toml, line 1: needs tls_cert as well; TLS is spoken with a certificate and its key, or not \
         at all"
    );
}

#[test]
fn the_limits_of_a_server_are_those_of_the_settings() {
    assert_eq!(EdgeSettings::default().limits(), Limits::default());
}

#[test]
fn a_dialect_that_is_none_is_named() {
    assert_eq!(
        case().toml("compat = ['tickets']").error(),
        "compat in maitred.toml, line 1: names \"tickets\", which is not a dialect; write some of interactions, \
         inquiries, appeals, or all, or none"
    );
    assert_eq!(
        case().args(&["--compat", "inquiries,contacts"]).error(),
        "--compat: names contacts, which is always there, under /api/v1; leave it out"
    );
    assert_eq!(
        case().toml("compat = [1]").error(),
        "maitred.toml, line 1: compat is a list of something else than names in quotes"
    );
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let case = case().toml("queue_max = 7").dotenv("MAITRED_QUEUE_MAX=").env("MAITRED_QUEUE_MAX", "");
    assert_eq!(case.settings().queue_max, 7);
}

#[test]
fn dotenv_may_have_a_mark_comments_quotes_exports_and_other_names() {
    let case = case().dotenv("\u{feff}# here\nexport MAITRED_LOG='warn,a=info' # there\nMAITRED_LOG=debug\nOTHER=1\n");
    assert_eq!(case.settings().log, "warn,a=info");
}

#[test]
fn a_variable_of_dotenv_is_found_by_its_line() {
    let error = case().dotenv("A=1\nexport MAITRED_LOG = a=loud\n").error();
    assert_eq!(
        error,
        "MAITRED_LOG in .env, line 2: \"a=loud\" is not a log filter (error parsing level filter: expected one of \
         \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\", or a number 0-5); write one such as info or \
         warn,maitred=debug"
    );
}

#[rstest]
#[case(case().args(&["--config", "shop.toml"]))]
#[case(case().env("MAITRED_CONFIG", "shop.toml"))]
#[case(case().dotenv("MAITRED_CONFIG=shop.toml"))]
fn another_file_can_be_named(#[case] case: Case) {
    let case = case.file("shop.toml", "queue_max = 3").toml("queue_max = 4");
    assert_eq!(case.settings().queue_max, 3);
}

#[test]
fn a_named_file_must_be_there() {
    let error = case().args(&["--config", "shop.toml"]).error();
    assert_eq!(
        error,
        "--config: cannot read shop.toml: No such file or directory (os error 2); give the path of a TOML file"
    );
}

#[test]
fn an_unknown_key_in_the_file_is_refused_with_the_known_ones() {
    let error = case().toml("queue_max = 4\n\nlsten = '127.0.0.1:80'\n").error();
    assert_eq!(
        error,
        "maitred.toml, line 3: \"lsten\" is not a setting; the settings are listen, database, default_region, \
         placeholders, webhook_allow, log, log_format, queue_max, wal_mib, idempotency_hours, retention_days, \
         shutdown_deadline_s, compat, rate_limit, insecure_no_auth, public_url, telegram_api, smtp_url, smtp_from, \
         otlp_endpoint, otlp_percent, connections_max, client_connections_max, in_flight_mib, head_bytes_max, \
         head_deadline_s, body_deadline_s, idle_deadline_s, tls_cert, tls_key, trusted_proxies"
    );
}

#[test]
fn broken_toml_is_refused_with_its_line() {
    let error = case().toml("queue_max = 4\nlog = info\n").error();
    assert!(error.starts_with("maitred.toml, line 2: "), "{error}");
}

#[test]
fn a_value_of_the_wrong_toml_type_is_refused() {
    let error = case().toml("log = true").error();
    insta::assert_snapshot!(error, @"maitred.toml, line 1: log is a TOML boolean; write its value in quotes");
    assert!(case().toml("insecure_no_auth = true").settings().insecure_no_auth);
    let error = case().toml("insecure_no_auth = 1").error();
    insta::assert_snapshot!(error, @r#"insecure_no_auth in maitred.toml, line 1: "1" is neither true nor false"#);
}

#[test]
fn a_broken_dotenv_line_is_named_and_not_shown() {
    let error = case().dotenv("MAITRED_LOG=info\nDATABASE_URL postgres://u:secret@host\n").error();
    insta::assert_snapshot!(error, @".env, line 2: is not NAME=value; put values with spaces in quotes");
}

#[test]
fn each_error_names_its_place_and_all_come_at_once() {
    let case = case()
        .args(&["--listen", "localhost:8000", "--log-format", "xml"])
        .env("MAITRED_DEFAULT_REGION", "RUS")
        .dotenv("A=1\nMAITRED_QUEUE_MAX=many\n")
        .toml("shutdown_deadline_s = 0");
    let errors = [
        "--listen: \"localhost:8000\" is not an IP address and a port; write one such as 127.0.0.1:8000, or \
         0.0.0.0:8000 to be reached from other machines",
        "MAITRED_DEFAULT_REGION in the environment: \"RUS\" is not a two-letter region such as RU or DE",
        "--log-format: \"xml\" is not a log format; write text or json",
        "MAITRED_QUEUE_MAX in .env, line 2: \"many\" is not a whole number from 1 to 1000000",
        "shutdown_deadline_s in maitred.toml, line 1: \"0\" is not a whole number from 1 to 600",
    ];
    assert_eq!(case.error().lines().collect::<Vec<_>>(), errors);
}
