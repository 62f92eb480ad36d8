//! In which order children are started, and who is started anew with one that has ended. Pure.

/// Whom a child of a group takes along when it is restarted.
#[expect(clippy::enum_variant_names, reason = "these are the terms of OTP")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Nobody.
    OneForOne,
    /// All that stand after it in the group.
    RestForOne,
    /// The whole group.
    AllForOne,
}

/// Children in order of start, in groups. A group within a group is taken along as a whole; an end within it stays there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan<K> {
    /// One child.
    Child(K),
    /// Some that stand together.
    Group(Strategy, Vec<Plan<K>>),
}

impl<K: Clone + PartialEq> Plan<K> {
    /// A group of children alone.
    pub fn group(strategy: Strategy, keys: impl IntoIterator<Item = K>) -> Self {
        Self::Group(strategy, keys.into_iter().map(Self::Child).collect())
    }

    /// All children, in order of start.
    pub fn keys(&self) -> Vec<K> {
        match self {
            Self::Child(key) => vec![key.clone()],
            Self::Group(_, members) => members.iter().flat_map(Self::keys).collect(),
        }
    }

    /// Who is started anew when `ended` is: itself and those it takes along, in order of start. Empty for a stranger.
    pub fn started_anew(&self, ended: &K) -> Vec<K> {
        let Self::Group(strategy, members) = self else {
            return self.keys().into_iter().filter(|key| key == ended).collect();
        };
        let Some(place) = members.iter().position(|member| member.keys().contains(ended)) else { return Vec::new() };
        if let inner @ Self::Group(..) = &members[place] {
            return inner.started_anew(ended);
        }
        let along = match strategy {
            Strategy::OneForOne => &members[place..=place],
            Strategy::RestForOne => &members[place..],
            Strategy::AllForOne => &members[..],
        };
        along.iter().flat_map(Self::keys).collect()
    }
}
