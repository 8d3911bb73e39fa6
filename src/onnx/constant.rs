//! Constants at import: weights, and values that determine shapes.

use std::ops::Deref;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::graph::Element;
use crate::tensor::Shape;

/// Elements as floats or integers; booleans are 0 and 1.
#[derive(Debug)]
pub(super) enum Data {
    Float(Vec<f32>),
    Int(Vec<i64>),
}

/// The contents of a constant: a tensor in row-major order.
#[derive(Debug)]
pub(super) struct ConstantTensor {
    pub(super) element: Element,
    pub(super) shape: Vec<usize>,
    /// Shared with constants that differ only in shape or type.
    data: Rc<Data>,
}

/// A shared constant tensor: a clone refers to the same contents.
#[derive(Clone, Debug)]
pub(super) struct Constant(Rc<ConstantTensor>);

impl Deref for Constant {
    type Target = ConstantTensor;

    fn deref(&self) -> &ConstantTensor {
        &self.0
    }
}

/// A vector of `of(0)` to `of(count - 1)`. The function is called through a pointer, so that one loop serves all uses;
/// `collect` would be compiled for every use, a tenth of the wasm binary.
#[inline(never)]
pub(super) fn list<T>(count: usize, of: &dyn Fn(usize) -> T) -> Vec<T> {
    let mut numbers = Vec::with_capacity(count);
    for index in 0..count {
        numbers.push(of(index));
    }
    numbers
}

/// The number of elements of a shape.
pub(super) fn count(shape: &[usize]) -> Result<usize> {
    Shape::new(shape).elements()
}

/// The offsets of `count` elements with a stride.
pub(super) fn along(count: usize, stride: usize) -> Vec<usize> {
    list(count, &|i| i * stride)
}

/// Whether elements of this type are integers or booleans.
pub(super) fn is_whole(element: Element) -> bool {
    !matches!(element, Element::Float32 | Element::Float64)
}

impl Constant {
    /// A constant. The caller has checked that there are as many elements as the shape has.
    pub(super) fn new(element: Element, shape: Vec<usize>, data: Data) -> Self {
        Constant::sharing(element, shape, Rc::new(data))
    }

    fn sharing(element: Element, shape: Vec<usize>, data: Rc<Data>) -> Self {
        Constant(Rc::new(ConstantTensor { element, shape, data }))
    }

    pub(super) fn of_ints(shape: Vec<usize>, ints: Vec<i64>) -> Self {
        Constant::new(Element::Int64, shape, Data::Int(ints))
    }

    /// A vector of integers.
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

    /// Whether both refer to the same contents.
    pub(super) fn is(&self, other: &Constant) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// The address of the elements: the same for constants that share them.
    pub(super) fn identity(&self) -> *const Data {
        Rc::as_ptr(&self.data)
    }

    /// The element at an index, as a float.
    pub(super) fn float(&self, index: usize) -> f32 {
        match &*self.data {
            Data::Float(floats) => floats[index],
            Data::Int(ints) => ints[index] as f32,
        }
    }

    /// The element at an index, as an integer.
    pub(super) fn int(&self, index: usize) -> i64 {
        match &*self.data {
            Data::Float(floats) => floats[index] as i64,
            Data::Int(ints) => ints[index],
        }
    }

    pub(super) fn floats(&self) -> Vec<f32> {
        match &*self.data {
            Data::Float(floats) => floats.clone(),
            Data::Int(ints) => list(ints.len(), &|index| ints[index] as f32),
        }
    }

    pub(super) fn ints(&self) -> Vec<i64> {
        list(self.count(), &|index| self.int(index))
    }

    /// The only element.
    pub(super) fn only(&self) -> Result<f32> {
        match self.count() {
            1 => Ok(self.float(0)),
            count => Err(Error::mismatch("ONNX", "a constant with one element", count)),
        }
    }

    /// The same elements in another shape with the same number of elements.
    pub(super) fn reshaped(&self, shape: Vec<usize>) -> Self {
        Constant::sharing(self.element, shape, self.data.clone())
    }

    /// The elements converted to another type: rounded towards zero for integers, 0 or 1 for booleans.
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
                let int = |index: usize| match (data, element) {
                    (Data::Float(floats), Element::Bool) => i64::from(floats[index] != 0.0),
                    (Data::Float(floats), _) => floats[index] as i64,
                    (Data::Int(ints), Element::Bool) => i64::from(ints[index] != 0),
                    (Data::Int(ints), Element::Int32) => i64::from(ints[index] as i32),
                    (Data::Int(ints), Element::Int8) => i64::from(ints[index] as i8),
                    (Data::Int(ints), Element::Uint8) => i64::from(ints[index] as u8),
                    (Data::Int(ints), _) => ints[index],
                };
                Data::Int(list(self.count(), &int))
            }
        };
        Constant::new(element, self.shape.clone(), data)
    }

    /// The stride of each axis, in elements.
    pub(super) fn strides(&self) -> Vec<usize> {
        strides(&self.shape)
    }

    /// Gathers elements. There is one table of offsets per axis of the result; the offset of an element is the sum of one
    /// entry per table.
    pub(super) fn pick(&self, tables: &[Vec<usize>]) -> Self {
        let shape = list(tables.len(), &|axis| tables[axis].len());
        let count: usize = shape.iter().product();
        let mut offsets = Vec::with_capacity(count);
        let mut index = vec![0; tables.len()];
        for _ in 0..count {
            offsets.push(index.iter().zip(tables).map(|(&i, table)| table[i]).sum::<usize>());
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                if index[axis] < shape[axis] {
                    break;
                }
                index[axis] = 0;
            }
        }
        let data = match &*self.data {
            Data::Float(floats) => Data::Float(list(count, &|i| floats[offsets[i]])),
            Data::Int(ints) => Data::Int(list(count, &|i| ints[offsets[i]])),
        };
        Constant::new(self.element, shape, data)
    }

    /// Broadcasts to a shape. The caller has checked that the shapes are compatible.
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

/// The stride of each axis in row-major order, in elements.
pub(super) fn strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; shape.len()];
    for axis in (1..shape.len()).rev() {
        strides[axis - 1] = strides[axis] * shape[axis].max(1);
    }
    strides
}

/// The common shape of two shapes under broadcasting.
pub(super) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>> {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    let mut axes = long.to_vec();
    let missing = long.len() - short.len();
    for (axis, &size) in axes[missing..].iter_mut().zip(short) {
        if *axis == 1 {
            *axis = size;
        } else if size != 1 && size != *axis {
            let [expected, found] = [a, b].map(|shape| Shape::new(shape.to_vec()).to_string());
            return Err(Error::mismatch(
                "broadcast",
                format_args!("a shape compatible with {expected}"),
                found,
            ));
        }
    }
    Ok(axes)
}
