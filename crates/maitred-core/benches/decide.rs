//! What a decision costs: choosing and settling among some candidates, and a whole submission.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use maitred_core::command::{NewOperator, NewSource, Submit};
use maitred_core::draw::derive_seed;
use maitred_core::policy::{Rule, choose};
use maitred_core::pool::{Candidate, Pool};
use maitred_core::world::Found;
use maitred_core::{
    Actor, Command, Context, Identity, IdentityKind, OperatorId, Policy, SourceId, SourceKind, Timestamp, World, decide,
};
use std::hint::black_box;

const BOT: SourceId = SourceId(1);

/// Everybody eligible, different weights, loads and idle times.
fn pool(members: i64) -> Pool {
    let candidates = (1..=members).map(|id| Candidate {
        operator: OperatorId(id),
        weight: 1 + (id as u32 * 7) % 50,
        is_active: true,
        away: None,
        load: (id as u32 * 3) % 5,
        max_load: 1_000_000_000,
        last_assigned_at: Some(Timestamp((id * 31) % 1_009)),
        credit: 0,
    });
    Pool::new(candidates.collect())
}

fn one_decision(c: &mut Criterion) {
    for members in [20, 100, 10_000] {
        let mut group = c.benchmark_group(format!("choose and settle among {members}"));
        for policy in Policy::ALL {
            let rule = Rule::of(policy);
            group.bench_function(BenchmarkId::from_parameter(policy.as_str()), |bencher| {
                let mut pool = pool(members);
                let mut now = 10_000;
                bencher.iter(|| {
                    now += 1;
                    let picked = choose(&pool, &rule, derive_seed(7, now)).index();
                    pool.assign(picked.unwrap_or_default(), Timestamp(now.cast_signed()));
                    black_box(picked)
                });
            });
        }
        group.finish();
    }
}

fn world(policy: Policy, members: i64) -> World {
    let mut world = World::default();
    let source = NewSource { kind: SourceKind::Bot, policy, ..NewSource::named("Bot") };
    run(&mut world, Command::CreateSource(source), 0);
    for _ in 0..members {
        let operator = NewOperator { max_load: 1_000_000_000, ..NewOperator::named("Anna") };
        run(&mut world, Command::CreateOperator(operator), 0);
    }
    let weights = (1..=members).map(|id| (OperatorId(id), 1 + (id as u32 * 7) % 50));
    run(&mut world, Command::ReplaceWeights(BOT, weights.collect()), 0);
    world
}

fn run(world: &mut World, command: Command, now: i64) {
    loop {
        let needs = world.needs([&command]);
        if needs.is_empty() {
            break;
        }
        world.load(needs, Found::default());
    }
    _ = black_box(decide(
        world,
        command,
        Context { now: Timestamp(now), seed: now.cast_unsigned(), actor: Actor::System },
    ));
}

fn submit(lead: i64) -> Command {
    Command::Submit(Submit {
        message: Some("Hello!".into()),
        ..Submit::new(BOT, vec![Identity::new(IdentityKind::Phone, format!("+{lead}"))])
    })
}

fn one_submission(c: &mut Criterion) {
    for members in [20, 10_000] {
        let mut group = c.benchmark_group(format!("submit among {members}, batches of 64 included"));
        for policy in Policy::ALL {
            group.bench_function(BenchmarkId::from_parameter(policy.as_str()), |bencher| {
                let mut world = world(policy, members);
                let mut now = 0;
                bencher.iter(|| {
                    now += 1;
                    run(&mut world, submit(now), now);
                    if now % 64 == 0 {
                        black_box(world.take_changes());
                        world.forget_transient();
                    }
                });
            });
        }
        group.finish();
    }
}

criterion_group!(benches, one_decision, one_submission);
criterion_main!(benches);
