//! Model cards as files.

use std::path::Path;

use super::files;
use crate::error::{Place, Result};
use crate::models::card::Card;

/// The largest card that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The card beside a file of weights; `None` if there is none.
pub(super) fn read_beside(weights: &Path) -> Result<Option<Card>> {
    let path = Card::path_beside(weights);
    if !path.is_file() {
        return Ok(None);
    }
    Card::parse(&files::read(&path, MAX_BYTES)?).at(|| path.display()).map(Some)
}

/// Writes a card beside its weights.
pub(super) fn write_beside(card: &Card, weights: &Path) -> Result<()> {
    files::write(&Card::path_beside(weights), card.to_json().as_bytes())
}
