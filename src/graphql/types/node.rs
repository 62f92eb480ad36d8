//! Global ids: whatever has one can be asked for by `node`.

use async_graphql::{ID, Interface};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{Alarm, Detector, JournalEntry, Plant, Tag, Unit, User};

/// Whatever has a global id.
#[derive(Interface, Clone)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id."))]
pub enum Node {
    /// Who has signed in.
    User(User),
    /// The whole plant.
    Plant(Plant),
    /// A process unit.
    Unit(Unit),
    /// A tag.
    Tag(Tag),
    /// An alarm.
    Alarm(Alarm),
    /// A row of the journal.
    JournalEntry(JournalEntry),
    /// A plant-wide detector.
    Detector(Detector),
}

/// The global id of an object.
pub(in crate::graphql) fn global_id(kind: &str, key: &str) -> ID {
    ID(URL_SAFE_NO_PAD.encode(format!("{kind}:{key}")))
}

/// Kind and key of a global id; `None` when this API never gave it out.
pub(in crate::graphql) fn read_global_id(id: &str) -> Option<(String, String)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let (kind, key) = text.split_once(':')?;
    Some((kind.to_owned(), key.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_global_id_is_read_back() {
        let id = global_id("Alarm", "XMEAS_7/HIGH:odd");
        assert_eq!(read_global_id(&id), Some(("Alarm".into(), "XMEAS_7/HIGH:odd".into())));
    }

    #[test]
    fn what_is_no_global_id_is_nobody() {
        for text in ["", "XMEAS_7", "QWxhcm0", "%%%"] {
            assert_eq!(read_global_id(text), None, "{text}");
        }
    }
}
