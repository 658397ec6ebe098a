//! `maitred users`: who may log in. Works beside a running server, which learns of it within a second, and before the
//! first start as well. Passwords are typed without being shown, or come by stdin: arguments are read by everybody on
//! the machine, and kept by the shell.

use super::Ended;
use super::output::{give, give_json, table};
use crate::cli::terminal::say;
use crate::config::Settings;
use clap::Subcommand;
use maitred_app::auth::{Access, Password};
use maitred_core::limits::Invalid;
use maitred_core::{Actor, OperatorId, Timestamp, UserId};
use maitred_store::accounts::{Grant, NewUser, Role, User, folded, grant_of_a_person, user_name};
use maitred_store::clock::{self, Rfc3339};
use maitred_store::{KeyStore, Store};
use serde::Serialize;
use std::error::Error;
use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// The most bytes that are read from stdin for a password.
const STDIN_BYTES_MAX: u64 = 4_096;

/// Manage users who may log in: add, list, disable, set passwords, end sessions
#[derive(clap::Args)]
pub(super) struct Users {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Add a user; once there is a user, every call needs a login or a key
    Add(Add),
    /// List all users, including disabled ones
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Disable a user and end their sessions
    Disable {
        /// The username
        name: String,
    },
    /// Enable a disabled user
    Enable {
        /// The username
        name: String,
    },
    /// Set a user's password and end their sessions
    Password {
        /// The username
        name: String,
        /// Read the password from the first line of stdin
        #[arg(long)]
        password_stdin: bool,
    },
    /// End all sessions of a user
    Logout {
        /// The username
        name: String,
    },
}

#[derive(clap::Args)]
struct Add {
    /// The username for logging in; not case-sensitive, visible to others
    #[arg(value_parser = name)]
    name: Arc<str>,
    /// operator (only their own contacts), supervisor (everything except users and keys) or admin (everything)
    #[arg(long, value_parser = Role::parse)]
    role: Role,
    /// The id of the operator, for the role operator
    #[arg(long, value_name = "ID")]
    operator: Option<i64>,
    /// Read the password from the first line of stdin
    #[arg(long)]
    password_stdin: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A user as JSON.
#[derive(Serialize)]
struct Shown {
    id: UserId,
    name: Arc<str>,
    role: &'static str,
    operator_id: Option<OperatorId>,
    created_at: Rfc3339,
    created_by: String,
    disabled_at: Option<Rfc3339>,
    disabled_by: Option<String>,
    last_login_at: Option<Rfc3339>,
}

impl From<&User> for Shown {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            name: user.name.clone(),
            role: user.grant.role().as_str(),
            operator_id: user.grant.operator(),
            created_at: Rfc3339(user.created_at),
            created_by: user.created_by.to_string(),
            disabled_at: user.disabled_at.map(Rfc3339),
            disabled_by: user.disabled_by.map(|actor| actor.to_string()),
            last_login_at: user.last_login_at.map(Rfc3339),
        }
    }
}

impl Users {
    pub(super) fn run(self, settings: &Settings) -> Ended {
        super::runtime()?.block_on(async {
            let access = Access::open(KeyStore::open(&settings.database).await?).await?;
            match self.task {
                Task::Add(add) => add.run(settings, &access).await,
                Task::List { json } => list(&access, json),
                Task::Disable { name } => {
                    let user = named(&access, &name)?;
                    access.disable(user.id, Actor::Cli).await?;
                    done(&user, "is disabled; all sessions end within a second")
                }
                Task::Enable { name } => {
                    let user = named(&access, &name)?;
                    access.enable(user.id, Actor::Cli).await?;
                    done(&user, "may log in again")
                }
                Task::Password { name, password_stdin } => {
                    let user = named(&access, &name)?;
                    let password = password(&user.name, password_stdin)?;
                    access.set_password(user.id, &password, Actor::Cli).await?;
                    done(&user, "has a new password; all sessions end within a second")
                }
                Task::Logout { name } => {
                    let user = named(&access, &name)?;
                    access.log_out_everywhere(user.id, Actor::Cli).await?;
                    done(&user, "is logged out; all sessions end within a second")
                }
            }
        })
    }
}

impl Add {
    async fn run(self, settings: &Settings, access: &Access) -> Ended {
        let grant = Grant::new(self.role, None, self.operator.map(OperatorId)).map_err(|(field, invalid)| {
            let flag = field.trim_end_matches("_id");
            format!("--{flag} {invalid}")
        })?;
        let grant = grant_of_a_person(grant).map_err(|invalid| format!("--role {invalid}"))?;
        if let Some(id) = grant.operator()
            && Store::open(&settings.database)?.operator(id).await?.is_none()
        {
            return Err(format!("there is no operator {id}; give one that exists with --operator").into());
        }
        let password = password(&self.name, self.password_stdin)?;
        let is_first = !access.is_guarded();
        let user = access.add_user(NewUser { name: self.name, grant }, &password, Actor::Cli).await?;
        if self.json {
            give_json(&Shown::from(&user))?;
        }
        say!("{} may log in as {}.", user.name, user.grant.role().as_str());
        if is_first {
            say!("From now on every call needs a login or a key, also on loopback.");
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn done(user: &User, what: &str) -> Ended {
    say!("{} {what}.", user.name);
    Ok(ExitCode::SUCCESS)
}

fn named(access: &Access, name: &str) -> Result<Arc<User>> {
    let folded_name = folded(name);
    let found = access.users().into_iter().find(|user| folded(&user.name) == folded_name);
    found.ok_or_else(|| format!("there is no user {name}; `maitred users list` shows all").into())
}

/// The new password of the user with this name.
fn password(name: &str, from_stdin: bool) -> Result<Password> {
    let typed = match from_stdin {
        true => first_line(io::stdin().lock())?,
        false if io::stdin().is_terminal() => typed_twice()?,
        false => return Err("there is no terminal for typing a password; use --password-stdin".into()),
    };
    Password::new(&typed, name).map_err(|invalid| format!("the password {invalid}").into())
}

fn typed_twice() -> Result<String> {
    let typed = rpassword::prompt_password("Password: ")?;
    match rpassword::prompt_password("Repeat the password: ")? == typed {
        true => Ok(typed),
        false => Err("the two passwords differ; nothing was changed".into()),
    }
}

fn first_line(input: impl Read) -> Result<String> {
    let mut text = String::new();
    input.take(STDIN_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text.lines().next().unwrap_or_default().to_owned())
}

fn list(access: &Access, json: bool) -> Ended {
    let users = access.users();
    if json {
        give_json(&users.iter().map(|user| Shown::from(&**user)).collect::<Vec<_>>())?;
    } else if users.is_empty() {
        give("There are no users yet. Add one with `maitred users add NAME --role admin`.\n")?;
    } else {
        give(&laid_out(&users))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn laid_out(users: &[Arc<User>]) -> String {
    let mut table = table(&[">id", "name", "role", "added by", "last login", "status"]);
    let time = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), clock::rfc3339);
    for user in users {
        let bound_to = user.grant.operator().map_or_else(String::new, |id| format!(" {id}"));
        table.add_row([
            user.id.to_string(),
            user.name.to_string(),
            format!("{}{bound_to}", user.grant.role().as_str()),
            user.created_by.to_string(),
            time(user.last_login_at),
            user.disabled_at.map_or_else(|| "enabled".to_owned(), |at| format!("disabled at {}", clock::rfc3339(at))),
        ]);
    }
    format!("{table}\n")
}

fn name(text: &str) -> std::result::Result<Arc<str>, Invalid> {
    user_name(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_first_line_without_its_end() {
        for (given, read) in
            [("four little words\n", "four little words"), ("a b\r\nc", "a b"), ("", ""), (" x ", " x ")]
        {
            assert_eq!(first_line(given.as_bytes()).unwrap(), read);
        }
    }

    #[test]
    fn a_user_is_a_line_that_says_what_they_may_do() {
        let user = User {
            id: UserId(3),
            name: "Maria".into(),
            grant: Grant::Operator(OperatorId(7)),
            created_at: Timestamp(0),
            created_by: Actor::Cli,
            disabled_at: Some(Timestamp(1_000_000)),
            disabled_by: Some(Actor::Cli),
            last_login_at: None,
        };
        let line = laid_out(&[Arc::new(user)]);
        for part in ["Maria", "operator 7", "cli", "never", "disabled at 1970-01-01T00:00:01Z"] {
            assert!(line.contains(part), "{line}");
        }
    }
}
