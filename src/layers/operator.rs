//! A layer of any type.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use super::Layer;
use super::registry::SAVED;
use crate::json::Writer;

/// A layer of any type. Cloning shares it: a layer has settings only; weights belong to a
/// [`Network`](crate::Network).
#[derive(Clone)]
pub struct Operator(Arc<dyn Layer>);

impl Operator {
    /// The layer.
    pub fn layer(&self) -> &dyn Layer {
        &*self.0
    }

    /// The layer as type `L`, if it has that type.
    pub fn get<L: Layer>(&self) -> Option<&L> {
        (self.layer() as &dyn Any).downcast_ref()
    }

    /// Whether the layer is of type `L`.
    pub fn is<L: Layer>(&self) -> bool {
        self.get::<L>().is_some()
    }

    /// The layer's type, the key of a registry.
    pub(super) fn id(&self) -> TypeId {
        (self.layer() as &dyn Any).type_id()
    }

    /// Writes the layer's JSON form: an object with one field, `{"conv": {…}}`.
    pub(crate) fn write(&self, json: &mut Writer) {
        let id = self.id();
        let saved = SAVED.iter().find(|saved| saved.id == id).expect("every layer has a row in the registry");
        json.open('{');
        json.name(saved.kind);
        (saved.write)(self.layer(), json);
        json.close('}');
    }

    /// The layer's JSON form.
    pub fn to_json(&self) -> String {
        let mut json = Writer::default();
        self.write(&mut json);
        json.finish()
    }
}

impl<L: Layer> From<L> for Operator {
    fn from(layer: L) -> Self {
        Operator(Arc::new(layer))
    }
}

/// Layers are equal if their JSON forms are equal.
impl PartialEq for Operator {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.layer().op())
    }
}
