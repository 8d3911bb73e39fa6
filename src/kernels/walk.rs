//! Walking through one tensor as it lies in memory, and knowing for each of its numbers a place in another tensor.
//!
//! That place is a sum with one term an axis, so a table an axis is enough: stride · index for a transpose, another index
//! for a slice or a gather, stride 0 for an axis that is broadcast or summed over, [`NOWHERE`] in a border. What moves
//! numbers walks through the result and reads there; what reduces walks through its input and adds up there. The tables
//! are made once for a shape.

use crate::tensor::Shape;

/// The place of a number that has none: it lies in a border.
pub const NOWHERE: u32 = u32::MAX;

/// Inner axes become one row while it stays within so many numbers: long rows are quick, and their table stays in cache.
const ROW: usize = 4096;

/// Places in another tensor, for every number of a tensor.
#[derive(Clone, Debug)]
pub struct Walk {
    /// The tables of the outer axes, from the outermost.
    outer: Vec<Vec<u32>>,
    rows: usize,
    /// Places of a row's numbers, counted from the row's own place.
    row: Vec<u32>,
    /// Whether they lie side by side.
    even: bool,
}

impl Walk {
    /// A walk through a tensor of shape `walked`; `tables` has a place for every index of each axis, in the spoken order.
    pub fn new(walked: &Shape, mut tables: Vec<Vec<u32>>) -> Self {
        let lying = walked.memory_order();
        let mut outer: Vec<Vec<u32>> = lying.iter().map(|&axis| std::mem::take(&mut tables[axis])).collect();
        let mut row = vec![0];
        while let Some(table) = outer.pop_if(|table| table.len() * row.len() <= ROW || row.len() == 1) {
            row = table.iter().flat_map(|&outer| row.iter().map(move |&inner| join(outer, inner))).collect();
        }
        let rows = outer.iter().map(Vec::len).product();
        let even = row[0] != NOWHERE && row.iter().zip(row[0]..).all(|(&place, even)| place == even);
        Walk { outer, rows, row, even }
    }

    /// How many rows are walked through.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Places of a row's numbers, counted from [`Walk::base`].
    pub fn row(&self) -> &[u32] {
        &self.row
    }

    /// The place of row number `row`.
    pub fn base(&self, mut row: usize) -> u32 {
        self.outer.iter().rev().fold(0, |sum, table| {
            let index = row % table.len();
            row /= table.len();
            join(sum, table[index])
        })
    }

    /// The numbers at the places of row number `row`, `blank` where there is none: a piece of `x` where they lie side by
    /// side, otherwise gathered into `room`.
    pub fn fetch<'a>(&self, row: usize, x: &'a [f32], blank: f32, room: &'a mut [f32]) -> &'a [f32] {
        let base = self.base(row);
        let length = self.row.len();
        if self.even && base != NOWHERE {
            return &x[(base + self.row[0]) as usize..][..length];
        }
        let room = &mut room[..length];
        for (to, &place) in room.iter_mut().zip(&self.row) {
            let place = join(base, place);
            *to = if place == NOWHERE { blank } else { x[place as usize] };
        }
        room
    }

    /// `y[number] = x[place]`, `blank` where there is none.
    pub fn gather(&self, x: &[f32], blank: f32, y: &mut [f32]) {
        for (row, y) in y.chunks_exact_mut(self.row.len()).enumerate() {
            // What lies side by side is copied; the rest is gathered where it belongs.
            if self.even {
                let base = self.base(row);
                match base {
                    NOWHERE => y.fill(blank),
                    _ => y.copy_from_slice(&x[(base + self.row[0]) as usize..][..y.len()]),
                }
            } else {
                self.fetch(row, x, blank, y);
            }
        }
    }

    /// `y[place] = x[number]`, or added to what is there.
    pub fn scatter(&self, x: &[f32], add: bool, y: &mut [f32]) {
        self.each(|number, place| {
            let y = &mut y[place];
            *y = if add { *y + x[number] } else { x[number] };
        });
    }

    /// `y[number] += x[place]`.
    pub fn gather_add(&self, x: &[f32], y: &mut [f32]) {
        self.each(|number, place| y[number] += x[place]);
    }

    /// Every number that has a place, with it.
    #[inline(always)]
    fn each(&self, mut f: impl FnMut(usize, usize)) {
        for row in 0..self.rows {
            let base = self.base(row);
            for (index, &place) in self.row.iter().enumerate() {
                let place = join(base, place);
                if place != NOWHERE {
                    f(row * self.row.len() + index, place as usize);
                }
            }
        }
    }
}

/// A sum of places is nowhere when one of them is.
#[inline(always)]
fn join(a: u32, b: u32) -> u32 {
    if a == NOWHERE || b == NOWHERE { NOWHERE } else { a + b }
}

/// The table of an axis whose indices are taken from another axis, where neighbours lie `stride` apart.
pub fn table(indices: impl Iterator<Item = usize>, stride: usize) -> Vec<u32> {
    indices.map(|index| (index * stride) as u32).collect()
}

/// Tables from a tensor of shape `to` into one of shape `from` that is broadcast to it: axes are matched from the last,
/// and an axis of one is read for every index (ONNX, *Multidirectional Broadcasting*).
pub fn broadcast(from: &Shape, to: &Shape) -> Vec<Vec<u32>> {
    let (axes, strides) = (from.axes(), from.strides());
    let missing = to.rank() - from.rank();
    let stride = |axis: usize| match axis.checked_sub(missing) {
        Some(axis) if axes[axis] > 1 => strides[axis],
        _ => 0,
    };
    to.axes().iter().enumerate().map(|(axis, &size)| table(0..size, stride(axis))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tensor::Tensor;

    fn counted(shape: &[usize]) -> Tensor {
        let numbers: Vec<f32> = (0..shape.iter().product()).map(|i| i as f32).collect();
        Tensor::from_row_major(Shape::new(shape), &numbers).unwrap()
    }

    #[test]
    fn a_walk_follows_memory_whatever_the_rank_and_the_length_of_rows() {
        for shape in [&[][..], &[7], &[3, 5], &[2, 3, 5, 7], &[1, 70, 9, 80], &[2, 1, 3, 2, 5]] {
            let x = counted(shape);
            let mut order: Vec<usize> = (0..shape.len()).collect();
            order.reverse();
            let mut y =
                Tensor::zeros(Shape::new(order.iter().map(|&a| shape[a]).collect::<Vec<_>>())).unwrap();
            let strides = x.shape().strides();
            let tables = order.iter().map(|&axis| table(0..shape[axis], strides[axis])).collect();
            let walk = Walk::new(y.shape(), tables);
            walk.gather(x.data(), 0.0, y.data_mut());
            assert_eq!(y.view(), x.view().reversed_axes());
            let mut back = Tensor::zeros(Shape::new(shape)).unwrap();
            walk.scatter(y.data(), false, back.data_mut());
            assert_eq!(back, x);
        }
    }

    #[test]
    fn what_leads_nowhere_is_blank() {
        let walk = Walk::new(&Shape::from([2, 3]), vec![vec![NOWHERE, 0], vec![NOWHERE, 0, 1]]);
        let mut y = [0.0; 6];
        walk.gather(&[5.0, 6.0], 9.0, &mut y);
        assert_eq!(y, [9.0, 9.0, 9.0, 9.0, 5.0, 6.0]);
        let mut x = [0.0; 2];
        walk.scatter(&y, true, &mut x);
        assert_eq!(x, [5.0, 6.0]);
    }

    #[test]
    fn broadcasting_matches_axes_from_the_last() {
        let (a, to) = (counted(&[3, 1]), Shape::from([2, 2, 3, 4]));
        let mut y = Tensor::zeros(to.clone()).unwrap();
        Walk::new(&to, broadcast(a.shape(), &to)).gather(a.data(), 0.0, y.data_mut());
        assert_eq!(y.view(), a.view().broadcast(ndarray::IxDyn(to.axes())).unwrap());
    }
}
