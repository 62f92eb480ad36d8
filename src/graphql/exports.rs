//! Files to take away: the board of alarm performance as a table.

use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::error::{ApiError, ErrorCode};
use super::http::{Named, Server, refusal};
use super::{Api, Visitor};
use crate::alarms::KpiReport;
use crate::domain::{AlarmId, Console};
use crate::security::{Action, Resource};

/// Of what a board is asked; without times it is of the last day.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    console: Option<String>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

/// `GET /plants/{plant}/exports/kpis.csv?console=…&from=…&to=…`
pub(super) async fn kpis(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(principal) = &visitor.principal else {
        return refusal(StatusCode::UNAUTHORIZED, ApiError::unauthenticated());
    };
    let api = match server.api(&named, &visitor) {
        Ok(api) => api,
        Err((status, error)) => return refusal(status, error),
    };
    let on = Resource::Plant(api.plant.id.clone());
    if !api.authority.decide(principal, Action::JournalView, &on).is_allowed() {
        let error = ApiError::new(ErrorCode::Forbidden, "you may not read the journal of this plant");
        api.audit_refusal(&visitor, Action::JournalView, &on, "export of the board").await;
        return refusal(StatusCode::FORBIDDEN, error);
    }
    let asked = match asked {
        Ok(Query(asked)) => asked,
        Err(problem) => return refusal(StatusCode::BAD_REQUEST, ApiError::invalid(problem.body_text())),
    };
    match board(api, asked).await {
        Ok((console, report)) => table(api, console, &report),
        Err(error) => refusal(StatusCode::BAD_REQUEST, error),
    }
}

async fn board(api: &Api, asked: Asked) -> Result<(&Console, KpiReport), ApiError> {
    let console = api.console(asked.console.as_deref())?;
    let to = asked.to.unwrap_or_else(|| api.clock.now().to_datetime());
    let from = asked.from.unwrap_or(to - Duration::from_secs(24 * 3600));
    Ok((console, api.kpis(console, from, to).await?))
}

fn table(api: &Api, console: &Console, report: &KpiReport) -> Response {
    let title = |alarm: &AlarmId| {
        let known = api.plant.alarm(alarm);
        known.map_or_else(String::new, |definition| definition.title.clone())
    };
    let rows = rows(console, report, title);
    let mut writer = csv::Writer::from_writer(Vec::new());
    let written = rows.iter().try_for_each(|row| writer.write_record(row.iter().map(|cell| harmless(cell))));
    let bytes = match (written, writer.into_inner()) {
        (Ok(()), Ok(bytes)) => bytes,
        _ => {
            let error = ApiError::new(ErrorCode::Internal, "the table could not be written");
            return refusal(StatusCode::INTERNAL_SERVER_ERROR, error);
        }
    };
    let name = format!("attachment; filename=\"kpis-{}-{}.csv\"", api.plant.id, console.id);
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(name) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, name);
    }
    response
}

type Row = [String; 8];

const HEAD: [&str; 8] = ["section", "key", "title", "value", "unit", "target", "manageable", "verdict"];

/// The board as one table: what each row is of stands in its first column.
fn rows(console: &Console, report: &KpiReport, title: impl Fn(&AlarmId) -> String) -> Vec<Row> {
    let plain = |section: &str, key: &str, title: &str, value: String, unit: &str| -> Row {
        [section, key, title, &value, unit, "", "", ""].map(str::to_owned)
    };
    let seconds = |span: Option<Duration>| span.map_or_else(String::new, |span| format!("{:.0}", span.as_secs_f64()));
    let mut rows: Vec<Row> = vec![HEAD.map(str::to_owned)];
    rows.push(plain("interval", "console", &console.name, console.id.to_string(), ""));
    rows.push(plain("interval", "from", "", report.from.to_string(), ""));
    rows.push(plain("interval", "to", "", report.to.to_string(), ""));
    rows.push(plain(
        "level",
        "eemua",
        "EEMUA 191 level",
        report.level.map_or_else(String::new, |level| level.words().to_owned()),
        "",
    ));
    for row in &report.rows {
        let value = row.actual.map_or_else(String::new, |value| format!("{value:.3}"));
        let (target, manageable) = (row.key.target(), row.key.manageable().unwrap_or_default());
        let cells = ["kpi", &format!("{:?}", row.key), row.key.title(), &value, row.key.unit(), target, manageable];
        let mut cells = cells.map(str::to_owned).to_vec();
        cells.push(row.verdict.words().to_owned());
        rows.extend(Row::try_from(cells));
    }
    let now = report.standing;
    for (key, value) in [
        ("listed", now.listed),
        ("unacknowledged", now.unacknowledged),
        ("shelved", now.shelved),
        ("suppressed", now.suppressed),
        ("out of service", now.out_of_service),
    ] {
        rows.push(plain("standing", key, "", value.to_string(), ""));
    }
    rows.push(plain("acknowledging", "count", "", report.acknowledged.to_string(), ""));
    rows.push(plain("acknowledging", "p50", "", seconds(report.acknowledge_p50), "s"));
    rows.push(plain("acknowledging", "p95", "", seconds(report.acknowledge_p95), "s"));
    rows.push(plain("shelving", "renewals", "", report.shelf_renewals.to_string(), ""));
    let nuisances = &report.nuisances;
    for (section, alarms) in
        [("bad actor", &nuisances.bad_actors), ("chattering", &nuisances.chattering), ("fleeting", &nuisances.fleeting)]
    {
        rows.extend(alarms.iter().map(|(alarm, n)| plain(section, alarm.as_str(), &title(alarm), n.to_string(), "")));
    }
    rows.extend(
        nuisances.stale.iter().map(|(alarm, at)| plain("stale", alarm.as_str(), &title(alarm), at.to_string(), "")),
    );
    for pair in &nuisances.redundant {
        let value = format!("{:.1}", pair.share * 100.0);
        rows.push(plain("redundant pair", pair.first.as_str(), pair.second.as_str(), value, "%"));
    }
    for (from, to) in &report.floods {
        rows.push(plain(
            "flood",
            &from.to_string(),
            &to.to_string(),
            format!("{:.0}", to.since(*from).as_secs_f64()),
            "s",
        ));
    }
    rows
}

/// A cell that no spreadsheet takes for a formula: one that begins as a formula would is shown with an apostrophe before.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alarms::Tally;
    use crate::domain::WallTime;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, expected) in [
            ("=HYPERLINK(\"x\")", "'=HYPERLINK(\"x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("≤ 144", "≤ 144"),
            ("Reactor pressure high", "Reactor pressure high"),
        ] {
            assert_eq!(harmless(cell), expected);
        }
    }

    #[test]
    fn every_figure_of_the_board_has_its_row() {
        let at = WallTime::from_micros(0);
        let report = Tally::new(None, at, at).report(at, at + Duration::from_secs(3_600));
        let console = Console { id: "c".into(), name: "C".into(), units: vec![], whole_plant: true };
        let rows = rows(&console, &report, |alarm| alarm.to_string());
        assert_eq!(rows.iter().filter(|row| row[0] == "kpi").count(), report.rows.len());
        assert_eq!(rows[0][0], "section");
    }
}
