//! Reading the rationalisation register: what is kept, laid over the plant file as the desk does it.

use std::sync::Arc;

use async_graphql::Context;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::api::storage_error;
use super::error::ApiError;
use super::scope;
use super::types::{PageInfo, RegisterConnection, RegisterEdge, RegisterEntry, RegisterFilter};
use crate::alarms::register::{Drift, Overlay, Register, drift, overlaid};
use crate::domain;
use crate::domain::{AlarmDefinition, AlarmId, Plant, RegisterChange};

/// The register at one moment.
pub(super) struct RegisterNow {
    /// The plant as its file has it.
    pub file: Arc<Plant>,
    pub register: Register,
    pub overlay: Overlay,
    pub drift: Vec<Drift>,
}

impl RegisterNow {
    fn of(file: &Arc<Plant>, changes: Vec<RegisterChange>) -> Self {
        let register = Register::of(changes);
        let overlay = overlaid(file, &register);
        let drift = drift(file, &register, &overlay);
        Self { file: Arc::clone(file), register, overlay, drift }
    }

    /// How an alarm has drifted.
    pub fn drift_of(&self, alarm: &AlarmId) -> Option<&Drift> {
        self.drift.iter().find(|drift| drift.alarm == *alarm)
    }

    /// Every alarm that file or register has, in the order of the file; those that it does not have any more come last.
    pub fn alarms(&self) -> Vec<AlarmId> {
        let of_file = self.file.alarms.iter().map(|definition| definition.id.clone());
        let gone = self.register.in_force().filter(|change| change.after.is_some()).map(|change| change.alarm.clone());
        let gone = gone.filter(|alarm| self.file.alarms.iter().all(|definition| definition.id != *alarm));
        of_file.chain(gone).collect()
    }

    /// The alarm as it runs.
    pub fn running(&self, alarm: &AlarmId) -> Option<&AlarmDefinition> {
        self.overlay.plant.alarm(alarm).map(|definition| &**definition)
    }

    fn lets_through(&self, filter: &RegisterFilter, alarm: &AlarmId) -> bool {
        let definition = self.running(alarm);
        let approved = self.register.of_alarm(alarm).and_then(|change| change.after.as_deref());
        let of_unit = |unit: &String| {
            definition.and_then(|definition| definition.unit.as_ref()).is_some_and(|known| known.as_str() == unit)
        };
        filter.unit.as_ref().is_none_or(of_unit)
            && filter.search.as_ref().is_none_or(|words| mentions(alarm, definition, words))
            && filter
                .severities
                .as_ref()
                .is_none_or(|all| definition.is_some_and(|definition| all.contains(&definition.severity.into())))
            && (!filter.pending || self.register.pending(alarm).is_some())
            && (!filter.drifted || self.drift_of(alarm).is_some())
            && (!filter.unassessed || approved.is_none_or(|entry| entry.assessment.is_none()))
    }
}

fn mentions(alarm: &AlarmId, definition: Option<&AlarmDefinition>, words: &str) -> bool {
    let words = words.trim().to_lowercase();
    let contains = |text: &str| text.to_lowercase().contains(&words);
    let inside = |definition: &AlarmDefinition| {
        let tag = definition.tag.as_ref().map_or("", |tag| tag.as_str());
        let AlarmDefinition { title, cause, consequence, guidance, .. } = definition;
        [title.as_str(), tag, cause, consequence, guidance].into_iter().any(contains)
    };
    contains(alarm.as_str()) || definition.is_some_and(inside)
}

/// The register now.
pub(super) async fn now(ctx: &Context<'_>) -> Result<Arc<RegisterNow>, ApiError> {
    let api = scope::api(ctx);
    let changes = api.storage.register_now().await.map_err(|e| storage_error("reading the alarm register", &e))?;
    Ok(Arc::new(RegisterNow::of(&api.plant, changes)))
}

/// The newest changes of one alarm.
pub(super) async fn history(
    ctx: &Context<'_>,
    alarm: &AlarmId,
    first: usize,
) -> Result<Vec<domain::RegisterChange>, ApiError> {
    let found = scope::api(ctx).storage.register_history(alarm, first as u64).await;
    found.map_err(|e| storage_error("reading the alarm register", &e))
}

/// One page of the register.
pub(super) fn page(
    now: &Arc<RegisterNow>,
    filter: &RegisterFilter,
    first: usize,
    after: Option<&str>,
) -> Result<RegisterConnection, ApiError> {
    let alarms: Vec<AlarmId> = now.alarms().into_iter().filter(|alarm| now.lets_through(filter, alarm)).collect();
    let start = match after {
        None => 0,
        Some(cursor) => {
            let wrong = || ApiError::invalid("`after` is not a cursor of this list");
            let decoded = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            let last = decoded.ok_or_else(wrong)?;
            alarms.iter().position(|alarm| alarm.as_str() == last).map(|at| at + 1).ok_or_else(wrong)?
        }
    };
    let edge = |alarm: &AlarmId| RegisterEdge {
        cursor: URL_SAFE_NO_PAD.encode(alarm.as_str()),
        node: RegisterEntry::new(now, alarm.clone()),
    };
    let edges: Vec<RegisterEdge> = alarms[start..].iter().take(first).map(edge).collect();
    Ok(RegisterConnection {
        page_info: PageInfo {
            has_next_page: start + edges.len() < alarms.len(),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        },
        edges,
        total_count: alarms.len(),
        pending_count: now.alarms().iter().filter(|alarm| now.register.pending(alarm).is_some()).count(),
        drift_count: now.drift.len(),
    })
}

/// The headings of the table.
const HEADINGS: &str = "alarm,title,unit,tag,version,register_decides,severity,matrix_severity,time_to_respond_minutes,safety,\
    environment,economics,class,cause,consequence,corrective_action,justification,limit,unit_of_measure,deadband,\
    on_delay_seconds,off_delay_seconds,approved_by,approved_at,pending,drift";

/// The register as a table of comma-separated values (RFC 4180), a row an alarm.
pub(super) fn table(now: &RegisterNow) -> String {
    let mut text = format!("{HEADINGS}\r\n");
    for alarm in now.alarms() {
        let cells = row(now, &alarm).into_iter().map(|cell| quoted(&cell)).collect::<Vec<_>>();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn row(now: &RegisterNow, alarm: &AlarmId) -> [String; 26] {
    let definition = now.running(alarm);
    let standing = now.register.of_alarm(alarm);
    let approved = standing.and_then(|change| change.after.clone());
    let entry = approved.or_else(|| definition.map(|definition| Arc::new(definition.into())));
    let entry = entry.as_deref();
    let tag = definition.and_then(|definition| definition.tag.as_ref());
    let unit_of_measure = tag.and_then(|id| now.file.tags.iter().find(|tag| tag.id == *id));
    let assessment = entry.and_then(|entry| entry.assessment);
    let consequence = |get: fn(domain::Consequences) -> domain::ConsequenceSeverity| {
        assessment.map(|found| word(get(found.consequences))).unwrap_or_default()
    };
    let limit = entry.and_then(|entry| entry.limit);
    let number = |get: fn(domain::LimitSettings) -> f64| limit.map(|limit| legible(get(limit))).unwrap_or_default();
    let text = |get: fn(&domain::RegisterEntry) -> Option<String>| entry.and_then(get).unwrap_or_default();
    [
        alarm.to_string(),
        definition.map(|definition| definition.title.clone()).unwrap_or_default(),
        definition.and_then(|definition| definition.unit.as_ref()).map(ToString::to_string).unwrap_or_default(),
        tag.map(ToString::to_string).unwrap_or_default(),
        standing.map_or(0, |change| change.version).to_string(),
        now.overlay.decided.contains(alarm).to_string(),
        entry.map(|entry| word(entry.severity)).unwrap_or_default(),
        assessment.and_then(|found| now.file.register.matrix.severity(&found)).map(word).unwrap_or_default(),
        assessment.map(|found| (found.time_to_respond.as_secs_f64() / 60.0).to_string()).unwrap_or_default(),
        consequence(|all| all.safety),
        consequence(|all| all.environment),
        consequence(|all| all.economics),
        text(|entry| entry.class.clone()),
        text(|entry| Some(entry.cause.clone())),
        text(|entry| Some(entry.consequence.clone())),
        text(|entry| Some(entry.guidance.clone())),
        text(|entry| entry.justification.clone()),
        number(|limit| limit.value),
        unit_of_measure.filter(|_| limit.is_some()).map(|tag| tag.unit_of_measure.clone()).unwrap_or_default(),
        number(|limit| limit.deadband),
        number(|limit| limit.on_delay.as_secs_f64()),
        number(|limit| limit.off_delay.as_secs_f64()),
        standing.and_then(|change| change.decided_by.clone()).unwrap_or_default(),
        standing.and_then(|change| change.decided_at).map(|at| at.to_string()).unwrap_or_default(),
        now.register.pending(alarm).map(|change| change.proposed_by.clone()).unwrap_or_default(),
        now.drift_of(alarm).map(|drift| drift.kind.words().to_owned()).unwrap_or_default(),
    ]
}

/// A number without what its calculation has left in the last digits: twelve digits that count are enough for any reader.
fn legible(value: f64) -> String {
    format!("{value:.11e}").parse().unwrap_or(value).to_string()
}

/// The name under which serde knows a variant.
fn word(variant: impl serde::Serialize) -> String {
    serde_json::to_value(variant).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// A cell; one that a spreadsheet would take for a formula is marked as text.
fn quoted(cell: &str) -> String {
    let number = cell.parse::<f64>().is_ok();
    let guarded = if !number && cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    };
    if guarded.contains([',', '"', '\n', '\r']) { format!("\"{}\"", guarded.replace('"', "\"\"")) } else { guarded }
}
