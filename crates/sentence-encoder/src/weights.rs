//! The file of weights: `safetensors`, a header in JSON and numbers after it.

use std::collections::HashMap;

use serde::Deserialize;

#[derive(Debug, Deserialize)]
struct Place {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [usize; 2],
}

/// Tensors by name, as they lie in the file.
#[derive(Debug)]
pub(crate) struct Weights<'a> {
    places: HashMap<String, Place>,
    data: &'a [u8],
}

impl<'a> Weights<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, String> {
        let cut = || "it is cut off".to_owned();
        let (length, rest) = bytes.split_first_chunk::<8>().ok_or_else(cut)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| cut())?;
        let (header, data) = rest.split_at_checked(length).ok_or_else(cut)?;
        let header: HashMap<String, serde_json::Value> = serde_json::from_slice(header).map_err(|e| e.to_string())?;
        let places = header.into_iter().filter(|(name, _)| name != "__metadata__");
        let places = places.map(|(name, place)| {
            let place: Place = serde_json::from_value(place).map_err(|e| format!("tensor {name}: {e}"))?;
            Ok((name, place))
        });
        Ok(Self { places: places.collect::<Result<_, String>>()?, data })
    }

    /// Of the last mebibyte of numbers, FNV-1a: two models that were trained apart differ everywhere.
    pub(crate) fn fingerprint(&self) -> u32 {
        let last = &self.data[self.data.len().saturating_sub(1 << 20)..];
        last.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
    }

    /// The numbers of a tensor, row by row.
    pub(crate) fn tensor(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
        let place = self.places.get(name).ok_or_else(|| format!("it has no tensor {name}"))?;
        if place.dtype != "F32" || place.shape != shape {
            return Err(format!("tensor {name} is {} {:?}, not F32 {shape:?}", place.dtype, place.shape));
        }
        let [from, to] = place.data_offsets;
        let bytes = self.data.get(from..to).ok_or_else(|| format!("tensor {name} is cut off"))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() || numbers.len() != shape.iter().product::<usize>() {
            return Err(format!("tensor {name} has {} bytes", bytes.len()));
        }
        Ok(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect())
    }
}
