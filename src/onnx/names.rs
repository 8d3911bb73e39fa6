//! A map with names as keys.

/// The largest number of names in a leaf.
const LEAF: usize = 256;

/// A map from names to values. All types of values share one index from names to slots, because `BTreeMap` would be compiled
/// for every type, in a binary that has to be small.
#[derive(Clone, Debug)]
pub(crate) struct Names<V> {
    index: NameIndex,
    /// The values by slot; `None` after a removal.
    values: Vec<Option<V>>,
}

impl<V> Default for Names<V> {
    fn default() -> Self {
        Names { index: NameIndex::default(), values: Vec::new() }
    }
}

impl<V> Names<V> {
    /// The value with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        self.values[self.index.find(name)?].as_ref()
    }

    /// Whether there is a value with this name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Inserts a value; returns the previous value with this name.
    pub(crate) fn insert(&mut self, name: impl Into<String>, value: V) -> Option<V> {
        let slot = self.index.find_or_insert(name.into());
        if slot == self.values.len() {
            self.values.push(None);
        }
        self.values[slot].replace(value)
    }

    /// Removes and returns the value with this name.
    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        self.values[self.index.find(name)?].take()
    }

    /// The names and values, ordered by name.
    pub(crate) fn into_named(self) -> impl Iterator<Item = (String, V)> {
        let Names { index, mut values } = self;
        let names = index.leaves.into_iter().flatten();
        names.filter_map(move |(name, slot)| Some((name, values[slot].take()?)))
    }

    /// Iterates over the names and values, ordered by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        let names = self.index.leaves.iter().flatten();
        names.filter_map(|(name, slot)| Some((&name[..], self.values[*slot].as_ref()?)))
    }
}

/// Sorted names, each with a slot counted from 0. They are stored in non-empty leaves, so that an insertion moves the names of
/// one leaf only. It takes a tenth of the code of `BTreeMap`.
#[derive(Clone, Debug, Default)]
struct NameIndex {
    leaves: Vec<Vec<(String, usize)>>,
    count: usize,
}

impl NameIndex {
    /// The leaf for this name, and the position in it: `Ok` if the name is there, `Err` where it would be inserted.
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
    fn find_or_insert(&mut self, name: String) -> usize {
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
            let upper = names.split_off(LEAF / 2);
            self.leaves.insert(leaf + 1, upper);
        }
        self.count += 1;
        self.count - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_value_until_it_is_removed() {
        let mut names = Names::default();
        assert_eq!((names.insert("b", 1), names.insert("a", 2), names.insert("b", 3)), (None, None, Some(1)));
        assert_eq!((names.get("b"), names.get("c"), names.has("a")), (Some(&3), None, true));
        assert_eq!((names.remove("b"), names.remove("b"), names.has("b")), (Some(3), None, false));
        names.insert("c", 4);
        assert_eq!(names.iter().collect::<Vec<_>>(), [("a", &2), ("c", &4)]);
    }

    #[test]
    fn agrees_with_btree_map_for_any_insertion_order() {
        // A step that is coprime to the count visits every number once.
        for step in [1, 1_009, 4_999] {
            let (mut names, mut map) = (Names::default(), std::collections::BTreeMap::new());
            for number in (0..5_000).map(|i| i * step % 5_000) {
                assert_eq!(names.insert(number.to_string(), number), map.insert(number.to_string(), number));
            }
            assert!((0..5_000).all(|number| names.get(&number.to_string()) == Some(&number)));
            assert_eq!((names.get("5000"), names.get(""), names.get("x")), (None, None, None));
            assert!(names.iter().eq(map.iter().map(|(name, number)| (&name[..], number))));
        }
    }
}
