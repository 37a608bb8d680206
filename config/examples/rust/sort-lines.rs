use std::env;
use std::io::{self, BufRead};

fn main() {
    let reversed = env::args().any(|arg| arg == "--reverse");
    let mut lines: Vec<String> = io::stdin().lock().lines().map(|line| line.unwrap()).collect();
    lines.sort_by_key(|line| line.to_lowercase());
    if reversed {
        lines.reverse();
    }
    for (number, line) in lines.iter().enumerate() {
        println!("{:>2}  {}", number + 1, line);
    }
}
