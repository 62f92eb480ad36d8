//! Reading the audit: a page of it, and as a table to take away, streamed row by row so that its length costs no memory.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Api;
use super::api::storage_error;
use super::error::{ApiError, ErrorCode};
use super::http::{Named, Server, refusal};
use super::journal_export::cell;
use super::scope::Visitor;
use super::types::{self, AuditConnection};
use crate::config::bounds;
use crate::security::{Action, Resource};
use crate::storage::{AuditCursor, AuditEntry, AuditFilter};
use crate::telemetry::events;

/// Rows that are read at once for a table.
const ROWS_AT_ONCE: u64 = 500;
/// The columns of the table, in their order.
const COLUMNS: [&str; 8] = ["time", "who", "action", "on", "decision", "what", "before", "client"];

/// One page.
pub(super) async fn page(
    api: &Api,
    filter: types::AuditFilter,
    first: usize,
    after: Option<&str>,
) -> Result<AuditConnection, ApiError> {
    let below = match after.map(AuditConnection::read_cursor) {
        Some(None) => return Err(ApiError::invalid("`after` is not a cursor of this list")),
        found => found.flatten(),
    };
    let rows = api.storage.audit_page(&filter.into(), below.as_ref(), first as u64 + 1).await;
    let mut rows = rows.map_err(|e| storage_error("reading the audit", &e))?;
    let has_next_page = rows.len() > first;
    rows.truncate(first);
    Ok(AuditConnection::page(rows, has_next_page))
}

/// Which rows of the table; the same as in the API.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    who: Option<String>,
    action: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
    #[serde(default)]
    refused: bool,
}

/// `GET /exports/audit.csv?who=…&action=…&from=…&to=…&refused=true`
pub(super) async fn csv(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    let Some(principal) = &visitor.principal else {
        return refusal(StatusCode::UNAUTHORIZED, ApiError::unauthenticated());
    };
    let api = match server.api(&named, &visitor) {
        Ok(api) => api.clone(),
        Err((status, error)) => return refusal(status, error),
    };
    let decision = api.authority.decide(principal, Action::AuditRead, &Resource::System);
    if let Some(reason) = decision.reason() {
        api.audit_refusal(&visitor, Action::AuditRead, &Resource::System, "export of the audit").await;
        return refusal(StatusCode::FORBIDDEN, ApiError::new(ErrorCode::Forbidden, reason));
    }
    let filter: AuditFilter = match wanted {
        Ok(Query(Wanted { who, action, from, to, refused })) => {
            types::AuditFilter { who, action, from, to, refused }.into()
        }
        Err(problem) => return refusal(StatusCode::BAD_REQUEST, ApiError::invalid(problem.body_text())),
    };
    let Ok(permit) = Arc::clone(&server.exports).try_acquire_owned() else {
        events::shed(bounds::EXPORTS.door, bounds::EXPORTS.when_full.policy());
        return refusal(StatusCode::SERVICE_UNAVAILABLE, ApiError::unavailable("TEP is busy: the export"));
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"audit.csv\"")),
    ];
    // Whoever compresses the file asks once more after its end.
    let rows = rows(api, filter).fuse().map(move |chunk| {
        // The permit lives as long as the file.
        let _held = &permit;
        chunk
    });
    (headers, Body::from_stream(rows)).into_response()
}

/// Where the table stands.
enum At {
    Begin,
    Below(Option<AuditCursor>),
    Done,
}

/// The table, piece by piece, newest first. When the database fails in the midst of it the file breaks off, so that nobody
/// takes a part for the whole.
fn rows(api: Api, filter: AuditFilter) -> impl Stream<Item = Result<Bytes, BrokenOff>> + Send {
    stream::unfold((api, filter, At::Begin), |(api, filter, at)| async move {
        let below = match at {
            // The mark tells a spreadsheet that it is UTF-8.
            At::Begin => {
                let head = Bytes::from(format!("\u{feff}{}\r\n", COLUMNS.join(",")));
                return Some((Ok(head), (api, filter, At::Below(None))));
            }
            At::Below(below) => below,
            At::Done => return None,
        };
        let page = match api.storage.audit_page(&filter, below.as_ref(), ROWS_AT_ONCE).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!("an export of the audit breaks off: {error}");
                return Some((Err(BrokenOff), (api, filter, At::Done)));
            }
        };
        let (last, _) = page.last()?;
        let at = At::Below(Some(last.clone()));
        let text: String = page.iter().map(|(_, entry)| line(entry)).collect();
        Some((Ok(Bytes::from(text)), (api, filter, at)))
    })
}

#[derive(Debug, thiserror::Error)]
#[error("the audit cannot be read to its end")]
struct BrokenOff;

fn line(entry: &AuditEntry) -> String {
    let cells: [Value; COLUMNS.len()] = [
        json!(entry.at.to_string()),
        json!(entry.who),
        json!(entry.action),
        json!(entry.resource),
        json!(if entry.allowed { "allowed" } else { "refused" }),
        json!(entry.after),
        json!(entry.before),
        json!(entry.from_where),
    ];
    format!("{}\r\n", cells.iter().map(cell).collect::<Vec<_>>().join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::WallTime;

    #[test]
    fn a_line_of_the_table_says_the_decision_and_is_no_formula() {
        let entry = AuditEntry {
            at: WallTime::from_micros(0),
            who: "olga".into(),
            action: "alarm:shelve".into(),
            resource: "alarm:p/P/HIGH".into(),
            before: None,
            after: Some("=cmd, \"x\"".into()),
            from_where: Some("127.0.0.1 browser".into()),
            allowed: false,
        };
        let text = line(&entry);
        assert!(
            text.ends_with(",olga,alarm:shelve,alarm:p/P/HIGH,refused,\"'=cmd, \"\"x\"\"\",,127.0.0.1 browser\r\n"),
            "{text}"
        );
    }
}
