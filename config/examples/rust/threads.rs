use std::sync::mpsc;
use std::thread;

fn collatz(start: u64) -> u32 {
    let (mut n, mut steps) = (start, 0);
    while n != 1 {
        n = if n % 2 == 0 { n / 2 } else { 3 * n + 1 };
        steps += 1;
    }
    steps
}

fn main() {
    let (sender, results) = mpsc::channel();
    for part in 0..4u64 {
        let sender = sender.clone();
        thread::spawn(move || {
            let range = part * 50_000 + 1..=(part + 1) * 50_000;
            let best = range.map(|n| (collatz(n), n)).max().unwrap();
            sender.send((part, best)).unwrap();
        });
    }
    drop(sender);
    let mut all: Vec<_> = results.iter().collect();
    all.sort();
    for (part, (steps, n)) in all {
        println!("thread {}: {} takes the most steps, {}", part, n, steps);
    }
}
