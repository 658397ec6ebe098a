//! `maitred man`: the manual pages, one for each subcommand. Made from the command line itself, as `--help` is; needs
//! neither settings nor a database.

use super::output::give_as_it_is;
use super::{Cli, Ended};
use clap::CommandFactory;
use clap_mangen::Man as Page;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print the manual page, or write the pages of all subcommands
#[derive(clap::Args)]
pub(super) struct Man {
    /// An existing folder to write all pages to, such as /usr/local/share/man/man1
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Ended {
        match &self.out {
            Some(folder) => {
                let written = clap_mangen::generate_to(Cli::command(), folder);
                written.map_err(|error| format!("cannot write manual pages to {}: {error}", folder.display()))?;
            }
            None => {
                let mut page = Vec::new();
                Page::new(Cli::command()).render(&mut page)?;
                give_as_it_is(&String::from_utf8_lossy(&page))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_subcommand_has_a_page() {
        let folder = tempfile::tempdir().expect("a folder");
        Man { out: Some(folder.path().to_owned()) }.run().expect("the pages are written");
        let files = std::fs::read_dir(folder.path()).expect("a folder").map(|file| file.expect("a file").file_name());
        let files: BTreeSet<String> = files.map(|name| name.into_string().expect("Unicode")).collect();
        let mut pages = BTreeSet::new();
        expect_pages(&Cli::command(), "maitred", &mut pages);
        assert_eq!(files, pages);
        for name in &files {
            let page = std::fs::read_to_string(folder.path().join(name)).expect("a page");
            assert!(page.contains("\n.SH NAME\n") && page.contains("\n.SH SYNOPSIS\n"), "{name}: {page}");
        }
    }

    fn expect_pages(command: &clap::Command, name: &str, pages: &mut BTreeSet<String>) {
        pages.insert(format!("{name}.1"));
        for subcommand in command.get_subcommands() {
            expect_pages(subcommand, &format!("{name}-{}", subcommand.get_name()), pages);
        }
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let refused = Man { out: Some("/does/not/exist".into()) }.run().expect_err("there is no such folder");
        assert!(refused.to_string().contains("/does/not/exist"), "{refused}");
    }
}
