//! Documents are gathered from where they lie.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;
use tep::actors::{Gathered, KnownDocument, Shelves};
use tep::config::StorageConfig;
use tep::domain::{DocumentKind, DocumentOrigin, Passage};
use tep::storage::Storage;

use super::pdf;

struct Site {
    folder: TempDir,
    shelves: Arc<dyn Shelves>,
    _data: TempDir,
}

async fn site() -> Site {
    let (data, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = StorageConfig { data_dir: data.path().to_owned(), ..StorageConfig::default() };
    let storage = Storage::open(&config).await.unwrap();
    let place = folder.path().to_owned();
    let shelves = tep::app::shelves(&storage, Some(&place), vec!["north".into(), "south".into()], pdf::reader());
    Site { folder, shelves, _data: data }
}

fn write(site: &Site, name: &str, content: &[u8]) {
    let path = site.folder.path().join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, content).unwrap();
}

fn of_the_folder(gathered: &Gathered) -> Vec<&KnownDocument> {
    gathered.documents.iter().filter(|document| document.origin == DocumentOrigin::Folder).collect()
}

fn passages<'a>(gathered: &'a Gathered, id: &str) -> Vec<&'a Passage> {
    gathered.passages.iter().filter(|passage| passage.document.as_str() == id).collect()
}

#[tokio::test]
async fn a_folder_is_read_with_everything_below_it() {
    let site = site().await;
    write(&site, "Start-up.md", b"+++\nkind = \"response\"\nunit = \"reactor\"\nalarms = [\"XMEAS_7/HIGH\"]\n+++\n# Start-up\n\n## First\n\nOpen it.\n");
    write(&site, "pumps/P 101.txt", b"The pump P 101.");
    write(&site, "pumps/P 101.pdf", &pdf::with_pages(&["Data sheet of the pump."]));
    write(&site, "north/only here.md", b"Something of the north.");
    write(&site, "elsewhere/a.md", b"Something of everybody.");
    write(&site, ".hidden.md", b"not looked at");
    write(&site, "picture.png", b"not looked at");
    write(&site, "broken.md", b"+++\nunit = [\n+++\n");
    write(&site, "latin.txt", b"\xe4");
    write(&site, "empty.md", b"\n");
    std::os::unix::fs::symlink("/etc/hostname", site.folder.path().join("link.txt")).unwrap();
    let gathered = site.shelves.gather().await;
    let told: Vec<(&str, usize, Option<&str>)> = of_the_folder(&gathered)
        .into_iter()
        .map(|one| (one.id.as_str(), one.passages, one.plant.as_ref().map(tep::domain::PlantId::as_str)))
        .collect();
    let expected = [
        ("folder/start-up", 1, None),
        ("folder/broken", 0, None),
        ("folder/elsewhere/a", 1, None),
        ("folder/empty", 0, None),
        ("folder/latin", 0, None),
        ("folder/north/only-here", 1, Some("north")),
        ("folder/pumps/p-101", 1, None),
        ("folder/pumps/p-101-txt", 1, None),
    ];
    assert_eq!(told, expected);
    let start_up = passages(&gathered, "folder/start-up")[0];
    assert_eq!((start_up.kind, start_up.anchor.as_str()), (DocumentKind::Response, "folder/start-up#first"));
    assert_eq!((start_up.unit.as_ref(), start_up.alarms[0].as_str()), (Some(&"reactor".into()), "XMEAS_7/HIGH"));
    assert_eq!(passages(&gathered, "folder/pumps/p-101")[0].heading, "Page 1");
    assert_eq!(passages(&gathered, "folder/pumps/p-101-txt")[0].title, "P 101");
    let problem =
        |id: &str| gathered.documents.iter().find(|one| one.id.as_str() == id).unwrap().problem.clone().unwrap();
    assert!(problem("folder/broken").contains("front matter"), "{}", problem("folder/broken"));
    assert!(problem("folder/latin").contains("UTF-8"), "{}", problem("folder/latin"));
    assert!(problem("folder/empty").contains("no text"), "{}", problem("folder/empty"));
    assert!(gathered.documents.len() > 127, "and what TEP comes with: {}", gathered.documents.len());
    assert_eq!(gathered.problems, [] as [String; 0]);
}

#[tokio::test]
async fn a_change_is_noticed_and_a_folder_that_is_gone_is_told() {
    let site = site().await;
    write(&site, "a.md", b"One.");
    let first = site.shelves.mark().await;
    assert_eq!(site.shelves.mark().await, first);
    write(&site, "b.md", b"Two.");
    let second = site.shelves.mark().await;
    assert_ne!(second, first);
    write(&site, "b.md", b"Two and more.");
    let third = site.shelves.mark().await;
    assert_ne!(third, second);
    fs::remove_file(site.folder.path().join("b.md")).unwrap();
    assert_ne!(site.shelves.mark().await, third);
    let path: &Path = site.folder.path();
    fs::remove_dir_all(path).unwrap();
    let gathered = site.shelves.gather().await;
    assert!(gathered.problems.iter().any(|problem| problem.contains("cannot be read")), "{:?}", gathered.problems);
    assert!(gathered.passages.len() > 300, "what TEP comes with is there all the same");
}
