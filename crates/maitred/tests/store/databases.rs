//! A new database and a runtime, for tests of what is kept beside the contacts.

/// Runs a test that waits for something.
pub(crate) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

/// Runs a test with the URL of a file that is not there yet.
pub(crate) fn on_sqlite(test: impl FnOnce(&str)) {
    let folder = tempfile::tempdir().expect("a folder");
    test(&format!("sqlite://{}", folder.path().join("shop.db").display()));
}
