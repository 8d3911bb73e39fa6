//! Files in and out. Everything read here is hostile until it has been checked: a limit is stated before memory is
//! taken, and a refusal says what was expected and what was found. Callers put the file's name before it with
//! [`Place::at`](crate::error::Place::at).

pub mod idx;
pub mod network;
pub mod safetensors;
