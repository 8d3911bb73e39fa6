//! Values by name.

use std::collections::BTreeMap;

/// Values by name, of any kind. All kinds share one tree, of names and places: the browser's reader is to be small, and
/// would carry a tree's code once for every kind of value.
#[derive(Clone, Debug)]
pub(crate) struct Names<V> {
    places: Places,
    values: Vec<Option<V>>,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Names { places: Places::default(), values: Vec::new() }
    }
}

impl<V> Names<V> {
    /// The value of this name.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.values[self.places.find(name)?].as_ref()
    }

    /// Whether anything has this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Gives a value this name; gives back the one that had it.
    pub(crate) fn insert(&mut self, name: impl Into<String>, value: V) -> Option<V> {
        let place = self.places.of(name.into());
        if place == self.values.len() {
            self.values.push(None);
        }
        self.values[place].replace(value)
    }

    /// Takes out what has this name.
    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        self.values[self.places.find(name)?].take()
    }

    /// Names and values, by name, taken out.
    #[cfg_attr(feature = "onnx-web", allow(dead_code))] // There a network leaves as a file.
    pub(crate) fn into_named(self) -> impl Iterator<Item = (String, V)> {
        let Names { places, mut values } = self;
        places.0.into_iter().filter_map(move |(name, place)| Some((name, values[place].take()?)))
    }

    /// Names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        let places = self.places.0.iter();
        places.filter_map(|(name, &place)| Some((&name[..], self.values[place].as_ref()?)))
    }
}

/// Names, each with a place of its own, counted from 0.
#[derive(Clone, Debug, Default)]
struct Places(BTreeMap<String, usize>);

impl Places {
    #[inline(never)]
    fn find(&self, name: &str) -> Option<usize> {
        self.0.get(name).copied()
    }

    #[inline(never)]
    fn of(&mut self, name: String) -> usize {
        let next = self.0.len();
        *self.0.entry(name).or_insert(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_value_until_it_is_taken_out() {
        let mut names = Names::default();
        assert_eq!((names.insert("b", 1), names.insert("a", 2), names.insert("b", 3)), (None, None, Some(1)));
        assert_eq!((names.get("b"), names.get("c"), names.has("a")), (Some(&3), None, true));
        assert_eq!((names.remove("b"), names.remove("b"), names.has("b")), (Some(3), None, false));
        names.insert("c", 4);
        assert_eq!(names.iter().collect::<Vec<_>>(), [("a", &2), ("c", &4)]);
    }
}
