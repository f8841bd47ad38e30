//! One node of three whose clock is far off: what docs/cluster.md says of that.

use super::{A, B, C, get, is_hit, is_stored, put, three};

#[test]
fn one_wrong_clock_of_three_fails_nothing() {
    for (wrong, hours) in [(A, 1), (A, -1), (B, 1), (B, -1), (C, 1), (C, -1)] {
        let mut world = three();
        world.nodes[wrong as usize].wall.offset_ms += hours * 3_600_000;
        for client in 0..3 {
            world.reconnect(client, wrong);
        }
        world.run_for(200);
        for round in 0..40 {
            for client in 0..3 {
                let outcome = put(&mut world, client);
                assert!(is_stored(&outcome), "{wrong} {hours} h, {round}: {outcome:?}");
                let outcome = get(&mut world, (client + 1) % 3);
                assert!(is_hit(&outcome), "{wrong} {hours} h, {round}: {outcome:?}");
            }
        }
    }
}

/// What it held and knew of versions is as far ahead as its clock was when it started.
#[test]
fn a_node_that_started_with_a_wrong_clock_fails_nothing() {
    for wrong in [A, B, C] {
        for hours in [1, -1] {
            let mut world = three();
            world.nodes[wrong as usize].wall.offset_ms += hours * 3_600_000;
            world.start(wrong);
            world.run_for(200);
            for client in [0, 1, 2, 0, 1, 2] {
                let outcome = put(&mut world, client);
                assert!(is_stored(&outcome), "{wrong} {hours} h: {outcome:?}");
                let outcome = get(&mut world, (client + 1) % 3);
                assert!(is_hit(&outcome), "{wrong} {hours} h: {outcome:?}");
            }
        }
    }
}
