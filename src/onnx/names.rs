//! Values by name.

/// The most names of one leaf.
const LEAF: usize = 256;

/// Values by name, of any kind. All kinds share one index, of names and places: the browser's reader is to be small, and
/// would carry a map's code once for every kind of value.
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
    pub(crate) fn into_named(self) -> impl Iterator<Item = (String, V)> {
        let Names { places, mut values } = self;
        let names = places.leaves.into_iter().flatten();
        names.filter_map(move |(name, place)| Some((name, values[place].take()?)))
    }

    /// Names and values, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        let names = self.places.leaves.iter().flatten();
        names.filter_map(|(name, place)| Some((&name[..], self.values[*place].as_ref()?)))
    }
}

/// Names in order, each with a place of its own, counted from 0. They lie in leaves, none of them empty: to put a name
/// between others moves those of one leaf only. It does what a tree of the standard library does, in a tenth of the code.
#[derive(Clone, Debug, Default)]
struct Places {
    leaves: Vec<Vec<(String, usize)>>,
    count: usize,
}

impl Places {
    /// The leaf that has this name or would take it, and where in it the name is or would be.
    fn seek(&self, name: &str) -> (usize, Result<usize, usize>) {
        let leaf = self.leaves.partition_point(|leaf| &leaf[0].0[..] <= name).saturating_sub(1);
        let names = self.leaves.get(leaf).map_or(&[][..], |leaf| leaf);
        (leaf, names.binary_search_by(|(known, _)| known[..].cmp(name)))
    }

    #[inline(never)]
    fn find(&self, name: &str) -> Option<usize> {
        let (leaf, found) = self.seek(name);
        found.ok().map(|at| self.leaves[leaf][at].1)
    }

    #[inline(never)]
    fn of(&mut self, name: String) -> usize {
        let (leaf, found) = self.seek(&name);
        let at = match found {
            Ok(at) => return self.leaves[leaf][at].1,
            Err(at) => at,
        };
        if self.leaves.is_empty() {
            self.leaves.push(Vec::new());
        }
        let names = &mut self.leaves[leaf];
        names.insert(at, (name, self.count));
        if names.len() > LEAF {
            let behind = names.split_off(LEAF / 2);
            self.leaves.insert(leaf + 1, behind);
        }
        self.count += 1;
        self.count - 1
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

    #[test]
    fn many_names_in_any_order_are_found_and_come_in_order() {
        // A step that has no divisor in common with the count visits every number once.
        for step in [1, 1_009, 4_999] {
            let (mut names, mut map) = (Names::default(), std::collections::BTreeMap::new());
            for number in (0..5_000).map(|place| place * step % 5_000) {
                assert_eq!(names.insert(number.to_string(), number), map.insert(number.to_string(), number));
            }
            assert!((0..5_000).all(|number| names.get(&number.to_string()) == Some(&number)));
            assert_eq!((names.get("5000"), names.get(""), names.get("x")), (None, None, None));
            assert!(names.iter().eq(map.iter().map(|(name, number)| (&name[..], number))));
        }
    }
}
