//! A cache in virtual time, as a transcript: `cargo run --example native`.

use std::time::Duration;

use tidecache::{Cache, CacheBuilder, ConfigError, ManualClock, PolicyKind};

fn main() -> Result<(), ConfigError> {
    let clock = ManualClock::new();
    let mut cache = CacheBuilder::new()
        .policy(PolicyKind::Lru)
        .max_entries(3)
        .max_weight(40)
        .weigher(|key: &String, value: &String| (key.len() + value.len()) as u64)
        .default_ttl(Duration::from_secs(60))
        .on_removal(|key, value, reason| println!("           {key} = {value} left: {reason:?}"))
        .build_with_clock(clock.clone())?;

    insert(&mut cache, "ada", "Lovelace");
    insert(&mut cache, "alan", "Turing");
    insert(&mut cache, "grace", "Hopper");
    read(&mut cache, "ada");

    println!("\nThree is all it may hold, and alan was used longest ago:");
    insert(&mut cache, "edsger", "Dijkstra");
    read(&mut cache, "alan");

    println!("\nA heavier value needs the room of others, a too heavy one gets none:");
    insert(&mut cache, "ada", "Augusta Ada King, Lovelace");
    insert(&mut cache, "barbara", &"Liskov ".repeat(9));

    println!("\nA minute later everything is dead, though nobody has freed it yet:");
    clock.advance(Duration::from_secs(60));
    println!("{} held, {} of weight", cache.len(), cache.weight());
    while cache.advance() {}
    println!(
        "{} held, {} of weight, next wake: {:?}",
        cache.len(),
        cache.weight(),
        cache.next_deadline()
    );

    let stats = cache.stats();
    println!("\n{stats:?}, hit rate {:.2}", stats.hit_rate());
    Ok(())
}

type Names = Cache<String, String, ManualClock>;

fn insert(cache: &mut Names, key: &str, value: &str) {
    let held = cache.insert(key.to_owned(), value.to_owned());
    println!("insert     {key} -> {}", if held { "held" } else { "refused" });
}

fn read(cache: &mut Names, key: &str) {
    println!("get        {key} -> {:?}", cache.get(key));
}
