//! The journal as a file, for whoever wants to work with it elsewhere: streamed row by row, so its length costs no memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json as value};

use super::error::{ApiError, ErrorCode};
use super::http::{Named, Server, refusal};
use super::scope::Visitor;
use super::{Api, types};
use crate::config::bounds;
use crate::domain::{JournalEntry, TransitionKind};
use crate::security::{Action, Resource};
use crate::storage::{JournalCursor, JournalFilter};
use crate::telemetry::events;

/// Rows that are read at once.
const ROWS_AT_ONCE: u64 = 500;

/// The columns, in their order.
const COLUMNS: [&str; 20] = [
    "wall_time",
    "plant_time",
    "alarm",
    "title",
    "unit",
    "kind",
    "from",
    "to",
    "severity",
    "value",
    "limit",
    "unit_of_measure",
    "by",
    "comment",
    "client",
    "occurrence",
    "quality",
    "scan",
    "epoch",
    "sequence",
];

/// Which rows; the same as in the API.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    alarm: Option<String>,
    unit: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    search: Option<String>,
    by: Option<String>,
    /// Names of kinds, with commas.
    kinds: Option<String>,
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Json,
}

pub(super) async fn csv(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Response {
    export(&server, &named, &visitor, wanted, Form::Csv)
}

pub(super) async fn json(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Response {
    export(&server, &named, &visitor, wanted, Form::Json)
}

fn export(
    server: &Server,
    named: &Named,
    visitor: &Visitor,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
    form: Form,
) -> Response {
    let Some(principal) = &visitor.principal else {
        return refusal(StatusCode::UNAUTHORIZED, ApiError::unauthenticated());
    };
    let api = match server.api(named, visitor) {
        Ok(api) => api.clone(),
        Err((status, error)) => return refusal(status, error),
    };
    let decision = api.authority.decide(principal, Action::JournalView, &Resource::Plant(api.plant.id.clone()));
    if let Some(reason) = decision.reason() {
        return refusal(StatusCode::FORBIDDEN, ApiError::new(ErrorCode::Forbidden, reason));
    }
    let filter = wanted.map_err(|e| e.body_text()).and_then(|Query(wanted)| filter(&api, wanted));
    let filter = match filter {
        Ok(filter) => filter,
        Err(problem) => return refusal(StatusCode::BAD_REQUEST, ApiError::invalid(problem)),
    };
    let Ok(permit) = Arc::clone(&server.exports).try_acquire_owned() else {
        events::shed(bounds::EXPORTS.door, bounds::EXPORTS.when_full.policy());
        return refusal(StatusCode::SERVICE_UNAVAILABLE, ApiError::unavailable("TEP is busy: the export"));
    };
    let (kind, ending) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Json => ("application/json", "json"),
    };
    let name = format!("attachment; filename=\"{}-journal.{ending}\"", api.plant.id);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(kind)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        (CONTENT_DISPOSITION, HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"))),
    ];
    // Whoever compresses the file asks once more after its end.
    let rows = rows(api, filter, form).fuse().map(move |chunk| {
        // The permit lives as long as the file.
        let _held = &permit;
        chunk
    });
    (headers, Body::from_stream(rows)).into_response()
}

fn filter(api: &Api, wanted: Wanted) -> Result<JournalFilter, String> {
    let kinds = wanted.kinds.as_deref().unwrap_or_default().split(',').filter(|kind| !kind.is_empty());
    let kinds = kinds
        .map(|kind| {
            let known = serde_json::from_value::<TransitionKind>(kind.trim().to_lowercase().into());
            known.map_err(|_| format!("`{kind}` is no kind of transition"))
        })
        .collect::<Result<Vec<_>, _>>()?;
    let Wanted { alarm, unit, from, to, search, by, .. } = wanted;
    let mut filter = api.journal_filter(types::JournalFilter { alarm, unit, from, to, search, ..Default::default() });
    filter.kinds = kinds;
    filter.by = by.filter(|by| !by.trim().is_empty());
    Ok(filter)
}

/// Where an export stands.
enum At {
    Begin,
    Below(Option<JournalCursor>),
    Done,
}

/// The file, piece by piece, newest first. When the database fails in the midst of it the file breaks off, so that nobody
/// takes a part for the whole.
fn rows(api: Api, filter: JournalFilter, form: Form) -> impl Stream<Item = Result<Bytes, ApiFailure>> + Send {
    stream::unfold((api, filter, At::Begin), move |(api, filter, at)| async move {
        let below = match at {
            At::Begin => return Some((Ok(head(form)), (api, filter, At::Below(None)))),
            At::Below(below) => below,
            At::Done => return None,
        };
        let page = match api.storage.journal_page(&filter, below, ROWS_AT_ONCE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!("an export of the journal breaks off: {error}");
                return Some((Err(ApiFailure), (api, filter, At::Done)));
            }
        };
        let Some(last) = page.last().map(|row| row.cursor) else {
            return Some((Ok(tail(form)), (api, filter, At::Done)));
        };
        let text: String =
            page.iter().enumerate().map(|(n, row)| piece(&api, &row.entry, form, below.is_none() && n == 0)).collect();
        Some((Ok(Bytes::from(text)), (api, filter, At::Below(Some(last)))))
    })
}

#[derive(Debug, thiserror::Error)]
#[error("the journal cannot be read to its end")]
struct ApiFailure;

fn head(form: Form) -> Bytes {
    match form {
        // The mark tells a spreadsheet that it is UTF-8.
        Form::Csv => Bytes::from(format!("\u{feff}{}\r\n", COLUMNS.join(","))),
        Form::Json => Bytes::from_static(b"[\n"),
    }
}

fn tail(form: Form) -> Bytes {
    match form {
        Form::Csv => Bytes::new(),
        Form::Json => Bytes::from_static(b"\n]\n"),
    }
}

fn piece(api: &Api, entry: &JournalEntry, form: Form, first: bool) -> String {
    let definition = api.plant.alarm(&entry.alarm);
    let tag = definition.and_then(|alarm| api.plant.tags.iter().find(|tag| Some(&tag.id) == alarm.tag.as_ref()));
    let text = |text: Option<&str>| text.map(str::to_owned);
    let cells: [Value; 20] = [
        value!(entry.wall_time.to_string()),
        value!(entry.source_time.to_string()),
        value!(entry.alarm),
        value!(text(definition.map(|alarm| alarm.title.as_str()))),
        value!(text(definition.and_then(|alarm| alarm.unit.as_ref()).map(|unit| unit.as_str()))),
        value!(entry.kind),
        value!(entry.from),
        value!(entry.to),
        value!(entry.facts.severity),
        value!(entry.value),
        value!(entry.limit),
        value!(text(tag.map(|tag| tag.unit_of_measure.as_str()))),
        value!(entry.by),
        value!(entry.comment),
        value!(entry.client),
        value!(entry.occurrence),
        value!(entry.facts.quality),
        value!(entry.scan),
        value!(entry.epoch),
        value!(entry.sequence),
    ];
    match form {
        Form::Csv => {
            let line: Vec<String> = cells.iter().map(cell).collect();
            format!("{}\r\n", line.join(","))
        }
        Form::Json => {
            let object: serde_json::Map<String, Value> =
                COLUMNS.iter().map(|name| (*name).to_owned()).zip(cells).collect();
            format!("{}{}", if first { "" } else { ",\n" }, Value::Object(object))
        }
    }
}

/// A cell of comma-separated values. Text that a spreadsheet would take for a formula is marked as text; numbers stay
/// numbers.
pub(super) fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null => return String::new(),
        Value::String(text) => text,
        number => return number.to_string(),
    };
    let text = if text.trim_start().starts_with(['=', '+', '-', '@']) || text.starts_with(['\t', '\r', '\n']) {
        format!("'{text}")
    } else {
        text.clone()
    };
    if text.contains([',', '"', '\n', '\r', ';']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_has_typed_is_no_formula_and_numbers_stay_numbers() {
        for (value, written) in [
            (value!("=HYPERLINK(\"http://x\",\"y\")"), "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            (value!("+1"), "'+1"),
            (value!("  @sum"), "'  @sum"),
            (value!("\tx"), "'\tx"),
            (value!("-5"), "'-5"),
            (value!(-5.5), "-5.5"),
            (value!(null), ""),
            (value!("a, b\r\nc"), "\"a, b\r\nc\""),
            (value!("Öl"), "Öl"),
        ] {
            assert_eq!(cell(&value), written, "{value}");
        }
    }
}
