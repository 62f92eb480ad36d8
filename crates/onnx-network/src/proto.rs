//! What an ONNX file says of itself, before anything of it is run.

use std::collections::BTreeSet;

use tract_onnx::pb::{GraphProto, ModelProto, ValueInfoProto, tensor_shape_proto::dimension, type_proto};
use tract_onnx::prelude::Framework;

use crate::{LARGEST, OnnxError, TAGS_PROPERTY};

/// ONNX's numbers for element types.
const SINGLE: i32 = 1;
const DOUBLE: i32 = 11;

/// Operators whose answer is another one each time, or that may run without end.
const UNRULY: [&str; 9] = [
    "Bernoulli",
    "Multinomial",
    "RandomNormal",
    "RandomNormalLike",
    "RandomUniform",
    "RandomUniformLike",
    "If",
    "Loop",
    "Scan",
];

/// Which numbers its rows are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Single,
    Double,
}

/// A file that was read, and not looked into yet.
pub(crate) struct Outline(ModelProto);

impl Outline {
    pub fn read(file: &[u8]) -> Result<Self, OnnxError> {
        if file.len() > LARGEST {
            return Err(OnnxError::TooLarge { bytes: file.len(), most: LARGEST });
        }
        let mut bytes = file;
        let model = tract_onnx::onnx().proto_model_for_read(&mut bytes);
        let model = model.map_err(|error| OnnxError::NotOnnx(crate::in_words(&error)))?;
        match model.graph {
            Some(_) => Ok(Self(model)),
            None => Err(OnnxError::NotOnnx("there is no graph in it".to_owned())),
        }
    }

    pub const fn model(&self) -> &ModelProto {
        &self.0
    }

    pub fn tags(&self) -> Option<Vec<String>> {
        let told = self.0.metadata_props.iter().find(|property| property.key == TAGS_PROPERTY)?;
        Some(told.value.split(',').map(|tag| tag.trim().to_owned()).filter(|tag| !tag.is_empty()).collect())
    }

    /// Refuses what does not take and give a row of this width, and tells of which numbers.
    pub fn check(&self, width: usize) -> Result<Kind, OnnxError> {
        let Some(graph) = &self.0.graph else { return Err(OnnxError::NotOnnx("there is no graph in it".to_owned())) };
        check_operators(graph)?;
        // Old files list their weights among the inputs.
        let weights: BTreeSet<&str> = graph.initializer.iter().map(|weight| weight.name.as_str()).collect();
        let inputs: Vec<&ValueInfoProto> =
            graph.input.iter().filter(|input| !weights.contains(input.name.as_str())).collect();
        let outputs: Vec<&ValueInfoProto> = graph.output.iter().collect();
        let input = one("inputs", &inputs)?;
        one("outputs", &outputs)?;
        let made = graph.node.iter().any(|node| node.output.contains(&outputs[0].name));
        if !made {
            return Err(OnnxError::Network(format!("nothing makes its output `{}`", outputs[0].name)));
        }
        check_row(input, width)
    }
}

fn one<'a>(what: &'static str, ends: &[&'a ValueInfoProto]) -> Result<&'a ValueInfoProto, OnnxError> {
    match ends {
        [only] => Ok(only),
        several => {
            let names: Vec<&str> = several.iter().map(|end| end.name.as_str()).collect();
            let got =
                if names.is_empty() { "no".to_owned() } else { format!("{} ({})", names.len(), names.join(", ")) };
            Err(OnnxError::Ends { what, got })
        }
    }
}

fn check_operators(graph: &GraphProto) -> Result<(), OnnxError> {
    let known = tract_onnx::onnx().op_register.0;
    let operators: BTreeSet<&str> = graph.node.iter().map(|node| node.op_type.as_str()).collect();
    let which = |holds: &dyn Fn(&str) -> bool| -> String {
        operators.iter().copied().filter(|name| holds(name)).collect::<Vec<_>>().join(", ")
    };
    let unruly = which(&|name| UNRULY.contains(&name));
    if !unruly.is_empty() {
        return Err(OnnxError::Unruly(unruly));
    }
    let unknown = which(&|name| !known.contains_key(name));
    if unknown.is_empty() { Ok(()) } else { Err(OnnxError::UnknownOperators(unknown)) }
}

fn check_row(input: &ValueInfoProto, width: usize) -> Result<Kind, OnnxError> {
    let tensor = match input.r#type.as_ref().and_then(|of| of.value.as_ref()) {
        Some(type_proto::Value::TensorType(tensor)) => tensor,
        None => return Err(OnnxError::InputWidth { got: "of no shape".to_owned(), expected: width }),
    };
    let kind = match tensor.elem_type {
        SINGLE => Kind::Single,
        DOUBLE => Kind::Double,
        other => return Err(OnnxError::Kind(other)),
    };
    // An axis without a number is as long as it needs to be.
    let axes: Vec<Option<i64>> = tensor.shape.iter().flat_map(|shape| &shape.dim).map(length).collect();
    match axes.as_slice() {
        [None | Some(1), None] => Ok(kind),
        [None | Some(1), Some(of)] if usize::try_from(*of) == Ok(width) => Ok(kind),
        other => {
            let axis = |axis: &Option<i64>| axis.map_or("any".to_owned(), |length| length.to_string());
            let got = format!("[{}]", other.iter().map(axis).collect::<Vec<_>>().join(", "));
            Err(OnnxError::InputWidth { got, expected: width })
        }
    }
}

fn length(axis: &tract_onnx::pb::tensor_shape_proto::Dimension) -> Option<i64> {
    match axis.value {
        Some(dimension::Value::DimValue(length)) if length > 0 => Some(length),
        _ => None,
    }
}
