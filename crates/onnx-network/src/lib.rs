//! Networks that take one row of numbers and give one of the same width back, read from ONNX files.
//!
//! A network is checked when it is read, not when it is first needed: its number of inputs and outputs, the width and kind of
//! its rows, its operators. What comes from elsewhere may be anything, so a panic of the library below is an error as well.

mod error;
mod proto;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tract_onnx::prelude::*;

pub use error::OnnxError;
use proto::{Kind, Outline};

/// The largest file that is read, bytes. A network of a hundred tags has some ten thousand.
pub const LARGEST: usize = 4 << 20;
/// The property of a file that names what its columns are, separated by commas.
pub const TAGS_PROPERTY: &str = "tep.tags";

/// A network that is ready to run. Clones share it.
#[derive(Clone)]
pub struct Network {
    plan: Arc<TypedRunnableModel>,
    width: usize,
    kind: Kind,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a network of {} columns", self.width)
    }
}

/// The names of the columns, in their order, where the file tells them in its property `tep.tags`.
///
/// # Errors
/// When the bytes are too many, or no ONNX.
pub fn tags(file: &[u8]) -> Result<Option<Vec<String>>, OnnxError> {
    guarded(|| Ok(Outline::read(file)?.tags()))
}

impl Network {
    /// Reads a network for rows of this width.
    ///
    /// # Errors
    /// Says what of the file is not as it must be.
    pub fn parse(file: &[u8], width: usize) -> Result<Self, OnnxError> {
        guarded(|| {
            let outline = Outline::read(file)?;
            let kind = outline.check(width)?;
            let fact = match kind {
                Kind::Single => f32::fact([1, width]),
                Kind::Double => f64::fact([1, width]),
            };
            let typed = tract_onnx::onnx()
                .model_for_proto_model(outline.model())
                .and_then(|model| model.with_input_fact(0, fact.into()))
                .and_then(|model| model.into_optimized())
                .map_err(|error| OnnxError::Network(in_words(&error)))?;
            let made = typed.output_fact(0).map_err(|error| OnnxError::Network(in_words(&error)))?;
            let entries = made.shape.as_concrete().map(|dims| dims.iter().product::<usize>());
            if entries != Some(width) {
                return Err(OnnxError::OutputWidth { got: format!("{:?}", made.shape), expected: width });
            }
            let plan = typed.into_runnable().map_err(|error| OnnxError::Network(in_words(&error)))?;
            let network = Self { plan, width, kind };
            // What cannot run at all shows now.
            network.run(&vec![0.0; width], &mut vec![0.0; width])?;
            Ok(network)
        })
    }

    /// How many numbers a row has.
    pub const fn width(&self) -> usize {
        self.width
    }

    /// What the network makes of a row. A number that is too large for its kind comes back as NaN, though a network may hide
    /// what it took for infinite: there it has no answer.
    ///
    /// # Errors
    /// When the row is of another width, or the network fails on it.
    pub fn reconstruct(&self, row: &[f64], into: &mut [f64]) -> Result<(), OnnxError> {
        if row.len() != self.width || into.len() != self.width {
            return Err(OnnxError::Row { expected: self.width, got: row.len().min(into.len()) });
        }
        guarded(|| self.run(row, into))
    }

    fn run(&self, row: &[f64], into: &mut [f64]) -> Result<(), OnnxError> {
        let failed = |error: TractError| OnnxError::Network(in_words(&error));
        let shape = [1, self.width];
        let input = match self.kind {
            Kind::Single => {
                let narrow: Vec<f32> = row.iter().map(|value| *value as f32).collect();
                Tensor::from_shape(&shape, &narrow)
            }
            Kind::Double => Tensor::from_shape(&shape, row),
        };
        let made = self.plan.run(tvec!(input.map_err(failed)?.into())).map_err(failed)?;
        let made = made.first().ok_or_else(|| OnnxError::Network("it gave nothing back".to_owned()))?;
        let made = made.cast_to::<f64>().map_err(failed)?;
        let view = made.to_plain_array_view::<f64>().map_err(failed)?;
        if view.len() != self.width {
            return Err(OnnxError::OutputWidth { got: format!("{:?}", view.shape()), expected: self.width });
        }
        let too_large = |value: f64| matches!(self.kind, Kind::Single) && !(value as f32).is_finite();
        for ((slot, made), taken) in into.iter_mut().zip(view.iter()).zip(row) {
            *slot = if too_large(*taken) { f64::NAN } else { *made };
        }
        Ok(())
    }
}

/// The reasons of an error, in one line and not without end.
fn in_words(error: &TractError) -> String {
    const LETTERS: usize = 400;
    let words = format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= LETTERS { words } else { words.chars().take(LETTERS).chain(['…']).collect() }
}

/// A panic below is an error of the file.
fn guarded<T>(work: impl FnOnce() -> Result<T, OnnxError>) -> Result<T, OnnxError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let words =
            panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
        Err(OnnxError::Network(words.unwrap_or("it cannot be run").to_owned()))
    })
}
