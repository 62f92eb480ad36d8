//! Why a file is no network that can be used.

use thiserror::Error;

/// Why a file is no network that can be used, or a row cannot go through it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OnnxError {
    /// It has more bytes than are read.
    #[error("it has {bytes} bytes, more than the {most} that a network of this kind may have")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many it may have.
        most: usize,
    },
    /// The bytes are none of an ONNX file.
    #[error("it is no ONNX file: {0}")]
    NotOnnx(String),
    /// More than one row goes in or comes out, or none.
    #[error("it has {got} {what}, and one is needed: a row in the tags' units, and the same row reconstructed")]
    Ends {
        /// `inputs` or `outputs`.
        what: &'static str,
        /// How many, with their names.
        got: String,
    },
    /// It is made for rows of another width.
    #[error("its input is {got}, and rows of {expected} tags are needed")]
    InputWidth {
        /// The shape that it wants.
        got: String,
        /// How many tags were named.
        expected: usize,
    },
    /// It gives rows of another width.
    #[error("its output is {got}, and a row of {expected} tags is needed")]
    OutputWidth {
        /// The shape that it gives.
        got: String,
        /// How many tags were named.
        expected: usize,
    },
    /// Its rows are not of floating point numbers.
    #[error("its input is of the ONNX element type {0}; 32 and 64 bit floating point are known")]
    Kind(i32),
    /// It needs operators that are not there.
    #[error("it has operators that are not known here: {0}")]
    UnknownOperators(String),
    /// It would not give the same numbers for the same row, or may not end.
    #[error("it has operators that draw lots or may not end: {0}")]
    Unruly(String),
    /// Its parts do not fit together, or it fails on a row.
    #[error("the network cannot be run: {0}")]
    Network(String),
    /// A row is of another width.
    #[error("the network takes {expected} numbers a row, got {got}")]
    Row {
        /// How many it takes.
        expected: usize,
        /// How many there were.
        got: usize,
    },
}
