//! What is read, and what is refused with which words.

use onnx_network::{LARGEST, Network, OnnxError, TAGS_PROPERTY, tags};
use prost::Message;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension::Value};
use tract_onnx::pb::{
    GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto,
    TypeProto, ValueInfoProto, type_proto,
};

const SINGLE: i32 = 1;
const INT64: i32 = 7;
const DOUBLE: i32 = 11;

fn end(name: &str, kind: i32, axes: &[Option<i64>]) -> ValueInfoProto {
    let axis = |length: &Option<i64>| Dimension {
        value: Some(length.map_or_else(|| Value::DimParam("n".into()), Value::DimValue)),
        ..Dimension::default()
    };
    let shape = Some(TensorShapeProto { dim: axes.iter().map(axis).collect() });
    let value = Some(type_proto::Value::TensorType(type_proto::Tensor { elem_type: kind, shape }));
    ValueInfoProto {
        name: name.into(),
        r#type: Some(TypeProto { value, ..TypeProto::default() }),
        doc_string: String::new(),
    }
}

fn weights(name: &str, dims: &[i64], values: &[f32]) -> TensorProto {
    TensorProto {
        name: name.into(),
        data_type: SINGLE,
        dims: dims.to_vec(),
        float_data: values.to_vec(),
        ..TensorProto::default()
    }
}

fn node(operator: &str, from: &[&str], to: &str) -> NodeProto {
    NodeProto {
        op_type: operator.into(),
        name: format!("make {to}"),
        input: from.iter().map(|name| (*name).into()).collect(),
        output: vec![to.into()],
        ..NodeProto::default()
    }
}

/// A network that halves each of three numbers.
fn halving() -> ModelProto {
    let graph = GraphProto {
        name: "halving".into(),
        node: vec![node("Mul", &["row", "half"], "back")],
        initializer: vec![weights("half", &[1], &[0.5])],
        input: vec![end("row", SINGLE, &[None, Some(3)])],
        output: vec![end("back", SINGLE, &[None, Some(3)])],
        ..GraphProto::default()
    };
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 17 }];
    ModelProto { ir_version: 8, graph: Some(graph), opset_import, ..ModelProto::default() }
}

fn with(change: impl FnOnce(&mut GraphProto)) -> Vec<u8> {
    let mut model = halving();
    change(model.graph.as_mut().expect("a graph"));
    model.encode_to_vec()
}

fn refused(file: &[u8]) -> String {
    Network::parse(file, 3).expect_err("it makes no sense").to_string()
}

#[test]
fn a_row_goes_in_and_comes_back() {
    let network = Network::parse(&halving().encode_to_vec(), 3).expect("a network");
    let mut back = [0.0; 3];
    network.reconstruct(&[1.0, -3.0, 8.5], &mut back).expect("a row");
    assert_eq!(back, [0.5, -1.5, 4.25]);
    let narrow = network.reconstruct(&[1.0], &mut back);
    assert_eq!(narrow, Err(OnnxError::Row { expected: 3, got: 1 }));
}

#[test]
fn double_precision_and_axes_without_a_number_are_understood() {
    let mut double = weights("half", &[1], &[]);
    (double.data_type, double.double_data) = (DOUBLE, vec![0.5]);
    let file = with(|graph| {
        graph.initializer = vec![double];
        graph.input = vec![end("row", DOUBLE, &[None, None])];
        graph.output = vec![end("back", DOUBLE, &[None, None])];
    });
    let mut back = [0.0; 3];
    Network::parse(&file, 3).expect("a network").reconstruct(&[1e300, 1e-300, 1.0], &mut back).expect("a row");
    assert_eq!(back, [5e299, 5e-301, 0.5]);
}

#[test]
fn a_number_too_large_for_it_comes_back_as_no_number() {
    let mut back = [0.0; 3];
    Network::parse(&halving().encode_to_vec(), 3)
        .expect("a network")
        .reconstruct(&[1e300, 1.0, 1.0], &mut back)
        .expect("a row");
    assert!(back[0].is_nan() && back[1].is_finite(), "{back:?}");
}

#[test]
fn the_file_may_tell_its_columns() {
    let mut model = halving();
    assert_eq!(tags(&model.encode_to_vec()), Ok(None));
    model.metadata_props =
        vec![StringStringEntryProto { key: TAGS_PROPERTY.into(), value: "XMEAS_1, XMEAS_2,XMV_3".into() }];
    let told = tags(&model.encode_to_vec()).expect("a file").expect("names");
    assert_eq!(told, ["XMEAS_1", "XMEAS_2", "XMV_3"]);
}

#[test]
fn what_is_no_network_of_rows_is_refused_in_words() {
    let shapeless = with(|graph| graph.input[0].r#type = None);
    for (file, words) in [
        (b"PK\x03\x04 not at all".to_vec(), "it is no ONNX file"),
        (Vec::new(), "there is no graph in it"),
        (halving().encode_to_vec()[..40].to_vec(), "it is no ONNX file"),
        (vec![0; LARGEST + 1], "more than the 4194304 that"),
        (
            with(|graph| graph.input = vec![end("row", SINGLE, &[None, Some(52)])]),
            "its input is [any, 52], and rows of 3 tags",
        ),
        (
            with(|graph| graph.input = vec![end("row", SINGLE, &[Some(8), Some(3)])]),
            "its input is [8, 3], and rows of 3",
        ),
        (with(|graph| graph.input = vec![end("row", SINGLE, &[None, Some(1), Some(3)])]), "its input is [any, 1, 3]"),
        (with(|graph| graph.input = vec![end("row", INT64, &[None, Some(3)])]), "of the ONNX element type 7"),
        (shapeless, "its input is of no shape"),
        (with(|graph| graph.input.push(end("state", SINGLE, &[None, Some(3)]))), "it has 2 (row, state) inputs"),
        (with(|graph| graph.output.clear()), "it has no outputs"),
        (with(|graph| graph.output[0].name = "nowhere".into()), "nothing makes its output `nowhere`"),
        (with(|graph| graph.node[0].op_type = "Scaler".into()), "operators that are not known here: Scaler"),
        (with(|graph| graph.node[0].op_type = "RandomNormalLike".into()), "draw lots or may not end: RandomNormalLike"),
        (with(|graph| graph.node[0].op_type = "Loop".into()), "draw lots or may not end: Loop"),
        (with(|graph| graph.node[0].input[1] = "gone".into()), "the network cannot be run"),
        (with(|graph| graph.node = vec![node("ReduceSum", &["row"], "back")]), "its output is"),
        (with(|graph| graph.initializer = vec![weights("half", &[5], &[0.5; 5])]), "its output is"),
        (with(|graph| graph.initializer[0].dims = vec![-1]), "the network cannot be run"),
        (with(|graph| graph.initializer[0].float_data.clear()), "the network cannot be run"),
    ] {
        let said = refused(&file);
        assert!(said.contains(words), "`{said}` does not say `{words}`");
    }
}

#[test]
fn weights_in_another_file_are_not_looked_for() {
    let file = with(|graph| {
        let half = &mut graph.initializer[0];
        half.float_data.clear();
        half.data_location = Some(1);
        half.external_data = vec![StringStringEntryProto { key: "location".into(), value: "/etc/hostname".into() }];
    });
    let said = refused(&file);
    assert!(said.contains("external data"), "{said}");
}
