//! From a call to a row of the outbox: what somebody is told.

use uuid::Uuid;

use crate::alarms::notification::Call;
use crate::domain::{AlarmDefinition, AlarmFacts, JournalEntry, Notice, NotificationPlan, Plant, Reading, WallTime};
use crate::storage::{Notification, NotificationState};

/// Rows of an alarm's journal in which what was measured is looked for.
pub(super) const HISTORY: u64 = 20;

/// Where notices are written.
pub(super) struct Desk<'a> {
    pub plant: &'a Plant,
    pub plan: &'a NotificationPlan,
    pub now: WallTime,
}

impl Desk<'_> {
    /// A row for a call. `history` is what the journal says of the alarm, newest first. `None` when the contact or its
    /// channel is configured no longer, or does not carry this kind.
    pub fn write(&self, call: &Call, definition: &AlarmDefinition, history: &[JournalEntry]) -> Option<Notification> {
        let contact = self.plan.contacts.get(&call.contact)?;
        let channel = self.plan.channels.get(&contact.channel)?;
        if !channel.tells.contains(&call.kind) {
            return None;
        }
        let quiet = AlarmFacts::quiet(definition.severity);
        let facts = history.first().map_or(&quiet, |entry| &entry.facts);
        let tag = definition.tag.as_ref().and_then(|id| self.plant.tags.iter().find(|tag| tag.id == *id));
        let measured = history.iter().find_map(|entry| Some((entry.value?, entry.limit)));
        let reading = measured.filter(|_| channel.values).map(|(value, limit)| Reading {
            value,
            limit,
            unit_of_measure: tag.map(|tag| tag.unit_of_measure.clone()).unwrap_or_default(),
        });
        let unit = definition.unit.as_ref().and_then(|id| self.plant.units.iter().find(|unit| unit.id == *id));
        let notice = Notice {
            key: call.key.clone(),
            kind: call.kind,
            plant: self.plant.id.clone(),
            plant_name: self.plant.name.clone(),
            alarm: Some(definition.id.clone()),
            occurrence: Some(call.occurrence),
            title: definition.title.clone(),
            severity: facts.severity,
            state: facts.state(),
            unit: unit.map(|unit| unit.name.clone()),
            guidance: definition.guidance.clone(),
            raised_at: facts.raised_at,
            at: history.first().filter(|_| !call.kind.calls()).map_or(self.now, |entry| entry.wall_time),
            waited_seconds: call.waited.map(|waited| waited.as_secs()),
            link: self.plan.base_url.as_ref().map(|base| format!("{base}{}", page_of(self.plant, definition))),
            reading,
        };
        Some(Notification {
            id: Uuid::now_v7(),
            channel: contact.channel.clone(),
            contact: call.contact.clone(),
            address: contact.address.clone(),
            notice,
            state: NotificationState::Pending,
            attempts: 0,
            created: self.now,
            next_at: self.now,
            give_up_at: self.now + channel.give_up_after,
            finished_at: None,
            last_error: None,
        })
    }
}

/// The page of an alarm.
fn page_of(plant: &Plant, definition: &AlarmDefinition) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("alarm", definition.id.as_str());
    format!("/p/{}/alarms?{}", plant.id, query.finish())
}
