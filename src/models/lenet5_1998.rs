//! LeNet-5 as LeCun, Bottou, Bengio and Haffner published it (*Gradient-Based Learning Applied to Document Recognition*,
//! 1998, section II.B and figure 2): 60,000 parameters, 340,908 connections.

use rand::RngExt;

use super::Task;
use crate::error::Result;
use crate::graph::{Builder, Graph};
use crate::layers::{
    Activation::ScaledTanh, Conv, Dense, Flatten, Normalize, Pad, Rbf, TrainableSubsampling,
};
use crate::rng::stream;

/// Table I of the paper: which maps of S2 (rows) feed which maps of C3 (columns).
const C3: [&str; 6] = [
    "1000111001111011",
    "1100011100111101",
    "1110001110010111",
    "0111001111001011",
    "0011100111101101",
    "0001110011110111",
];

/// Ten digits of 7×12 cells, one code per output unit. Drawn for this crate after the paper's figure 3, whose exact bitmaps
/// are not available.
#[rustfmt::skip]
const BITMAPS: [[&str; 10]; 12] = [
    ["..###..", "...#...", "..###..", "..###..", ".....#.", "#######", "...###.", "#######", "..###..", "..###.."],
    [".#...#.", "..##...", ".#...#.", ".#...#.", "....##.", "#......", "..#....", "......#", ".#...#.", ".#...#."],
    ["#.....#", ".#.#...", "#.....#", "#.....#", "...#.#.", "#......", ".#.....", ".....#.", "#.....#", "#.....#"],
    ["#.....#", "...#...", "......#", "......#", "..#..#.", "#......", "#......", ".....#.", "#.....#", "#.....#"],
    ["#.....#", "...#...", "......#", ".....#.", "..#..#.", "#####..", "#......", "....#..", ".#...#.", "#.....#"],
    ["#.....#", "...#...", ".....#.", "..###..", ".#...#.", ".....#.", "#.###..", "....#..", "..###..", ".#...##"],
    ["#.....#", "...#...", "....#..", ".....#.", "#....#.", "......#", "##...#.", "..###..", ".#...#.", "..###.#"],
    ["#.....#", "...#...", "...#...", "......#", "#######", "......#", "#.....#", "...#...", "#.....#", "......#"],
    ["#.....#", "...#...", "..#....", "......#", ".....#.", "......#", "#.....#", "..#....", "#.....#", "......#"],
    ["#.....#", "...#...", ".#.....", "#.....#", ".....#.", "#.....#", "#.....#", "..#....", "#.....#", ".....#."],
    [".#...#.", "...#...", "#......", ".#...#.", ".....#.", ".#...#.", ".#...#.", ".#.....", ".#...#.", "....#.."],
    ["..###..", ".#####.", "#######", "..###..", ".....#.", "..###..", "..###..", ".#.....", "..###..", ".###..."],
];

/// One code per class: the bitmaps of the digits, and random codes for classes beyond them (the paper's section II.B
/// names both).
fn codes(classes: usize) -> Vec<String> {
    let digits = (0..10).map(|digit| BITMAPS.iter().map(|row| row[digit]).collect());
    let random = (10..).map(|class| {
        let mut rng = stream(0, &[class]);
        (0..7 * BITMAPS.len()).map(|_| if rng.random() { '#' } else { '.' }).collect()
    });
    digits.chain(random).take(classes).collect()
}

#[rustfmt::skip]
pub(super) fn graph(task: Task) -> Result<Graph> {
    Builder::new("lenet5-1998", "ink", [1, task.channels, 28, 28])
        .then("pad",    Pad::new(2))                            //     32×32
        .then("scale",  Normalize::from_to(-0.1, 1.175))        // background −0.1, stroke 1.175
        .then("c1",     Conv::new(6, 5))                        //   6@28×28
        .then("c1-tanh", ScaledTanh)
        .then("s2",     TrainableSubsampling::new(2))       //   6@14×14
        .then("s2-tanh", ScaledTanh)
        .then("c3",     Conv::new(16, 5).table(&C3))            //  16@10×10
        .then("c3-tanh", ScaledTanh)
        .then("s4",     TrainableSubsampling::new(2))       //  16@5×5
        .then("s4-tanh", ScaledTanh)
        .then("c5",     Conv::new(120, 5))                      // 120@1×1
        .then("c5-tanh", ScaledTanh)
        .then("flatten", Flatten {})
        .then("f6",     Dense::new(84))                         //  84
        .then("f6-tanh", ScaledTanh)
        .then("output", Rbf::new(codes(task.classes)))          //  minus the squared distances
        .build()
}
