//! Removes dust, grain and stray dots: small connected components.

use super::Plane;

/// A component with a smaller sum of intensities than this share of the largest one's is a speck.
const SPECK: f32 = 0.03;

/// Sets the pixels of specks to background. Components are 8-connected.
pub(super) fn remove(mut ink: Plane) -> Plane {
    let (width, height) = (ink.width, ink.height);
    let mut component_of = vec![0u32; ink.values.len()];
    let mut masses = vec![0.0f32];
    let mut open = Vec::new();
    for start in 0..ink.values.len() {
        if ink.values[start] <= 0.0 || component_of[start] != 0 {
            continue;
        }
        let component = masses.len() as u32;
        let mut mass = 0.0;
        component_of[start] = component;
        open.push(start);
        while let Some(index) = open.pop() {
            mass += ink.values[index];
            let (x, y) = (index % width, index / width);
            for ny in y.saturating_sub(1)..=(y + 1).min(height - 1) {
                for nx in x.saturating_sub(1)..=(x + 1).min(width - 1) {
                    let next = ny * width + nx;
                    if ink.values[next] > 0.0 && component_of[next] == 0 {
                        component_of[next] = component;
                        open.push(next);
                    }
                }
            }
        }
        masses.push(mass);
    }
    let min_mass = masses.iter().copied().fold(0.0, f32::max) * SPECK;
    for (value, &component) in ink.values.iter_mut().zip(&component_of) {
        if masses[component as usize] < min_mass {
            *value = 0.0;
        }
    }
    ink
}
