//! What a person did that cannot be done, as part of a mutation's answer.

use async_graphql::SimpleObject;

use crate::graphql::error::{ApiError, ErrorCode};

/// What a person did that cannot be done.
#[derive(SimpleObject, Clone, Debug)]
pub struct UserError {
    /// Which kind.
    pub(in crate::graphql) code: ErrorCode,
    /// Which part of the input, from the outside in.
    pub(in crate::graphql) path: Vec<String>,
    /// A sentence for the person.
    pub(in crate::graphql) message: String,
}

impl UserError {
    /// An error at a part of the input.
    pub(in crate::graphql) fn at(path: &[&str], error: ApiError) -> Self {
        Self { code: error.code, path: path.iter().map(|part| (*part).to_owned()).collect(), message: error.message }
    }
}
