//! The registry of models against a real MLflow server.

mod real;
