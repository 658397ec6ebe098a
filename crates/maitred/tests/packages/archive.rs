//! The archives of a release, and that `cargo binstall` looks for what they are called.

use crate::{done, files_below, read, script};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

const PROGRAM: &str = env!("CARGO_BIN_EXE_maitred");
/// That of the binary, whose dependencies are there already.
static TARGET: LazyLock<String> = LazyLock::new(|| format!("{}-unknown-linux-gnu", std::env::consts::ARCH));

/// What cargo-binstall makes of a template.
fn filled_in(template: &str) -> String {
    let values = [
        ("repo", "https://example.com/maitred"),
        ("version", env!("CARGO_PKG_VERSION")),
        ("name", "maitred"),
        ("bin", "maitred"),
        ("target", TARGET.as_str()),
        ("binary-ext", ""),
    ];
    let filled =
        values.iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{ {name} }}"), value));
    assert!(!filled.contains('{'), "{filled}");
    filled
}

/// Does what the program does, and is packed in no time: that of the tests has 100 MB. A shell writes it, because a
/// file that this process wrote could be "busy" when it is started: other tests start programs meanwhile.
fn small_program(folder: &Path) -> PathBuf {
    let path = folder.join("program");
    let write = format!("printf '#!/bin/sh\\nexec \"{PROGRAM}\" \"$@\"\\n' >\"$0\" && chmod 755 \"$0\"");
    done(Command::new("sh").arg("-c").arg(write).arg(&path));
    path
}

#[test]
fn binstall_finds_the_program_in_the_archive() {
    let manifest: toml::Table = read("crates/maitred/Cargo.toml").parse().expect("TOML");
    let binstall = &manifest["package"]["metadata"]["binstall"];
    let value = |name: &str| filled_in(binstall[name].as_str().expect("a text"));

    let folder = tempfile::tempdir().expect("a folder");
    let program = small_program(folder.path());
    let made = done(script("archive.sh").arg(&program).arg(TARGET.as_str()).arg(folder.path()));
    let made = Path::new(made.trim_end());
    let name = made.file_name().expect("a file").to_str().expect("Unicode");
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(value("pkg-url"), format!("https://example.com/maitred/releases/download/v{version}/{name}"));

    let unpacked = folder.path().join("unpacked");
    std::fs::create_dir(&unpacked).expect("a folder");
    done(Command::new("tar").arg("-xzf").arg(made).arg("-C").arg(&unpacked));
    let program = unpacked.join(value("bin-dir"));
    assert_eq!(done(Command::new(&program).arg("--version")), format!("maitred {version}\n"));

    let inside = program.parent().expect("a folder");
    let files = files_below(inside);
    let completions = ["maitred.bash", "_maitred", "maitred.fish", "maitred.elv", "_maitred.ps1"];
    let completions = completions.map(|name| format!("completions/{name}"));
    let texts = ["LICENSE", "THIRD-PARTY.txt", "README.md", "README.ru.md", "CHANGELOG.md"];
    let others = ["man/maitred.1", "man/maitred-users-add.1"].into_iter().chain(texts);
    for file in completions.iter().map(String::as_str).chain(others) {
        assert!(files.iter().any(|path| path == Path::new(file)), "{file} is not in {files:?}");
    }
    let third_party = std::fs::read_to_string(inside.join("THIRD-PARTY.txt")).expect("licences");
    for name in ["axum v", "libsqlite3-sys v", "ring v", "tokio v"] {
        assert!(third_party.contains(name), "the licence of {name} is missing");
    }
}
