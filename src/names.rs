//! A sorted-vector map from names to indices, in a third of the code of `BTreeMap`.

use crate::order::in_order;

/// Unique names with their indices.
#[derive(Debug)]
pub(crate) struct Names<'a> {
    names: Vec<&'a str>,
    /// The indices of the names in alphabetical order.
    order: Vec<usize>,
}

impl<'a> Names<'a> {
    /// Indexes a list of names; returns a duplicate name as the error.
    pub(crate) fn of(names: Vec<&'a str>) -> Result<Self, &'a str> {
        let order = in_order(names.len(), &|a, b| names[a] < names[b]);
        match order.windows(2).find(|pair| names[pair[0]] == names[pair[1]]) {
            Some(pair) => Err(names[pair[0]]),
            None => Ok(Names { names, order }),
        }
    }

    /// The index of a name in the list.
    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        let found = self.order.binary_search_by(|&index| self.names[index].cmp(name));
        found.ok().map(|rank| self.order[rank])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_by_index_and_duplicates_refused() {
        let list = ["c1", "", "s2", "c10"];
        let names = Names::of(list.to_vec()).unwrap();
        for (index, name) in list.into_iter().enumerate() {
            assert_eq!(names.find(name), Some(index));
        }
        assert_eq!(names.find("c2"), None);
        assert_eq!(Names::of(vec!["b", "a", "b"]).unwrap_err(), "b");
    }
}
