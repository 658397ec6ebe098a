//! The Debian package: what is in it, and that dpkg installs, upgrades, removes and purges it. See deploy/deb.

use crate::{done, files_below, has, is_installed, read, root, said, script};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_maitred");
/// How exposed `systemd-analyze security` may find the service, in tenths of its scale from 0 to 10; this may be
/// lowered, never raised. Most services of a Debian are at 96.
const EXPOSURE_MAX: u32 = 15;
/// What a package that was purged leaves in an empty root: what dpkg keeps for itself, and the user.
const KEPT: [&str; 3] = ["var/lib/dpkg/", "var/log/", "etc/"];

/// A package of the binary that is tested, in a folder of its own.
struct Package {
    path: PathBuf,
    _folder: TempDir,
}

impl Package {
    fn make() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = done(script("deb.sh").arg(PROGRAM).arg(folder.path()).env("DEB_COMPRESSION", "none"));
        Self { path: path.trim_end().into(), _folder: folder }
    }

    fn unpacked(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        done(Command::new("dpkg-deb").arg("--extract").arg(&self.path).arg(folder.path()));
        folder
    }

    fn field(&self, name: &str) -> String {
        done(Command::new("dpkg-deb").arg("--field").arg(&self.path).arg(name))
    }
}

/// One test, so that the package is made once for all of it.
#[test]
fn the_package_is_what_a_debian_expects() {
    if !has(&["dpkg-deb", "readelf"]) {
        return;
    }
    let package = Package::make();
    check_files(&package);
    check_owners_and_modes(&package);
    check_control(&package);
    check_made_again(&package);
}

fn check_files(package: &Package) {
    let folder = package.unpacked();
    let (pages, files): (Vec<_>, Vec<_>) =
        files_below(folder.path()).into_iter().partition(|path| path.starts_with("usr/share/man"));
    let files: Vec<_> = files.iter().map(|path| path.to_str().expect("Unicode")).collect();
    let expected = [
        "etc/maitred/maitred.toml",
        "usr/bin/maitred",
        "usr/lib/systemd/system/maitred.service",
        "usr/lib/sysusers.d/maitred.conf",
        "usr/lib/tmpfiles.d/maitred.conf",
        "usr/share/bash-completion/completions/maitred",
        "usr/share/doc/maitred/changelog.Debian.gz",
        "usr/share/doc/maitred/changelog.gz",
        "usr/share/doc/maitred/copyright",
        "usr/share/doc/maitred/third-party.txt.gz",
        "usr/share/fish/vendor_completions.d/maitred.fish",
        "usr/share/zsh/vendor-completions/_maitred",
    ];
    assert_eq!(files, expected);
    for page in ["maitred.1.gz", "maitred-serve.1.gz", "maitred-users-add.1.gz"] {
        assert!(pages.contains(&Path::new("usr/share/man/man1").join(page)), "no page {page}");
    }
    let version = done(Command::new(folder.path().join("usr/bin/maitred")).arg("--version"));
    assert_eq!(version, format!("maitred {}\n", env!("CARGO_PKG_VERSION")));
    done(Command::new("bash").arg("-n").arg(folder.path().join("usr/share/bash-completion/completions/maitred")));
}

/// All belongs to root, and only the settings are private.
fn check_owners_and_modes(package: &Package) {
    let listed = done(Command::new("dpkg-deb").arg("--contents").arg(&package.path));
    for line in listed.lines() {
        assert!(line.split_whitespace().nth(1) == Some("root/root"), "{line}");
        let expected = match line {
            _ if line.starts_with('d') => "drwxr-xr-x",
            _ if line.ends_with("/usr/bin/maitred") => "-rwxr-xr-x",
            _ if line.ends_with("/etc/maitred/maitred.toml") => "-rw-r-----",
            _ => "-rw-r--r--",
        };
        assert!(line.starts_with(expected), "{line}");
    }
}

fn check_control(package: &Package) {
    assert_eq!(package.field("Package"), "maitred\n");
    assert_eq!(package.field("Version"), format!("{}-1\n", env!("CARGO_PKG_VERSION").replacen('-', "~", 1)));
    assert_eq!(package.field("Architecture"), done(Command::new("dpkg").arg("--print-architecture")));
    // The binary of the tests is a dynamic one.
    assert!(package.field("Depends").starts_with("libc6 (>= 2."), "{}", package.field("Depends"));
    let conffiles = done(Command::new("dpkg-deb").arg("--info").arg(&package.path).arg("conffiles"));
    assert_eq!(conffiles, "/etc/maitred/maitred.toml\n");
}

/// The same binary gives the same package.
fn check_made_again(package: &Package) {
    let again = Package::make();
    assert_eq!(again.path.file_name(), package.path.file_name());
    done(Command::new("cmp").arg(&again.path).arg(&package.path));
}

#[test]
fn systemd_accepts_the_unit_and_its_sandbox() {
    if !has(&["systemd-analyze"]) {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let unit = folder.path().join("maitred.service");
    // The program is elsewhere than the unit says.
    std::fs::write(&unit, read("deploy/maitred.service").replace("/usr/bin/maitred", PROGRAM)).expect("it is written");
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output().expect("it runs");
    let complaints: Vec<_> =
        said(&verified).lines().filter(|line| line.contains("maitred")).map(str::to_owned).collect();
    assert!(verified.status.success() && complaints.is_empty(), "{}", said(&verified));

    let judged = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", &format!("--threshold={EXPOSURE_MAX}")])
        .arg(&unit)
        .output()
        .expect("it runs");
    assert!(judged.status.success(), "more exposed than {EXPOSURE_MAX}: {}", said(&judged));
}

#[test]
fn every_setting_of_the_packaged_file_is_understood() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = read("deploy/maitred.toml");
    let is_setting = |line: &str| line.strip_prefix('#').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let (examples, active): (Vec<_>, Vec<_>) = text
        .lines()
        .filter(|line| is_setting(line) || line.starts_with(char::is_alphabetic))
        .map(|line| line.trim_start_matches('#'))
        .partition(|line| !line.starts_with("database = \"sqlite:"));
    assert_eq!(active, ["database = \"sqlite:///var/lib/maitred/maitred.db\""]);
    assert!(examples.len() > 5, "{examples:?}");

    // The first of two that are given twice is the one of SQLite, which is replaced by the command line.
    let examples: Vec<_> = examples.into_iter().filter(|line| !line.starts_with("database")).collect();
    let file = folder.path().join("maitred.toml");
    std::fs::write(&file, examples.join("\n")).expect("it is written");
    let database = format!("sqlite://{}", folder.path().join("maitred.db").display());
    done(
        Command::new(PROGRAM)
            .current_dir(&folder)
            .env_clear()
            .args(["migrate", "--database", &database])
            .arg("--config")
            .arg(&file),
    );
}

/// A root that dpkg installs into, as it does when somebody makes an image of a system: maintainer scripts run outside
/// of it and get its path as DPKG_ROOT. Nothing of this machine changes.
struct Root {
    folder: TempDir,
}

impl Root {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc", "usr/sbin"] {
            std::fs::create_dir_all(folder.path().join(part)).expect("a folder");
        }
        std::fs::write(folder.path().join("var/lib/dpkg/status"), "").expect("an empty list of packages");
        Self { folder }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    #[track_caller]
    fn dpkg(&self, arguments: &[&str]) -> String {
        let mut command = match is_root() {
            true => Command::new("dpkg"),
            false => {
                // What fakeroot pretends has to last from one call to the next.
                let state = self.path("var/log/fakeroot");
                let mut command = Command::new("fakeroot");
                command.arg("-s").arg(&state).arg("-i").arg(&state).args(["--", "dpkg"]);
                std::fs::OpenOptions::new().append(true).create(true).open(&state).expect("a file");
                command
            }
        };
        let output = command
            .arg(format!("--root={}", self.folder.path().display()))
            .args(["--force-script-chrootless", "--force-not-root", "--force-depends", "--force-confold"])
            .args(arguments)
            .env("PATH", format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default()))
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .expect("dpkg starts");
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    fn install(&self, package: &Package) -> String {
        self.dpkg(&["--install", package.path.to_str().expect("Unicode")])
    }

    fn status(&self) -> String {
        std::fs::read_to_string(self.path("var/lib/dpkg/status")).expect("dpkg's list")
    }

    fn is_enabled(&self) -> bool {
        self.path("etc/systemd/system/multi-user.target.wants/maitred.service").is_symlink()
    }

    /// The id of the user or group, by the file that lists them.
    fn id(&self, list: &str) -> Option<u32> {
        let text = std::fs::read_to_string(self.path(list)).ok()?;
        text.lines().find(|line| line.starts_with("maitred:"))?.split(':').nth(2)?.parse().ok()
    }

    fn mode(&self, path: &str) -> u32 {
        std::fs::metadata(self.path(path)).expect("it is there").permissions().mode() & 0o7777
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|this| std::os::unix::fs::MetadataExt::uid(&this) == 0)
}

fn can_install() -> bool {
    let pretends: &[&str] = if is_root() { &[] } else { &["fakeroot"] };
    has(&["dpkg", "dpkg-deb", "readelf", "deb-systemd-helper", "systemd-sysusers", "systemd-tmpfiles"]) && has(pretends)
}

#[test]
fn dpkg_installs_upgrades_removes_and_purges_the_package() {
    if !can_install() {
        return;
    }
    let package = Package::make();
    let root = Root::new();
    let printed = root.install(&package);
    assert!(
        printed.contains("users add NAME --role admin") && printed.contains("systemctl start maitred"),
        "{printed}"
    );
    assert!(root.status().contains("Status: install ok installed"), "{}", root.status());
    assert!(root.is_enabled());
    assert_eq!((root.mode("etc/maitred/maitred.toml"), root.mode("var/lib/maitred")), (0o640, 0o700));
    assert_owned(&root);

    // Installed again: the same, and what the administrator did stays.
    std::fs::write(root.path("etc/maitred/maitred.toml"), "# changed\n").expect("it is written");
    std::fs::remove_file(root.path("etc/systemd/system/multi-user.target.wants/maitred.service")).expect("disabled");
    let user = root.id("etc/passwd");
    let printed = root.install(&package);
    assert!(!printed.contains("users add"), "instructions are for the first time: {printed}");
    assert_eq!(root.id("etc/passwd"), user);
    assert_eq!(std::fs::read_to_string(root.path("etc/maitred/maitred.toml")).expect("settings"), "# changed\n");
    assert_eq!((root.mode("etc/maitred/maitred.toml"), root.is_enabled()), (0o640, false));

    root.dpkg(&["--remove", "maitred"]);
    assert!(!root.path("usr/bin/maitred").exists() && !root.path("usr/lib/systemd/system/maitred.service").exists());
    assert!(root.path("etc/maitred/maitred.toml").exists() && root.path("var/lib/maitred").exists());

    root.dpkg(&["--purge", "maitred"]);
    assert!(!root.path("var/lib/maitred").exists() && !root.path("etc/maitred").exists());
    assert!(!root.status().contains("Package: maitred"), "{}", root.status());
    let files = files_below(root.folder.path());
    let left: Vec<_> = files.iter().filter(|path| !KEPT.iter().any(|kept| path.starts_with(kept))).collect();
    assert!(left.is_empty(), "{left:?}");
    let named: Vec<_> = files.iter().filter(|path| path.to_string_lossy().contains("maitred")).collect();
    assert!(named.is_empty(), "{named:?}");
    check_purge_with_contacts(&package);
}

/// As root for real, and else as far as one can tell: fakeroot only pretends.
fn assert_owned(root: &Root) {
    use std::os::unix::fs::MetadataExt;
    let (user, group) = (root.id("etc/passwd").expect("a user"), root.id("etc/group").expect("a group"));
    if !is_root() {
        return;
    }
    let data = std::fs::metadata(root.path("var/lib/maitred")).expect("the folder of the database");
    assert_eq!((data.uid(), data.gid()), (user, group));
    let settings = std::fs::metadata(root.path("etc/maitred/maitred.toml")).expect("the settings");
    assert_eq!((settings.uid(), settings.gid()), (0, group));
}

/// A database that a purge meets stays, and is found again.
fn check_purge_with_contacts(package: &Package) {
    let root = Root::new();
    root.install(package);
    let database = root.path("var/lib/maitred/maitred.db");
    let url = format!("sqlite://{}", database.display());
    let settings = root.path("etc/maitred/maitred.toml");
    let mut migrate = Command::new(root.path("usr/bin/maitred"));
    done(
        migrate
            .env_clear()
            .current_dir(&root.folder)
            .args(["migrate", "--database", &url])
            .arg("--config")
            .arg(settings),
    );

    let printed = root.dpkg(&["--purge", "maitred"]);
    assert!(printed.contains("contacts are left in"), "{printed}");
    assert!(database.exists() && !root.path("etc/maitred").exists());
    root.install(package);
    assert!(database.exists());
}

#[test]
fn scripts_of_the_package_are_plain_shell() {
    for name in ["postinst", "prerm", "postrm"] {
        let path = root().join("deploy/deb").join(name);
        done(Command::new("sh").arg("-n").arg(&path));
        if is_installed("shellcheck") {
            done(Command::new("shellcheck").arg(&path));
        }
    }
}
