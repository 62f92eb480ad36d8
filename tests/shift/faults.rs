//! What each fault does to a running platform.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use ractor::{ActorCell, ActorId};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tep::actors::{Root, SourceCommand};
use tep::domain::ActorPortrait;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::life::PLANT;
use super::record::Record;
use super::script::{Moment, Table};
use super::stage::Stage;

/// How long a fault waits for its victim to be there.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(20);

/// Somebody else at the database. One at a time: they would wait for each other while the clock stands.
#[derive(Clone)]
pub struct Intruder {
    file: PathBuf,
    turn: Arc<Mutex<()>>,
    at_work: Arc<AtomicUsize>,
}

impl Intruder {
    pub fn at(file: PathBuf) -> Self {
        Self { file, turn: Arc::default(), at_work: Arc::default() }
    }

    /// Whether the database is being disturbed now.
    pub fn is_at_work(&self) -> bool {
        self.at_work.load(Ordering::Relaxed) > 0
    }

    pub async fn connect(&self) -> DatabaseConnection {
        Database::connect(format!("sqlite://{}", self.file.display())).await.expect("a second way into the database")
    }

    /// Holds the write lock for a while.
    pub async fn lock(self, stage: Stage, millis: u64) {
        self.disturb(stage, "BEGIN IMMEDIATE", millis, "ROLLBACK").await;
    }

    /// Lets every write into a table fail for a while.
    pub async fn fail_writes(self, stage: Stage, table: Table, millis: u64) {
        let table = match table {
            Table::Scans => "scan",
            Table::Journal => "alarm_journal",
        };
        let begin = format!(
            "CREATE TRIGGER IF NOT EXISTS shift_fault_{table} BEFORE INSERT ON {table} \
             BEGIN SELECT RAISE(ABORT, 'the disk has a bad sector'); END"
        );
        self.disturb(stage, &begin, millis, &format!("DROP TRIGGER IF EXISTS shift_fault_{table}")).await;
    }

    async fn disturb(&self, stage: Stage, begin: &str, millis: u64, end: &str) {
        let _turn = self.turn.lock().await;
        self.at_work.fetch_add(1, Ordering::Relaxed);
        let database = stage
            .meanwhile_time_stands(async {
                // One connection only, so that what one statement locks the other unlocks.
                let mut options = sea_orm::ConnectOptions::new(format!("sqlite://{}", self.file.display()));
                options.max_connections(1);
                let database = Database::connect(options).await.expect("a second way into the database");
                database.execute_unprepared(begin).await.expect("the intruder gets in");
                database
            })
            .await;
        sleep(Duration::from_millis(millis)).await;
        stage
            .meanwhile_time_stands(async {
                database.execute_unprepared(end).await.expect("the intruder leaves");
                drop(database.close().await);
            })
            .await;
        self.at_work.fetch_sub(1, Ordering::Relaxed);
    }

    /// What a killed process has left half done is over: its last statement has ended one way or the other, and no fault
    /// outlives the one who made it.
    pub async fn tidy_up(&self) {
        if !self.file.exists() {
            return;
        }
        let database = self.connect().await;
        for statement in [
            "BEGIN IMMEDIATE",
            "DROP TRIGGER IF EXISTS shift_fault_scan",
            "DROP TRIGGER IF EXISTS shift_fault_alarm_journal",
            "COMMIT",
        ] {
            database.execute_unprepared(statement).await.expect("the dead let go of the database");
        }
        database.close().await.expect("the database closes");
        self.at_work.store(0, Ordering::Relaxed);
    }
}

/// Lies in wait for an actor.
pub async fn ambush(root: Root, path: String, at: Moment, record: Record) {
    if let Some(victim) = living(&root, &path).await {
        record.ambush(at, victim);
    }
}

/// Ends an actor so many times, each time when it is there.
pub async fn crash(root: Root, path: String, times: u64) {
    for _ in 0..times {
        let begun = Instant::now();
        let victim = loop {
            match living(&root, &path).await {
                Some(victim) => break victim,
                // It has been left out, or its parent is away for longer.
                None if begun.elapsed() > PATIENCE => return,
                None => sleep(LOOK).await,
            }
        };
        victim.kill();
        while living(&root, &path).await.is_some_and(|cell| cell.get_id() == victim.get_id()) {
            sleep(LOOK).await;
        }
    }
}

async fn living(root: &Root, path: &str) -> Option<ActorCell> {
    let tree = root.tree().await.ok()?;
    if path == "root" {
        // The root does not say its own name; its child knows it.
        let child = tree.children.first()?.actor_id.clone()?;
        return cell(&child)?.try_get_supervisor();
    }
    cell(&find(&tree, path)?.actor_id?)
}

fn cell(id: &str) -> Option<ActorCell> {
    let number = id.rsplit('.').next()?.parse().ok()?;
    ractor::registry::where_is_pid(ActorId::Local(number))
}

fn find(portrait: &ActorPortrait, path: &str) -> Option<ActorPortrait> {
    if portrait.path.ends_with(path) {
        return Some(portrait.clone());
    }
    portrait.children.iter().find_map(|child| find(child, path))
}

/// The engineer gives an order, and repeats it until it is taken.
pub async fn order(root: Root, command: SourceCommand) {
    loop {
        if let Ok(doors) = root.doors(&PLANT.into()).await
            && doors.source.order(command).await.is_ok()
        {
            return;
        }
        sleep(Duration::from_millis(500)).await;
    }
}

/// Gives an order, and after a while the opposite one.
pub async fn order_for(root: Root, command: SourceCommand, millis: u64, back: SourceCommand) {
    order(root.clone(), command).await;
    sleep(Duration::from_millis(millis)).await;
    order(root, back).await;
}
