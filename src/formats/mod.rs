//! File formats. Input is hostile: limits are checked before memory is allocated, and errors state what was expected and
//! what was found. Callers add the name of the file with [`Place::at`](crate::error::Place::at).

pub mod idx;
pub mod network;
#[cfg(feature = "cli")]
pub mod npy;
pub mod safetensors;
