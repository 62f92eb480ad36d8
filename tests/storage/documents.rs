//! Documents that people have added.

use tep::domain::{DocumentMedia, PlantId};
use tep::storage::{DocumentCard, StoredDocument};

use super::house::{House, NOW};
use super::on_both;

on_both!(a_document_comes_back_byte_for_byte, an_id_is_taken_once_in_a_plant);

fn document(plant: &str, id: &str) -> StoredDocument {
    StoredDocument {
        card: DocumentCard {
            plant: plant.into(),
            id: id.into(),
            name: "Start-up \u{0}rev. 3.pdf".into(),
            media: DocumentMedia::Pdf,
            title: Some("Start-up".into()),
            unit: Some("reactor".into()),
            tags: vec!["XMEAS_7".into(), "XMV_10".into()],
            size: 3,
            digest: "abc".into(),
            added_by: "erik".into(),
            added_at: NOW,
        },
        pages: vec!["One \"page\".".into(), String::new(), "Three\u{0}.".into()],
    }
}

async fn a_document_comes_back_byte_for_byte(house: House) {
    let storage = house.open().await;
    let wanted = document("north", "documents/start-up");
    assert!(storage.add_document(&wanted, &[0, 1, 255]).await.unwrap());
    let cards = storage.document_cards().await.unwrap();
    assert_eq!(cards.len(), 1);
    let card = &cards[0];
    assert!(!card.name.contains('\0'), "no database takes it: {:?}", card.name);
    assert_eq!(DocumentCard { name: wanted.card.name.clone(), ..card.clone() }, wanted.card);
    let (plant, id) = (&card.plant, &card.id);
    let pages = storage.document_pages(plant, id).await.unwrap().unwrap();
    assert_eq!((pages.len(), pages[0].as_str()), (3, "One \"page\"."));
    assert_eq!(storage.document_content(plant, id).await.unwrap(), Some(vec![0, 1, 255]));
    let elsewhere = PlantId::from("south");
    assert_eq!(storage.document_pages(&elsewhere, id).await.unwrap(), None);
    assert_eq!(storage.document_content(&elsewhere, id).await.unwrap(), None);
    assert!(!storage.remove_document(&elsewhere, id).await.unwrap());
    assert!(storage.remove_document(plant, id).await.unwrap());
    assert!(!storage.remove_document(plant, id).await.unwrap());
    assert_eq!(storage.document_cards().await.unwrap(), []);
}

async fn an_id_is_taken_once_in_a_plant(house: House) {
    let storage = house.open().await;
    assert!(storage.add_document(&document("north", "documents/a"), b"1").await.unwrap());
    assert!(!storage.add_document(&document("north", "documents/a"), b"2").await.unwrap());
    assert!(storage.add_document(&document("south", "documents/a"), b"3").await.unwrap());
    assert!(storage.add_document(&document("north", "documents/b"), b"4").await.unwrap());
    let north = PlantId::from("north");
    assert_eq!(storage.document_content(&north, &"documents/a".into()).await.unwrap(), Some(b"1".to_vec()));
    assert_eq!(storage.document_count(&north).await.unwrap(), 2);
    let order: Vec<String> =
        storage.document_cards().await.unwrap().iter().map(|card| format!("{} {}", card.plant, card.id)).collect();
    assert_eq!(order, ["north documents/a", "north documents/b", "south documents/a"]);
}
