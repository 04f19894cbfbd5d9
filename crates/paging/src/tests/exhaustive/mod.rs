//! Every scan of every small list: all interleavings of requests, answers, losses, edits and resumes, up to a size.
//!
//! A scope fixes how the service answers, how the scan is made, and how many edits, faults and stops may happen. Within
//! it, a depth-first search visits each state once. The oracle has no windows: it keeps the list's history and
//! what was delivered, and demands that each record that was there throughout comes, that records come newest first and
//! none twice, that the scan ends, and that it never waits for nothing.
//!
//! `EXHAUSTIVE=deep` searches larger scopes, for about an hour.

mod scopes;
mod state;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};
use std::time::Instant;

use scopes::{Scope, scopes};
use state::{Move, State};

/// Longer paths mean that the scan does not end.
const MOST_STEPS: usize = 300;

/// Visits every state of the scope; returns how many there are.
fn search(scope: &Scope) -> Result<u64, String> {
    let hashers = [RandomState::new(), RandomState::new()];
    let digest = |state: &State| hashers.each_ref().map(|hasher| hasher.hash_one(state));
    let mut visited = HashSet::new();
    let mut path: Vec<(State, Vec<Move>, Option<Move>)> = Vec::new();
    let first = State::new(scope);
    visited.insert(digest(&first));
    let moves = first.moves(scope);
    path.push((first, moves, None));
    while let Some((state, moves, _)) = path.last_mut() {
        let Some(chosen) = moves.pop() else {
            path.pop();
            continue;
        };
        let explain = |error: &str, path: &[(State, Vec<Move>, Option<Move>)]| {
            let made: Vec<_> = path.iter().filter_map(|(_, _, made)| *made).chain([chosen]).collect();
            format!("{error}: {scope:?} by {made:?}")
        };
        let next = state.clone().apply(scope, chosen);
        match next {
            Err(error) => return Err(explain(&error, &path)),
            Ok(None) => {}
            Ok(Some(next)) if visited.insert(digest(&next)) => {
                if path.len() > MOST_STEPS {
                    return Err(explain("the scan does not end", &path));
                }
                let moves = next.moves(scope);
                if !next.ended && next.is_stuck(scope) {
                    return Err(explain("it waits for nothing", &path));
                }
                path.push((next, moves, Some(chosen)));
            }
            Ok(Some(_)) => {}
        }
    }
    Ok(visited.len() as u64)
}

#[test]
fn every_scan_of_every_small_list_is_exact() {
    let deep = std::env::var("EXHAUSTIVE").is_ok_and(|depth| depth == "deep");
    let began = Instant::now();
    let mut total = 0;
    for (name, scopes) in scopes(deep) {
        let (began, number) = (Instant::now(), scopes.len());
        let states: u64 = std::thread::scope(|threads| {
            let halves: Vec<_> = [0, 1]
                .map(|half| {
                    let scopes = &scopes;
                    threads.spawn(move || {
                        let own = scopes.iter().skip(half).step_by(2);
                        own.map(|scope| search(scope).unwrap_or_else(|error| panic!("{error}"))).sum::<u64>()
                    })
                })
                .into_iter()
                .collect();
            halves.into_iter().map(|half| half.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).sum()
        });
        println!("{states:>10} states in {number:>3} scopes, {:>6.1} s: {name}", began.elapsed().as_secs_f64());
        total += states;
    }
    println!("{total:>10} states in all, {:.1} s", began.elapsed().as_secs_f64());
    assert!(total > 1000, "the search visited nothing");
}
