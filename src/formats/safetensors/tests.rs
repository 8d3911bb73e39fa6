use std::collections::HashMap;

use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype as TheirDtype, TensorView};

use super::*;

fn file() -> File {
    let mut file = File::default();
    for key in ["convscope", "seed", "data", "command"] {
        file.metadata.insert(key.into(), format!("text of {key}"));
    }
    let filter: Vec<f32> = (0..36).map(|i| i as f32 - 17.5).collect();
    for (name, tensor) in [
        ("conv.weight", Tensor::from_row_major([2, 2, 3, 3], &filter)),
        ("conv.bias", Tensor::from_row_major([2], &[0.25, -1.0])),
        ("none", Tensor::zeros([0, 4])),
        ("scale", Tensor::from_row_major(crate::Shape::default(), &[3.0])),
    ] {
        file.tensors.insert(name.into(), tensor.unwrap());
    }
    file
}

/// A file with this header and data.
fn bytes(header: &str, data: &[u8]) -> Vec<u8> {
    [&(header.len() as u64).to_le_bytes(), header.as_bytes(), data].concat()
}

fn refusal(bytes: &[u8]) -> String {
    read(bytes).unwrap_err().to_string()
}

#[test]
fn a_file_reads_back_the_same_and_its_bytes_are_deterministic() {
    for dtype in Dtype::ALL {
        let written = file().write(dtype).unwrap();
        assert_eq!(read(&written).unwrap(), file(), "{dtype:?}");
        assert_eq!(written, file().write(dtype).unwrap());
    }
}

#[test]
fn the_safetensors_crate_reads_our_files() {
    let written = file().write(Dtype::F32).unwrap();
    let theirs = SafeTensors::deserialize(&written).unwrap();
    assert_eq!(theirs.len(), 4);
    let filter = theirs.tensor("conv.weight").unwrap();
    assert_eq!(filter.shape(), [2, 2, 3, 3]);
    assert_eq!(filter.data()[..4], (-17.5f32).to_le_bytes());
}

#[test]
fn files_of_the_safetensors_crate_are_read() {
    let bf16 = [0x80, 0x3f, 0x00, 0xc0];
    let f32 = 0.5f32.to_le_bytes();
    let f64 = (-0.1f64).to_le_bytes();
    let i64 = [(-3i64).to_le_bytes(), (1i64 << 24).to_le_bytes()].concat();
    let tensors = [
        ("d", TensorView::new(TheirDtype::F64, vec![], &f64).unwrap()),
        ("i", TensorView::new(TheirDtype::I64, vec![2], &i64).unwrap()),
        ("a", TensorView::new(TheirDtype::BF16, vec![2], &bf16).unwrap()),
        ("b", TensorView::new(TheirDtype::F32, vec![1, 1], &f32).unwrap()),
    ];
    let metadata = HashMap::from([("key".to_string(), "text".to_string())]);
    let file = read(&safetensors::serialize(tensors, Some(metadata)).unwrap()).unwrap();
    assert_eq!(file.metadata["key"], "text");
    assert_eq!(file.tensors["a"].data(), [1.0, -2.0]);
    assert_eq!(file.tensors["d"].data(), [-0.1]);
    assert_eq!(file.tensors["i"].data(), [-3.0, 16_777_216.0]);
    assert_eq!(file.tensors["b"].shape().axes(), [1, 1]);
}

#[test]
fn a_number_out_of_the_range_of_f16_is_refused() {
    let tensor = Tensor::from_row_major([1], &[1e6]).unwrap();
    let error = write(&BTreeMap::new(), [("w", &tensor)], Dtype::F16).unwrap_err();
    assert!(error.to_string().starts_with("tensor `w`"), "{error}");
}

#[test]
fn an_error_names_the_tensor_that_contradicts_the_file() {
    let entry = r#""w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#;
    let twice = refusal(&bytes(&format!("{{{entry},{entry}}}"), &[0; 4]));
    assert!(twice.contains("`w` given twice"), "{twice}");
    let header = r#"{"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}}"#;
    let inexact = refusal(&bytes(header, &((1i64 << 24) + 1).to_le_bytes()));
    assert!(inexact.contains("`n`") && inexact.contains("16777217"), "{inexact}");
    let short = refusal(&bytes(&format!("{{{entry}}}"), &[0; 3]));
    assert!(short.contains("`w`") && short.contains("truncated"), "{short}");
    let long = refusal(&bytes(&format!("{{{entry}}}"), &[0; 5]));
    assert!(long.contains("expected 4 bytes") && long.contains('5'), "{long}");
}

/// Eight tensors of 2²⁹ bytes overflow 32 bits: the sum must not be a `usize`.
#[test]
fn offsets_that_overflow_32_bits_are_refused() {
    let mut entries = Vec::new();
    for i in 0..8u64 {
        let (from, to) = (i << 29, (i + 1) << 29);
        entries
            .push(format!(r#""t{i}":{{"dtype":"F32","shape":[{}],"data_offsets":[{from},{to}]}}"#, 1 << 27));
    }
    let message = refusal(&bytes(&format!("{{{}}}", entries.join(",")), &[]));
    assert!(message.contains("t0") && message.contains("truncated"), "{message}");
}

#[test]
fn a_name_in_a_message_is_short_and_without_control_characters() {
    let name = format!("\\u0007{}", "x".repeat(500));
    let header = format!(r#"{{"{name}":{{"dtype":"I8","shape":[],"data_offsets":[0,1]}}}}"#);
    let message = refusal(&bytes(&header, &[0]));
    assert!(message.len() < 300 && message.contains('…'), "{message}");
    assert!(!message.contains('\u{7}'));
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn a_changed_byte_is_refused_or_gives_a_file_that_reads_back_the_same(index in 0usize..700, value: u8) {
        let mut bytes = file().write(Dtype::F32).unwrap();
        let index = index % bytes.len();
        bytes[index] = value;
        if let Ok(file) = read(&bytes) {
            let bytes = file.write(Dtype::F32).unwrap();
            prop_assert_eq!(read(&bytes).unwrap().write(Dtype::F32).unwrap(), bytes);
        }
    }
}
