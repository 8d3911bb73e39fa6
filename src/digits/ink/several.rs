//! Several digits at once: groups of strokes that stand side by side.
//!
//! Strokes that touch are one group. Groups that stand one above the other are one, too: the halves of a 5, the bar of a
//! 7. What is left and tall stands for itself. Digits that touch each other are not told apart.

use super::pen::{self, Segment};
use super::{Bounds, Drawing};

/// Cells to the height of a drawing: strokes in neighbouring cells touch.
const ROWS: f64 = 40.0;

/// The most cells to the width; a wider drawing gets larger cells.
const COLUMNS: f64 = 512.0;

/// A group lower than this share of the whole drawing is a dot, a bar or an accent.
const TALL: f64 = 0.5;

/// Groups that share more than this of the narrower one's width belong to one digit.
const SHARED: f64 = 0.25;

impl Drawing {
    /// How many tall groups of strokes stand side by side: 1 for a digit, more for what looks like several, 0 without
    /// ink or for a drawing that fails its [`check`](Drawing::check).
    pub fn abreast(&self) -> usize {
        let Some(bounds) = Bounds::of(&self.strokes).filter(|_| self.check().is_ok()) else {
            return 0;
        };
        let [width, height] = bounds.size();
        let cell = (height / ROWS).max(width / COLUMNS);
        if cell <= 0.0 {
            return 1;
        }
        let mut grid = Grid::new((width / cell) as usize + 1, (height / cell) as usize + 1);
        for stroke in self.strokes.iter().filter(|stroke| !stroke.is_empty()) {
            let in_cells = |[x, y]: [f32; 2]| {
                [(f64::from(x) - bounds.min[0]) / cell, (f64::from(y) - bounds.min[1]) / cell]
            };
            grid.add(&pen::simplify(std::slice::from_ref(stroke), &in_cells));
        }
        let mut tall = grid.groups();
        tall.retain(|group| group.size()[1] >= TALL * height / cell);
        merge_overlapping(&mut tall);
        tall.len().max(1)
    }
}

/// The cells that strokes run through, and which strokes touch there.
struct Grid {
    columns: usize,
    rows: usize,
    /// The stroke that came to a cell first.
    first: Vec<Option<usize>>,
    boxes: Vec<Bounds>,
    /// A stroke of the same group, itself at the group's head (a union-find forest).
    head: Vec<usize>,
}

impl Grid {
    fn new(columns: usize, rows: usize) -> Self {
        Grid { columns, rows, first: vec![None; columns * rows], boxes: Vec::new(), head: Vec::new() }
    }

    /// Adds a stroke of at least one segment.
    fn add(&mut self, segments: &[Segment]) {
        let mut bounds = Bounds::NONE;
        for segment in segments {
            bounds.add(segment.from);
            bounds.add(segment.to);
        }
        let stroke = self.head.len();
        self.head.push(stroke);
        self.boxes.push(bounds);
        for segment in segments {
            let way = [segment.to[0] - segment.from[0], segment.to[1] - segment.from[1]];
            let steps = way[0].abs().max(way[1].abs()).ceil().max(1.0);
            for step in 0..=steps as usize {
                let t = step as f64 / steps;
                let [x, y] = [0, 1].map(|c| (segment.from[c] + t * way[c]) as usize);
                self.visit(stroke, x.min(self.columns - 1), y.min(self.rows - 1));
            }
        }
    }

    fn visit(&mut self, stroke: usize, x: usize, y: usize) {
        for ny in y.saturating_sub(1)..=(y + 1).min(self.rows - 1) {
            for nx in x.saturating_sub(1)..=(x + 1).min(self.columns - 1) {
                if let Some(other) = self.first[ny * self.columns + nx].filter(|&other| other != stroke) {
                    let (a, b) = (self.head_of(stroke), self.head_of(other));
                    self.head[a] = b;
                }
            }
        }
        self.first[y * self.columns + x].get_or_insert(stroke);
    }

    fn head_of(&mut self, mut stroke: usize) -> usize {
        while self.head[stroke] != stroke {
            self.head[stroke] = self.head[self.head[stroke]];
            stroke = self.head[stroke];
        }
        stroke
    }

    /// The boxes of the groups of strokes that touch.
    fn groups(mut self) -> Vec<Bounds> {
        for stroke in 0..self.head.len() {
            let head = self.head_of(stroke);
            self.boxes[head] = self.boxes[head].with(self.boxes[stroke]);
        }
        let heads = self.head.iter().enumerate().filter(|(stroke, head)| stroke == *head);
        heads.map(|(stroke, _)| self.boxes[stroke]).collect()
    }
}

/// Makes one group of those that stand above each other, until none do.
fn merge_overlapping(groups: &mut Vec<Bounds>) {
    let mut i = 0;
    while i < groups.len() {
        match (i + 1..groups.len()).find(|&j| above_each_other(&groups[i], &groups[j])) {
            Some(j) => {
                groups[i] = groups[i].with(groups.swap_remove(j));
                // The larger group may now overlap one that was passed before.
                i = 0;
            }
            None => i += 1,
        }
    }
}

fn above_each_other(a: &Bounds, b: &Bounds) -> bool {
    let shared = a.max[0].min(b.max[0]) - a.min[0].max(b.min[0]);
    shared >= 0.0 && shared >= SHARED * a.size()[0].min(b.size()[0])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digits::ink::{scribbles, templates};
    use crate::rng::stream;

    fn upright(x: f32) -> Vec<[f32; 2]> {
        vec![[x, 0.0], [x, 100.0]]
    }

    #[test]
    fn groups_side_by_side_are_counted() {
        let of = |strokes: Vec<Vec<[f32; 2]>>| Drawing { strokes }.abreast();
        assert_eq!(of(vec![]), 0);
        assert_eq!(of(vec![vec![[f32::NAN, 0.0]]]), 0);
        assert_eq!(of(vec![vec![[3.0, 3.0]]]), 1);
        assert_eq!(of(vec![upright(0.0)]), 1);
        assert_eq!(of(vec![upright(0.0), upright(60.0)]), 2);
        assert_eq!(of(vec![upright(0.0), upright(60.0), upright(120.0)]), 3);
        // A bar that joins them, a dot beside one, a line far longer than tall.
        assert_eq!(of(vec![upright(0.0), upright(60.0), vec![[-5.0, 50.0], [65.0, 50.0]]]), 1);
        assert_eq!(of(vec![upright(0.0), vec![[60.0, 50.0]]]), 1);
        assert_eq!(of(vec![vec![[0.0, 0.0], [1e9, 1.0]]]), 1);
    }

    #[test]
    fn digits_are_one_and_rows_are_several() {
        let (mut single, mut rows) = (0, 0);
        for seed in 0..1000 {
            let mut rng = stream(seed, &[]);
            let digits: Vec<Drawing> =
                (0..2).map(|i| templates::draw(((seed + i * 3) % 10) as u8, &mut rng).unwrap()).collect();
            single += usize::from(digits[0].abreast() == 1);
            let gap = 0.02 + 0.5 * (seed as f32 / 1000.0);
            rows += usize::from(scribbles::in_a_row(digits, gap, &mut rng).abreast() > 1);
        }
        println!("one digit: {single} of 1000 are one; two digits: {rows} of 1000 are several");
        assert!(single >= 990 && rows >= 970, "{single} {rows}");
    }
}
