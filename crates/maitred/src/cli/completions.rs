//! `maitred completions`: scripts that let a shell complete subcommands and flags. Made from the command line itself,
//! so they cannot fall behind it; needs neither settings nor a database.

use super::output::give_as_it_is;
use super::{Cli, Ended};
use clap::CommandFactory;
use clap_complete::Shell;
use std::process::ExitCode;

/// Print the script by which a shell completes commands and options
///
/// The packages bring them along. By hand, for bash: maitred completions bash >
/// ~/.local/share/bash-completion/completions/maitred
#[derive(clap::Args)]
pub(super) struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Ended {
        give_as_it_is(&script(self.shell))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "maitred", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn every_shell_completes_every_subcommand() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for subcommand in Cli::command().get_subcommands() {
                let name = subcommand.get_name();
                assert!(script.contains(name), "{shell} does not complete {name}");
            }
        }
    }

    #[test]
    fn bash_can_read_its_completions() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("maitred");
        std::fs::write(&file, script(Shell::Bash)).expect("it is written");
        let read = std::process::Command::new("bash").arg("-n").arg(&file).output().expect("bash starts");
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    }
}
