//! Layers of imported networks: functions of one and two numbers, reductions, and whatever only moves numbers.

use super::{Cell, Entry, Grid, Opening, terms};
use crate::layers::general::{Binary, Reduce, Reduction, Unary};
use crate::layers::{Forward, Layer, Sources, State};
use crate::tensor::{Shape, Tensor};

/// Numbers up to which a place is told exactly by an f32, with room to be doubled.
const EXACT: usize = 1 << 22;

impl Opening<'_> {
    pub(super) fn unary(&self, unary: Unary) -> Entry {
        self.function("the function, of {x}", |x| apply(unary, x))
    }

    /// The numbers that were broadcast to this cell.
    pub(super) fn binary(&self, binary: Binary) -> Entry {
        let [a, b] = &self.inputs[..] else { unreachable!("a function of two inputs") };
        let at = |of: Grid| {
            let within = |place: usize, size: usize| if size == 1 { 0 } else { place };
            let Cell { channel, row, column } = self.cell;
            Cell::new(within(channel, of.channels), within(row, of.rows), within(column, of.columns))
        };
        let mut operands = vec![a.plain(at(a.grid)), b.plain(at(b.grid))];
        let [x, y] = [operands[0].product, operands[1].product];
        let (formula, result) = combine(binary, x, y);
        if !matches!(binary, Binary::Add) {
            // Only sums are made of what each gives; here the result stands for both.
            operands.iter_mut().for_each(|operand| operand.product = result);
        }
        Entry { operands, formula, terms: terms([("a", x), ("b", y)]), result, ..Entry::default() }
    }

    /// The numbers along the axes that went.
    pub(super) fn reduce(&self, reduce: &Reduce, of: Grid) -> Entry {
        let [input] = &self.inputs[..] else { unreachable!("a reduction has one input") };
        let shape = input.tensor.shape().axes();
        let goes = |axis: usize| reduce.axes.is_empty() || reduce.axes.contains(&axis);
        let wanted = of.spoken(self.cell);
        let mut operands = Vec::new();
        for place in 0..input.grid.channels * input.grid.area() {
            // Where this number went: the row-major place without the axes that are gone.
            let (mut rest, mut went, mut step) = (place, 0, 1);
            for (axis, &size) in shape.iter().enumerate().rev() {
                if !goes(axis) {
                    went += rest % size * step;
                    step *= size;
                }
                rest /= size;
            }
            if went == wanted {
                operands.push(input.plain(input.grid.cell(place)));
            }
        }
        let numbers = || operands.iter().map(|operand| operand.product);
        let (sum, count) = (numbers().sum::<f64>(), numbers().count() as f64);
        let (formula, result) = match reduce.kind {
            Reduction::Mean => ("the mean of {count}", sum / count),
            Reduction::Sum => ("the sum of {count}", sum),
            Reduction::Max => ("the greatest of {count}", numbers().fold(f64::NEG_INFINITY, f64::max)),
            Reduction::Min => ("the least of {count}", numbers().fold(f64::INFINITY, f64::min)),
            Reduction::Prod => ("the product of {count}", numbers().product()),
            Reduction::L1 => ("the sum of the sizes of {count}", numbers().map(f64::abs).sum()),
            Reduction::L2 => ("the length of {count}", numbers().map(|x| x * x).sum::<f64>().sqrt()),
            Reduction::SumSquare => ("the sum of the squares of {count}", numbers().map(|x| x * x).sum()),
            Reduction::LogSum => ("ln of the sum of {count}", libm::log(sum)),
            Reduction::LogSumExp => {
                ("ln of the sum of e to {count}", libm::log(numbers().map(libm::exp).sum()))
            }
        };
        let constant = result;
        Entry { operands, formula, terms: terms([("count", count)]), result, constant, ..Entry::default() }
    }

    pub(super) fn constant(&self, of: Grid) -> Entry {
        let number = f64::from(of.read(&self.weights[0], self.cell));
        let terms = terms([("number", number)]);
        Entry { formula: "{number}, a constant", terms, result: number, constant: number, ..Entry::default() }
    }

    /// The one number that a layer put here, if all it does is to move numbers: it is shown numbers that say where they
    /// lie, and asked twice, so that no arithmetic passes for a move.
    pub(super) fn moved(&self, layer: &dyn Layer, shape: &Shape) -> Option<Entry> {
        let counts = self.inputs.iter().map(|input| input.tensor.data().len());
        let total: usize = counts.clone().sum();
        if total > EXACT {
            return None;
        }
        let said = |scale: f32, shift: f32| {
            let mut first = 0;
            let tensors = self.inputs.iter().map(|input| {
                let count = input.tensor.data().len();
                let places: Vec<f32> =
                    (first..first + count).map(|place| place as f32 * scale + shift).collect();
                first += count;
                Tensor::from_row_major(input.tensor.shape().clone(), &places).ok()
            });
            let tensors: Vec<Tensor> = tensors.collect::<Option<_>>()?;
            let places: Vec<usize> = (0..tensors.len()).collect();
            let mut y = Tensor::zeros(shape.clone()).ok()?;
            layer.forward(&mut Forward {
                x: Sources::new(&tensors, &places),
                weights: self.weights,
                revision: 0,
                y: &mut y,
                state: &mut State::default(),
                training: None,
            });
            Some(Grid::of(shape).read(&y, self.cell))
        };
        let (place, again) = (said(1.0, 0.0)?, said(2.0, 0.5)?);
        let is_place = place >= 0.0 && place.fract() == 0.0 && again == 2.0 * place + 0.5;
        let mut place = is_place.then_some(place as usize)?;
        for input in &self.inputs {
            let count = input.tensor.data().len();
            if place < count {
                return Some(input.passed_on(input.grid.cell(place)));
            }
            place -= count;
        }
        None
    }
}

/// The function, in f64.
fn apply(unary: Unary, x: f64) -> f64 {
    let softplus = |x: f64| x.max(0.0) + libm::log1p(libm::exp(-x.abs()));
    match unary {
        Unary::Abs => x.abs(),
        Unary::Neg => -x,
        Unary::Sign => {
            if x == 0.0 || x.is_nan() {
                x
            } else {
                1f64.copysign(x)
            }
        }
        Unary::Reciprocal => 1.0 / x,
        Unary::Sqrt => x.sqrt(),
        Unary::Exp => libm::exp(x),
        Unary::Log => libm::log(x),
        Unary::Erf => libm::erf(x),
        Unary::Floor => x.floor(),
        Unary::Ceil => x.ceil(),
        Unary::Round => x.round_ties_even(),
        Unary::Truncate => x.trunc(),
        Unary::IsNonzero => f64::from(x != 0.0),
        Unary::Not => f64::from(x == 0.0),
        Unary::IsNan => f64::from(x.is_nan()),
        Unary::Softplus => softplus(x),
        Unary::Softsign => x / (1.0 + x.abs()),
        Unary::Mish => x * libm::tanh(softplus(x)),
        Unary::Gelu => 0.5 * x * (1.0 + libm::erf(x * std::f64::consts::FRAC_1_SQRT_2)),
        Unary::HardSwish => x * (x / 6.0 + 0.5).clamp(0.0, 1.0),
        Unary::HardSigmoid { alpha, beta } => (f64::from(alpha.0) * x + f64::from(beta.0)).clamp(0.0, 1.0),
        Unary::Selu { alpha, gamma } => {
            f64::from(gamma.0) * if x > 0.0 { x } else { f64::from(alpha.0) * libm::expm1(x) }
        }
        Unary::Celu { alpha } => {
            let alpha = f64::from(alpha.0);
            if x > 0.0 { x } else { alpha * libm::expm1(x / alpha) }
        }
        Unary::ThresholdedRelu { alpha } => {
            if x > f64::from(alpha.0) {
                x
            } else {
                0.0
            }
        }
        Unary::Clip { .. } if x.is_nan() => x,
        Unary::Clip { min, max } => x.max(min.0.into()).min(max.0.into()),
    }
}

/// How two numbers become one, in words and in f64.
fn combine(binary: Binary, a: f64, b: f64) -> (&'static str, f64) {
    let either_nan = a.is_nan() || b.is_nan();
    match binary {
        Binary::Add => ("{a} + {b}", a + b),
        Binary::Sub => ("{a} − {b}", a - b),
        Binary::Mul => ("{a} · {b}", a * b),
        Binary::Div => ("{a} / {b}", a / b),
        Binary::Pow => ("{a} to the power of {b}", libm::pow(a, b)),
        Binary::Min => ("the lesser of {a} and {b}", if either_nan { f64::NAN } else { a.min(b) }),
        Binary::Max => ("the greater of {a} and {b}", if either_nan { f64::NAN } else { a.max(b) }),
        Binary::Prelu => ("{a}, times {b} below 0", if a < 0.0 { a * b } else { a }),
        Binary::Equal => ("whether {a} = {b}", f64::from(a == b)),
        Binary::Less => ("whether {a} < {b}", f64::from(a < b)),
        Binary::LessOrEqual => ("whether {a} ≤ {b}", f64::from(a <= b)),
        Binary::Greater => ("whether {a} > {b}", f64::from(a > b)),
        Binary::GreaterOrEqual => ("whether {a} ≥ {b}", f64::from(a >= b)),
        Binary::And => ("whether {a} and {b}", f64::from(a != 0.0 && b != 0.0)),
        Binary::Or => ("whether {a} or {b}", f64::from(a != 0.0 || b != 0.0)),
        Binary::Xor => ("whether either {a} or {b}", f64::from((a != 0.0) != (b != 0.0))),
    }
}
