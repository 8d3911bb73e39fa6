//! Ink files: a drawing a line, framed as for a network.
#![no_main]

use convscope::digits::ink::file;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(entries) = file::read(bytes) else { return };
    for entry in entries.iter().take(3) {
        if let Ok(Some(frame)) = entry.drawing.frame() {
            assert!(frame.0.iter().all(|pixel| (0.0..=1.0).contains(pixel)));
        }
    }
    let again = file::read(file::write(&entries).as_bytes()).expect("what was read is written so that it can be read");
    assert!(again == entries);
});
