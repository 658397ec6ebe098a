//! One source, moved command by command at times in seconds. After each the invariants are checked.

use crate::memory_store::MemoryStore;
use maitred_core::command::{NewOperator, NewSource, SetWeight, Submit};
use maitred_core::{
    Actor, Command, Contact, ContactId, Context, Operator, OperatorId, Outcome, Policy, Rejection, SourceId, Timestamp,
    World, invariants,
};

pub const SECOND: i64 = 1_000_000;
pub const BOT: SourceId = SourceId(1);
pub const ANNA: OperatorId = OperatorId(1);
pub const BORIS: OperatorId = OperatorId(2);

pub struct Bot {
    pub store: MemoryStore,
    /// Whether another node writes in between, so that nothing stays in memory.
    pub is_shared: bool,
    world: World,
}

impl Bot {
    /// Served by Anna, and by Boris if they are two, who take turns.
    pub fn served_by(names: &[&str], max_load: u32) -> Self {
        let mut bot = Self { store: MemoryStore::default(), is_shared: false, world: World::default() };
        let source = NewSource { policy: Policy::SmoothWeighted, ..NewSource::named("Bot") };
        bot.run(0, Command::CreateSource(source));
        for (&name, operator) in names.iter().zip([ANNA, BORIS]) {
            bot.run(0, Command::CreateOperator(NewOperator { max_load, ..NewOperator::named(name) }));
            bot.run(0, Command::SetWeight(SetWeight { source: BOT, operator, weight: 1 }));
        }
        bot
    }

    pub fn try_at(&mut self, now: Timestamp, command: Command) -> Result<Outcome, Rejection> {
        let context = Context { now, seed: 7, actor: Actor::System };
        if self.is_shared {
            self.world = World::new(self.store.ids);
        }
        let (mut answers, left_over) = self.store.batch(&mut self.world, &[(command, context)]);
        self.world.forget_transient();
        for follow_up in left_over {
            self.try_at(now, Command::FollowUp(follow_up)).expect("follow-ups are not refused");
        }
        let mut whole = self.store.whole();
        whole.advance(now);
        assert_eq!(invariants::check(&whole), Vec::<String>::new());
        answers.pop().expect("an answer")
    }

    pub fn run(&mut self, second: i64, command: Command) -> Outcome {
        self.try_at(Timestamp(second * SECOND), command).expect("it is carried out")
    }

    /// Carries out a command whose outcome is a contact.
    pub fn contact_by(&mut self, second: i64, command: Command) -> Contact {
        match self.run(second, command) {
            Outcome::Contact(contact) | Outcome::Closed(contact, _) => contact,
            other => panic!("{other:?}"),
        }
    }

    pub fn submit(&mut self, second: i64) -> Contact {
        self.contact_by(second, Command::Submit(Submit::new(BOT, Vec::new())))
    }

    pub fn wake(&mut self, second: i64) {
        self.run(second, Command::Wake(Timestamp(second * SECOND)));
    }

    pub fn contact(&self, id: ContactId) -> &Contact {
        &self.store.contacts[&id]
    }

    pub fn operator(&self, id: OperatorId) -> &Operator {
        &self.store.operators[&id]
    }
}
