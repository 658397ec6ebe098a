//! What a node knows of regions is never behind what its callers have been answered.

use super::*;
use crate::batcher::{ANSWERS_KEPT, Batcher, Options, Running};
use crate::permission::Requester;
use maitred_core::command::{NewSource, SourceEdit};
use maitred_core::{Command, Outcome};
use maitred_store::Engine;
use maitred_store::url::DatabaseUrl;

struct Node {
    regions: Arc<Regions>,
    batcher: Batcher,
    running: Option<Running>,
    store: Store,
    _folder: tempfile::TempDir,
}

impl Node {
    fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = DatabaseUrl::Sqlite(folder.path().join("maitred.db"));
        let engine = Engine::open(&url).expect("a new file");
        let regions = Arc::new(Regions::new(region("RU")));
        let listeners: Vec<Box<dyn CommitListener>> = vec![Box::new(regions.clone())];
        let options = Options { queue_max: 10, answers_kept: ANSWERS_KEPT, listeners };
        let (batcher, running) = Batcher::start_with(engine, options).expect("it starts");
        let store = Store::open(&url).expect("readable");
        Self { regions, batcher, running: Some(running), store, _folder: folder }
    }

    async fn run(&self, command: Command) -> SourceId {
        match self.batcher.execute(Requester::SYSTEM, command).await.expect("it is carried out") {
            Outcome::Source(source) => source.id,
            other => panic!("{other:?}"),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let running = self.running.take().expect("still running");
        std::thread::spawn(|| running.stop()).join().expect("no panic").expect("a clean stop");
    }
}

fn region(text: &str) -> Option<Region> {
    Region::try_from(text).ok()
}

fn source_in(default_region: Option<&str>) -> Command {
    let default_region = default_region.map(Into::into);
    Command::CreateSource(NewSource { default_region, ..NewSource::named("Bot") })
}

fn moved_to(source: SourceId, default_region: Option<&str>) -> Command {
    let default_region = Some(default_region.map(Into::into));
    Command::EditSource(source, SourceEdit { default_region, ..SourceEdit::default() })
}

#[tokio::test]
async fn a_change_is_known_when_it_is_answered() {
    let node = Node::start();
    let source = node.run(source_in(Some("KZ"))).await;
    assert_eq!(node.regions.known(source), Some(region("KZ").into()));
    node.run(moved_to(source, Some("DE"))).await;
    assert_eq!(node.regions.known(source), Some(region("DE").into()));
    node.run(moved_to(source, None)).await;
    assert_eq!(node.regions.of(source, &node.store).await.expect("readable"), region("RU").into(), "the deployment's");
}

#[tokio::test]
async fn what_was_forgotten_is_read_again() {
    let node = Node::start();
    let source = node.run(source_in(Some("KZ"))).await;
    node.regions.forget();
    assert_eq!(node.regions.known(source), None);
    assert_eq!(node.regions.of(source, &node.store).await.expect("readable"), region("KZ").into());
    assert_eq!(node.regions.known(source), Some(region("KZ").into()));
}

#[tokio::test]
async fn what_was_read_before_a_change_is_not_remembered_after_it() {
    let node = Node::start();
    let source = node.run(source_in(Some("KZ"))).await;
    let version = node.regions.version();
    let old = node.store.source(source).await.expect("readable").expect("it is there");
    node.run(moved_to(source, Some("DE"))).await;
    node.regions.remember(version, std::slice::from_ref(&old));
    assert_eq!(node.regions.known(source), Some(region("DE").into()));
    let version = node.regions.version();
    node.regions.forget();
    node.regions.remember(version, &[old]);
    assert_eq!(node.regions.known(source), None, "another node may have changed it since");
}
