//! Documents come in and go out as files.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use super::caller::comes_from_another_page;
use super::error::{ApiError, ErrorCode};
use super::http::{Named, Server, refusal};
use super::knowledge::Offered;
use super::{Api, Visitor};
use crate::config::bounds;
use crate::security::{Action, Resource};

/// What is said of a document that is added.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Described {
    name: String,
    title: Option<String>,
    unit: Option<String>,
    /// Ids of tags with commas between.
    tags: Option<String>,
}

/// Which document is wanted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    id: String,
}

/// A document that was added.
#[derive(Debug, Serialize)]
struct Added {
    id: String,
    name: String,
    title: Option<String>,
    digest: String,
}

type Refused = (StatusCode, ApiError);

/// Who may do this here.
async fn admit<'a>(server: &'a Server, named: &Named, visitor: &Visitor, action: Action) -> Result<&'a Api, Refused> {
    let Some(principal) = &visitor.principal else {
        return Err((StatusCode::UNAUTHORIZED, ApiError::unauthenticated()));
    };
    let api = server.api(named, visitor)?;
    let on = Resource::Plant(api.plant.id.clone());
    if !api.authority.decide(principal, action, &on).is_allowed() {
        api.audit_refusal(visitor, action, &on, "documents").await;
        return Err((StatusCode::FORBIDDEN, ApiError::new(ErrorCode::Forbidden, "you may not do this with documents")));
    }
    Ok(api)
}

/// `POST /plants/{plant}/knowledge/documents?name=…&title=…&unit=…&tags=A,B` with the file as body.
pub(super) async fn add(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    headers: HeaderMap,
    described: Result<Query<Described>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match taken_in(&server, &named, &visitor, &headers, described, body).await {
        Ok(added) => (StatusCode::CREATED, Json(added)).into_response(),
        Err((status, error)) => refusal(status, error),
    }
}

async fn taken_in(
    server: &Server,
    named: &Named,
    visitor: &Visitor,
    headers: &HeaderMap,
    described: Result<Query<Described>, QueryRejection>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Added, Refused> {
    let api = admit(server, named, visitor, Action::KnowledgeEdit).await?;
    if comes_from_another_page(headers) {
        let error = ApiError::new(ErrorCode::Forbidden, "this request comes from a page of another address");
        return Err((StatusCode::FORBIDDEN, error));
    }
    // No form of another site can send this type without being asked first.
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind != "application/octet-stream" {
        let error = ApiError::invalid("send the file itself, with the header Content-Type: application/octet-stream");
        return Err((StatusCode::UNSUPPORTED_MEDIA_TYPE, error));
    }
    let Query(described) =
        described.map_err(|problem| (StatusCode::BAD_REQUEST, ApiError::invalid(problem.body_text())))?;
    let body = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let most = bounds::DOCUMENT_FILE.most;
            (StatusCode::PAYLOAD_TOO_LARGE, ApiError::limit("BODY", format!("a document has at most {most} bytes")))
        }
        status => (status, ApiError::invalid("the body cannot be read")),
    })?;
    let tags = described.tags.as_deref().unwrap_or_default().split(',').map(str::trim);
    let offered = Offered {
        name: described.name,
        title: described.title,
        unit: described.unit.filter(|unit| !unit.is_empty()),
        tags: tags.filter(|tag| !tag.is_empty()).map(str::to_owned).collect(),
    };
    let card = api.add_document(visitor, offered, body.to_vec()).await.map_err(|error| (status_of(&error), error))?;
    Ok(Added { id: card.id.to_string(), name: card.name, title: card.title, digest: card.digest })
}

fn status_of(error: &ApiError) -> StatusCode {
    match error.code {
        ErrorCode::InvalidInput | ErrorCode::LimitExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// `GET /plants/{plant}/knowledge/documents?id=…`: the file as it came, to be saved and not to be opened here.
pub(super) async fn file(
    State(server): State<Server>,
    named: Named,
    visitor: Visitor,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Response {
    match given_out(&server, &named, &visitor, wanted).await {
        Ok(response) => response,
        Err((status, error)) => refusal(status, error),
    }
}

async fn given_out(
    server: &Server,
    named: &Named,
    visitor: &Visitor,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refused> {
    let api = admit(server, named, visitor, Action::KnowledgeView).await?;
    let Query(wanted) = wanted.map_err(|problem| (StatusCode::BAD_REQUEST, ApiError::invalid(problem.body_text())))?;
    let found = api.document_file(&wanted.id).await.map_err(|error| (status_of(&error), error))?;
    let Some((card, content)) = found else {
        let message = format!("nobody has uploaded a document `{}`", wanted.id);
        return Err((StatusCode::NOT_FOUND, ApiError::new(ErrorCode::NotFound, message)));
    };
    let mut response = content.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(card.media.mime()));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox; default-src 'none'"));
    let name: String =
        card.name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_. ".contains(c) { c } else { '_' }).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}
