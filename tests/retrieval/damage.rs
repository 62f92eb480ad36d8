//! The embedded index is derived: whatever happens to its file, it can be made again.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use tep::domain::PassageFilter;
use tep::knowledge::built_in;
use tep::retrieval::{Embedded, PassageIndex, Search};

use super::expected;

async fn opened(path: &Path) -> Embedded {
    Embedded::open(path).await.unwrap()
}

fn asked() -> Search {
    Search { vector: Some(expected::vector("x")), ..Search::new("reactor pressure", PassageFilter::default(), 10) }
}

#[tokio::test]
async fn what_was_filled_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let entries = expected::entries(&built_in().passages);
    let index = opened(&path).await;
    index.encoded_by(Some("one")).await.unwrap();
    index.fill(&entries).await.unwrap();
    let before = index.search(&asked()).await.unwrap();
    index.close().await;
    let index = opened(&path).await;
    assert_eq!(index.search(&asked()).await.unwrap(), before);
    let held = index.entries();
    assert_eq!(held.len(), entries.len());
    assert!(entries.iter().all(|entry| held.contains(entry)));
    // Vectors of another encoder mean nothing.
    index.encoded_by(Some("one")).await.unwrap();
    assert_eq!(index.without_vector().len(), entries.iter().filter(|entry| entry.vector.is_none()).count());
    index.encoded_by(Some("two")).await.unwrap();
    assert_eq!(index.without_vector().len(), entries.len());
}

#[tokio::test]
async fn vectors_are_kept_while_their_passage_has_not_changed() {
    let index = Embedded::in_memory().await.unwrap();
    let mut entries = expected::entries(&built_in().passages);
    index.fill(&entries).await.unwrap();
    let missing = index.without_vector();
    let vectors: Vec<_> = missing.iter().map(|p| (p.anchor.clone(), expected::vector(&p.text).into())).collect();
    index.set_vectors(&vectors).await.unwrap();
    assert_eq!(index.without_vector(), []);
    entries.iter_mut().for_each(|entry| entry.vector = None);
    let mut changed = (*entries[3].passage).clone();
    changed.text.push_str(" And more.");
    entries[3].passage = changed.into();
    index.fill(&entries).await.unwrap();
    assert_eq!(index.without_vector(), [std::sync::Arc::clone(&entries[3].passage)]);
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let entries = expected::entries(&built_in().passages[..40]);
    let index = opened(&path).await;
    index.fill(&entries).await.unwrap();
    index.close().await;
    let sound = std::fs::read(&path).unwrap();
    let half = sound.len() / 2;
    let damages: [(&str, Vec<u8>); 5] = [
        ("no database", b"no database at all".to_vec()),
        ("cut", sound[..half].to_vec()),
        ("empty", Vec::new()),
        ("zeroes in the middle", [&sound[..half], &vec![0; sound.len() - half]].concat()),
        (
            "noise everywhere but at the head",
            sound.iter().enumerate().map(|(at, b)| if at < 100 { *b } else { b ^ (at as u8) }).collect(),
        ),
    ];
    for (what, bytes) in damages {
        std::fs::write(&path, bytes).unwrap();
        let index = Embedded::open(&path).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        index.fill(&entries).await.unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(index.entries().len(), entries.len(), "{what}");
        assert!(!index.search(&asked()).await.unwrap().is_empty(), "{what}");
        index.close().await;
    }
    let nowhere = Embedded::open(&folder.path().join("no/such/folder/index.db")).await.unwrap_err();
    assert!(nowhere.to_string().contains("no/such/folder"), "{nowhere}");
}

/// Polls a future so many times and then lets it go, as an abort does.
async fn broken_off<F: Future>(future: F, polls: usize) -> bool {
    let mut future = pin!(future);
    for _ in 0..polls {
        if future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready() {
            return true;
        }
        tokio::task::yield_now().await;
        // The worker thread of SQLite answers in its own time.
        tokio::task::spawn_blocking(std::thread::yield_now).await.unwrap();
    }
    matches!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(_))
}

#[tokio::test]
async fn a_fill_that_is_broken_off_leaves_the_old_or_the_new() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index.db");
    let (old, new) = (expected::entries(&built_in().passages[..8]), expected::entries(&built_in().passages[8..20]));
    let mut finished = 0;
    for polls in [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 20_000] {
        let index = opened(&path).await;
        index.fill(&old).await.unwrap();
        finished += usize::from(broken_off(index.fill(&new), polls).await);
        drop(index);
        let index = opened(&path).await;
        let held = index.entries();
        let whole =
            |all: &[tep::retrieval::Entry]| held.len() == all.len() && all.iter().all(|entry| held.contains(entry));
        assert!(whole(&old) || whole(&new), "after {polls} polls: {} passages", held.len());
        index.close().await;
    }
    assert!((1..13).contains(&finished), "{finished} of 13 came to their end");
}
