//! Segments and their replay.

use super::*;

fn pool(members: i64) -> Pool {
    let candidate = |n| Candidate {
        operator: OperatorId(n),
        weight: n as u32,
        is_active: true,
        away: None,
        load: 0,
        max_load: 100,
        last_assigned_at: None,
        credit: 0,
    };
    Pool::new((1..=members).map(candidate).collect())
}

/// Makes the same change in the pool and in its recording.
fn assign(recording: &mut Recording, pool: &mut Pool, index: usize) {
    recording.assigned(index, Timestamp(5));
    pool.assign(index, Timestamp(5));
}

#[test]
fn a_batch_in_which_everybody_waits_leaves_a_segment_with_a_key_of_its_own() {
    let mut pool = pool(2);
    let mut recording = Recording::start(PoolId(1), &pool);
    assert_eq!(recording.observe(&pool), 0);
    let waiting = recording.take_segment().expect("the snapshot");
    assign(&mut recording, &mut pool, 0);
    let assigned = recording.take_segment().expect("a step");
    assign(&mut recording, &mut pool, 1);
    assign(&mut recording, &mut pool, 1);
    let more = recording.take_segment().expect("two steps");
    assign(&mut recording, &mut pool, 0);
    let last = recording.take_segment().expect("a step");
    let segments = [waiting, assigned, more, last];
    assert_eq!(segments.each_ref().map(|s| s.first_step), [0, 1, 2, 4]);
    assert_eq!(replay(segments.iter().map(|s| &*s.bytes), 4), Ok(pool));
    assert_eq!(recording.take_segment(), None);
}

#[test]
fn playing_forwards_gives_what_replaying_each_step_gives() {
    let mut pool = pool(3);
    let mut recording = Recording::start(PoolId(1), &pool);
    let mut pools = vec![pool.clone()];
    let mut segments = Vec::new();
    for n in 0..60 {
        assign(&mut recording, &mut pool, n % 3);
        pools.push(pool.clone());
        if n % 7 == 0 {
            segments.extend(recording.take_segment());
        }
    }
    segments.extend(recording.take_segment());
    let bytes = || segments.iter().map(|s| &*s.bytes);
    let mut playback = Playback::start(bytes()).expect("a snapshot");
    for (step, pool) in pools.iter().enumerate().step_by(4) {
        assert_eq!(playback.pool_at(step as u32), Ok(pool));
        assert_eq!(replay(bytes(), step as u32).as_ref(), Ok(pool));
    }
    assert_eq!(playback.pool_at(61), Err(Malformed::Truncated));
}

#[test]
fn a_recording_of_version_1_is_played_by_its_own_rules() {
    let member = |n| Candidate {
        operator: OperatorId(n),
        weight: 1_000_000_000,
        is_active: true,
        away: None,
        load: 0,
        max_load: 100,
        last_assigned_at: None,
        credit: 0,
    };
    let members: Vec<Candidate> = (1..=9_000).map(member).collect();
    let mut first = Pool::with_rules(members.clone(), EarningRules::First);
    let mut second = Pool::new(members);
    let mut recording = Recording::start(PoolId(1), &first);
    for index in [3, 5, 3] {
        recording.assigned(index, Timestamp(5));
        first.assign(index, Timestamp(5));
        second.assign(index, Timestamp(5));
    }
    let Segment { mut bytes, .. } = recording.take_segment().expect("three steps");
    assert_eq!(replay([&bytes[..]], 3).as_ref(), Ok(&second));
    bytes[0] = 1;
    assert_eq!(replay([&bytes[..]], 3).as_ref(), Ok(&first));
    assert_eq!(first.candidates()[0].credit, 3_000_000_000, "half of what they were entitled to");
    assert_eq!(members_of(&bytes), Ok(9_000));
    bytes[0] = 4;
    assert_eq!(replay([&bytes[..]], 3), Err(Malformed::UnknownVersion(4)));
}

fn members_of(bytes: &[u8]) -> Result<u64, Malformed> {
    super::members(&bytes[..HEAD_BYTES as usize])
}
