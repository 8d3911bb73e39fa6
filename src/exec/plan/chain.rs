//! Memory planning for a network whose nodes form a chain, such as the LeNets: only two adjacent values are live at
//! the same time, so one is stored at the start of the arena and the next at its end. A fifth of the code of
//! [`branches`](super::branches), for a binary that is downloaded before the first digit is classified.

use super::fuse::Group;
use super::place::{Place, Places, Region, views};
use crate::error::{Error, Result};
use crate::graph::Graph;
use crate::kernels::view::Border;
use crate::tensor::Shape;

/// Places all values of a chain in the arena.
///
/// # Errors
/// [`Error::Beyond`] for a network that is not a chain from its only input to its only output.
pub(super) fn place(graph: &Graph, shapes: &[Shape], groups: &[Group], borders: &[Border]) -> Result<Places> {
    let nodes = graph.nodes().len();
    // With one input, the value before a node's own has the node's index.
    let follows = (0..nodes).all(|node| graph.sources(node) == [node]);
    if graph.inputs().len() != 1 || graph.outputs() != [nodes] || !follows {
        return Err(Error::beyond("a network that branches"));
    }
    let mut regions = vec![Region::new(&shapes[0])];
    // For each value, its region, and the number of border cells there that it includes.
    let mut locations = vec![None; shapes.len()];
    locations[0] = Some((0, 0));
    let mut inner = 0;
    let mut idle = Vec::with_capacity(groups.len());
    let mut source = 0;
    for (group, border) in groups.iter().zip(borders) {
        let (region, value) = (regions.len() - 1, graph.value(group.last()));
        regions[region].want(border.grown(inner));
        let viewed = views(graph.nodes()[group.main].layer().role(), &shapes[source], &shapes[value]);
        if let Some(border) = viewed {
            inner += border;
            regions[region].want(Border::default().grown(inner));
        } else {
            inner = 0;
            regions.push(Region::new(&shapes[value]));
        }
        idle.push(viewed.is_some());
        locations[value] = Some((regions.len() - 1, inner));
        source = value;
    }

    let sizes: Vec<usize> = regions.iter().map(Region::size).collect();
    let mut arena = sizes[0];
    for pair in sizes.windows(2) {
        arena = arena.max(pair[0] + pair[1]);
    }
    let mut placed = Vec::with_capacity(regions.len());
    for (index, region) in regions.iter().enumerate() {
        placed.push(region.place(if index.is_multiple_of(2) { 0 } else { arena - sizes[index] }));
    }
    // The two regions are disjoint, so a border that is zero stays zero.
    let clear =
        |region: usize| (regions[region].is_bordered() && regions.len() > 2).then(|| placed[region].clone());
    let mut places = Places {
        of: vec![None; shapes.len()],
        arena,
        clear: Vec::with_capacity(groups.len()),
        clear_inputs: vec![clear(0)],
        idle,
    };
    for (value, location) in locations.iter().enumerate() {
        if let &Some((region, inner)) = location {
            let Place { region, view } = placed[region].clone();
            places.of[value] = Some(Place { region, view: view.grown(inner) });
        }
    }
    for group in groups {
        let written = locations[graph.value(group.last())];
        places.clear.push(written.and_then(|(region, _)| clear(region)));
    }
    Ok(places)
}
