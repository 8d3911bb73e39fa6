//! Numbers that are known when a model is opened: its weights, and all that decides shapes.

use std::ops::Deref;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::graph::Element;
use crate::tensor::Shape;

/// Numbers of one of two kinds; truth values are 0 and 1.
#[derive(Debug)]
pub(super) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

/// A tensor of known numbers, in the spoken order.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Shared with what differs in shape or type only.
    data: Rc<Data>,
}

/// A tensor of known numbers that is handed about: copies are the same one.
#[derive(Clone, Debug)]
pub(super) struct Constant(Rc<Known>);

impl Deref for Constant {
    type Target = Known;

    fn deref(&self) -> &Known {
        &self.0
    }
}

/// So many numbers, each of its place. What makes them is called through a pointer: one loop serves all, where `collect`
/// would be stamped out for every use, a tenth of the browser's reader.
#[inline(never)]
pub(super) fn list<T>(count: usize, of: &dyn Fn(usize) -> T) -> Vec<T> {
    let mut numbers = Vec::with_capacity(count);
    for place in 0..count {
        numbers.push(of(place));
    }
    numbers
}

/// How many numbers a shape has.
pub(super) fn count(shape: &[usize]) -> Result<usize> {
    Shape::new(shape).elements()
}

/// So many places, each `apart` from the one before.
pub(super) fn along(count: usize, apart: usize) -> Vec<usize> {
    list(count, &|place| place * apart)
}

/// Whether numbers of this type are whole or truth values.
pub(super) fn is_whole(element: Element) -> bool {
    !matches!(element, Element::Float32 | Element::Float64)
}

impl Constant {
    /// As many numbers as the shape has, which the caller has checked.
    pub(super) fn new(element: Element, shape: Vec<usize>, data: Data) -> Self {
        Constant::sharing(element, shape, Rc::new(data))
    }

    fn sharing(element: Element, shape: Vec<usize>, data: Rc<Data>) -> Self {
        Constant(Rc::new(Known { element, shape, data }))
    }

    pub(super) fn of_ints(shape: Vec<usize>, ints: Vec<i64>) -> Self {
        Constant::new(Element::Int64, shape, Data::Int(ints))
    }

    /// A list of whole numbers.
    pub(super) fn list(ints: Vec<i64>) -> Self {
        Constant::of_ints(vec![ints.len()], ints)
    }

    pub(super) fn of_floats(shape: Vec<usize>, floats: Vec<f32>) -> Self {
        Constant::new(Element::Float32, shape, Data::Float(floats))
    }

    pub(super) fn scalar(number: f32) -> Self {
        Constant::of_floats(vec![], vec![number])
    }

    pub(super) fn count(&self) -> usize {
        match &*self.data {
            Data::Float(floats) => floats.len(),
            Data::Int(ints) => ints.len(),
        }
    }

    pub(super) fn data(&self) -> &Data {
        &self.data
    }

    /// Whether one is a copy of the other.
    pub(super) fn is(&self, other: &Constant) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Where the numbers lie: the same for copies.
    pub(super) fn identity(&self) -> *const Data {
        Rc::as_ptr(&self.data)
    }

    /// Number `place` as a float.
    pub(super) fn float(&self, place: usize) -> f32 {
        match &*self.data {
            Data::Float(floats) => floats[place],
            Data::Int(ints) => ints[place] as f32,
        }
    }

    /// Number `place` as a whole one.
    pub(super) fn int(&self, place: usize) -> i64 {
        match &*self.data {
            Data::Float(floats) => floats[place] as i64,
            Data::Int(ints) => ints[place],
        }
    }

    pub(super) fn floats(&self) -> Vec<f32> {
        match &*self.data {
            Data::Float(floats) => floats.clone(),
            Data::Int(ints) => list(ints.len(), &|place| ints[place] as f32),
        }
    }

    pub(super) fn ints(&self) -> Vec<i64> {
        list(self.count(), &|place| self.int(place))
    }

    /// The only number.
    pub(super) fn only(&self) -> Result<f32> {
        match self.count() {
            1 => Ok(self.float(0)),
            count => Err(Error::mismatch("read", "one number", count)),
        }
    }

    /// The same numbers in another shape of as many.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Self {
        Constant::sharing(self.element, shape, self.data.clone())
    }

    /// The same numbers as another type: towards zero for whole ones, 0 or 1 for truth values.
    pub(super) fn cast(&self, element: Element) -> Self {
        if element == self.element {
            return self.clone();
        }
        let data = match (&*self.data, is_whole(element)) {
            (Data::Float(_), false) => {
                return Constant::sharing(element, self.shape.clone(), self.data.clone());
            }
            (Data::Int(_), false) => Data::Float(self.floats()),
            (data, true) => {
                let int = |place: usize| match (data, element) {
                    (Data::Float(floats), Element::Bool) => i64::from(floats[place] != 0.0),
                    (Data::Float(floats), _) => floats[place] as i64,
                    (Data::Int(ints), Element::Bool) => i64::from(ints[place] != 0),
                    (Data::Int(ints), Element::Int32) => i64::from(ints[place] as i32),
                    (Data::Int(ints), Element::Int8) => i64::from(ints[place] as i8),
                    (Data::Int(ints), Element::Uint8) => i64::from(ints[place] as u8),
                    (Data::Int(ints), _) => ints[place],
                };
                Data::Int(list(self.count(), &int))
            }
        };
        Constant::new(element, self.shape.clone(), data)
    }

    /// How far apart the neighbours of each axis lie.
    pub(super) fn strides(&self) -> Vec<usize> {
        strides(&self.shape)
    }

    /// The numbers at the sums of one place out of each table: a table an axis of the result.
    pub(super) fn pick(&self, tables: &[Vec<usize>]) -> Self {
        let shape = list(tables.len(), &|axis| tables[axis].len());
        let count: usize = shape.iter().product();
        let mut places = Vec::with_capacity(count);
        let mut index = vec![0; tables.len()];
        for _ in 0..count {
            places.push(index.iter().zip(tables).map(|(&at, table)| table[at]).sum::<usize>());
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        let data = match &*self.data {
            Data::Float(floats) => Data::Float(list(count, &|at| floats[places[at]])),
            Data::Int(ints) => Data::Int(list(count, &|at| ints[places[at]])),
        };
        Constant::new(self.element, shape, data)
    }

    /// Broadcast to this shape, which the caller has made from this one's.
    pub(super) fn broadcast(&self, shape: &[usize]) -> Self {
        if self.shape == shape {
            return self.clone();
        }
        let missing = shape.len() - self.shape.len();
        let strides = self.strides();
        self.pick(&list(shape.len(), &|axis| {
            let own = axis.checked_sub(missing).filter(|&own| self.shape[own] > 1);
            along(shape[axis], own.map_or(0, |own| strides[own]))
        }))
    }
}

/// How far apart the neighbours of each axis lie, row-major.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1);
    }
    strides
}

/// The shape that two shapes are broadcast to.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut axes = long.to_vec();
    let missing = long.len() - short.len();
    for (axis, &size) in axes[missing..].iter_mut().zip(short) {
        if *axis == 1 {
            *axis = size;
        } else if size != 1 && size != *axis {
            let [expected, found] = [a, b].map(|shape| Shape::new(shape.to_vec()).to_string());
            return Err(Error::mismatch("broadcast", format_args!("a shape that fits {expected}"), found));
        }
    }
    Ok(axes)
}
