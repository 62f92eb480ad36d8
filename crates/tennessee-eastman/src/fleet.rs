//! Many independent plants on all cores.
//!
//! Each plant is stepped by exactly the code of a single one, so its results are the single plant's to the last bit,
//! whatever the number of threads and whatever its neighbours do.

use core::num::NonZeroUsize;

use crate::plant::{Config, Plant};

/// Plants that know nothing of each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    plants: Vec<Plant>,
    threads: NonZeroUsize,
}

impl Fleet {
    /// One plant for each configuration, on `threads` threads.
    #[must_use]
    pub fn new(configs: impl IntoIterator<Item = Config>, threads: NonZeroUsize) -> Self {
        Self { plants: configs.into_iter().map(Plant::new).collect(), threads }
    }

    /// The plants, in the order of their configurations.
    #[must_use]
    pub fn plants(&self) -> &[Plant] {
        &self.plants
    }

    /// The plants, to give them orders.
    pub fn plants_mut(&mut self) -> &mut [Plant] {
        &mut self.plants
    }

    /// Every plant simulates `steps` seconds.
    pub fn advance(&mut self, steps: u64) {
        self.for_each(|_, plant| {
            for _ in 0..steps {
                plant.step();
            }
        });
    }

    /// Does `work` on every plant, with its index. Each thread takes plants side by side and works through them one after
    /// the other, since one plant fits into the first cache and several do not.
    pub fn for_each(&mut self, work: impl Fn(usize, &mut Plant) + Sync) {
        let share = self.plants.len().div_ceil(self.threads.get()).max(1);
        std::thread::scope(|scope| {
            for (at, plants) in self.plants.chunks_mut(share).enumerate() {
                let work = &work;
                scope.spawn(move || {
                    for (offset, plant) in plants.iter_mut().enumerate() {
                        work(at * share + offset, plant);
                    }
                });
            }
        });
    }
}
