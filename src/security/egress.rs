//! May it leave? Whether a notice may go to a host is asked of the same policies as what people may do: the one who acts is
//! the notifier, and what it acts on is the channel with its host and the kind of data.

use cedar_policy::{Context, Entities, Entity, EntityUid, Request};

use super::authority::{Authority, Decision, REASON, entity, text, uid};
use crate::domain::Destination;

/// Its name in policies. No person does it, so it is no action that could be granted to a role.
pub(super) const ACTION: &str = "notification:send";

fn notifier() -> EntityUid {
    uid("Service", "notifier")
}

fn channel(to: &Destination) -> EntityUid {
    uid("Channel", to.channel.as_str())
}

/// Everything that a policy may look at.
fn entities(to: &Destination) -> [Entity; 2] {
    let attributes = [
        ("kind", text(&to.kind)),
        ("host", text(&to.host)),
        ("reach", text(to.reach.word())),
        ("data", text(to.data.word())),
    ];
    [entity(notifier(), [], []), entity(channel(to), attributes, [])]
}

impl Authority {
    /// Whether data of this kind may go to this host. What no policy permits stays here.
    pub fn may_send(&self, to: &Destination) -> Decision {
        let (authorizer, schema, policies) = self.parts();
        let action = uid("Action", ACTION);
        let request = match Request::new(notifier(), action, channel(to), Context::empty(), Some(schema)) {
            Ok(request) => request,
            Err(error) => return Decision::Deny { reason: error.to_string() },
        };
        let all = Entities::from_entities(entities(to), None).expect("the two entities are distinct");
        let response = authorizer.is_authorized(&request, policies, &all);
        if response.decision() == cedar_policy::Decision::Allow {
            return Decision::Allow;
        }
        let forbidden = response.diagnostics().reason().find_map(|policy| policies.annotation(policy, REASON));
        let reason = forbidden.map_or_else(
            || format!("no policy permits {ACTION} of {} to a {} host", to.data.word(), to.reach.word()),
            str::to_owned,
        );
        Decision::Deny { reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{NoticeData, Reach};

    #[test]
    fn what_the_code_tells_of_a_channel_is_what_the_schema_expects() {
        let schema = super::super::policies::schema().unwrap();
        for (reach, data) in [(Reach::Loopback, NoticeData::Summary), (Reach::Public, NoticeData::Values)] {
            let to = Destination { channel: "m".into(), kind: "email".into(), host: "h".into(), reach, data };
            Entities::from_entities(entities(&to), Some(&schema)).unwrap();
        }
    }
}
