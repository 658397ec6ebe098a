//! The workflow that makes a release cannot be run here. What it shares with scripts, settings and pages can be
//! compared.

use crate::{done, read, root, said, script};
use std::collections::BTreeSet;
use std::process::Command;

/// What stands behind a key of the workflow, wherever that is.
fn values(workflow: &str, key: &str) -> BTreeSet<String> {
    let key = format!("{key}: ");
    let values = workflow.lines().filter_map(|line| line.trim_start_matches([' ', '-']).strip_prefix(&key));
    values.map(str::to_owned).collect()
}

#[test]
fn every_target_that_is_released_is_checked_and_documented() {
    let targets = values(&read(".github/workflows/release.yml"), "target");
    assert_eq!(targets.len(), 4, "{targets:?}");
    let (licences, page) = (read("deny.toml"), read("docs/installing.md"));
    for target in &targets {
        assert!(licences.contains(&format!("\"{target}\"")), "deny.toml does not look at {target}");
        assert!(page.contains(&format!("`{target}`")), "docs/installing.md does not name {target}");
    }
}

#[test]
fn workflows_name_scripts_that_are_there() {
    for workflow in [".github/workflows/ci.yml", ".github/workflows/release.yml"] {
        let text = read(workflow);
        let words = text.split_whitespace().map(|word| word.trim_end_matches([',', '.', '"', ')']));
        let scripts: Vec<_> = words.filter(|word| word.starts_with("scripts/") || word.starts_with(".ci/")).collect();
        assert!(!scripts.is_empty());
        let missing: Vec<_> = scripts.into_iter().filter(|path| !root().join(path).is_file()).collect();
        assert!(missing.is_empty(), "{workflow} names {missing:?}");
    }
}

#[test]
fn a_tag_has_to_be_the_version_and_in_the_changelog() {
    let folder = tempfile::tempdir().expect("a folder");
    let changelog = folder.path().join("CHANGELOG.md");
    let version = env!("CARGO_PKG_VERSION");
    let text = format!("# Changelog\n\n## [{version}] - 2026-12-01\n\n### Added\n\n- Notes.\n\n## [0.0.1]\n\n- Old.\n");
    std::fs::write(&changelog, text).expect("it is written");
    let notes = |tag: &str, changelog: &std::path::Path| -> Command {
        let mut command = script("release-notes.sh");
        command.arg(tag).arg(changelog);
        command
    };
    assert_eq!(done(&mut notes(&format!("v{version}"), &changelog)).trim(), "### Added\n\n- Notes.");
    let refused = |tag: &str| {
        let output = notes(tag, &root().join("LICENSE")).output().expect("it runs");
        assert!(!output.status.success());
        said(&output)
    };
    assert!(refused("v999.0.0").contains("the tag is v999.0.0"));
    assert!(refused(&format!("v{version}")).contains("has no section"));
}

#[test]
fn the_container_gets_what_is_released() {
    let (dockerfile, manifest) = (read("Dockerfile"), read("Cargo.toml"));
    assert!(manifest.contains("[profile.dist]"));
    assert!(dockerfile.contains("--profile dist") && dockerfile.contains("target/dist/maitred"));
    for line in ["USER maitred", "VOLUME /data", "HEALTHCHECK "] {
        assert!(dockerfile.contains(line), "the Dockerfile has no {line}");
    }
}
