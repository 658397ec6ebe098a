//! Lists the migrations of both engines, so that a file in their folders is all that a new one takes. refinery has a
//! macro for it; but a macro runs in the compiler, for which refinery and what it needs would be compiled again.

use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let (from, to) = (env::var("CARGO_MANIFEST_DIR"), env::var("OUT_DIR"));
    let (from, to) = (from.expect("set by cargo"), to.expect("set by cargo"));
    for engine in ["sqlite", "postgres"] {
        let folder = Path::new(&from).join("src").join(engine).join("migrations");
        println!("cargo::rerun-if-changed={}", folder.display());
        fs::write(Path::new(&to).join(format!("{engine}.rs")), list(&folder)?)?;
    }
    Ok(())
}

/// The names of the files and what is in them, as Rust.
fn list(folder: &Path) -> io::Result<String> {
    let files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
    let mut files = files.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "sql"));
    files.sort_unstable();
    let rows =
        files.iter().map(|file| format!("({:?}, include_str!({file:?})),\n", file.file_stem().unwrap_or_default()));
    Ok(format!("&[{}]", rows.collect::<String>()))
}
