//! Server-sent events, read as they come: lines may end in any of three ways, and a chunk may end in the middle of a letter.

use super::LlmError;

/// Longest event; a line without an end is not read for ever.
const EVENT_BYTES_MAX: usize = 1 << 20;

/// One event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Event {
    /// Its kind, where the server names it.
    pub kind: Option<String>,
    /// What it holds.
    pub data: String,
}

/// Puts bytes together to events.
#[derive(Debug, Default)]
pub(super) struct Reader {
    line: Vec<u8>,
    after_return: bool,
    kind: Option<String>,
    data: Option<String>,
    bytes: usize,
    begun: bool,
}

impl Reader {
    /// The events that are complete with these bytes.
    pub fn read(&mut self, bytes: &[u8]) -> Result<Vec<Event>, LlmError> {
        let mut events = Vec::new();
        for byte in bytes {
            let follows_return = std::mem::replace(&mut self.after_return, *byte == b'\r');
            match byte {
                b'\n' if follows_return => {}
                b'\n' | b'\r' => events.extend(self.line_ended()?),
                _ => {
                    self.bytes += 1;
                    if self.bytes > EVENT_BYTES_MAX {
                        return Err(LlmError::TooLarge { most: EVENT_BYTES_MAX });
                    }
                    self.line.push(*byte);
                }
            }
        }
        Ok(events)
    }

    fn line_ended(&mut self) -> Result<Option<Event>, LlmError> {
        let line = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&line).map_err(|_| LlmError::Broken("it is not UTF-8".into()))?;
        let line = if std::mem::replace(&mut self.begun, true) { line } else { line.trim_start_matches('\u{feff}') };
        if line.is_empty() {
            self.bytes = 0;
            let kind = self.kind.take();
            return Ok(self.data.take().map(|data| Event { kind, data }));
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => self.kind = Some(value.to_owned()),
            "data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => self.data = Some(value.to_owned()),
            },
            // Comments keep the line alive; ids and retries are for those who reconnect.
            _ => {}
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(kind: Option<&str>, data: &str) -> Event {
        Event { kind: kind.map(str::to_owned), data: data.to_owned() }
    }

    #[test]
    fn fields_are_put_together_and_the_rest_is_ignored() {
        #[track_caller]
        fn check(text: &str, expected: &[Event]) {
            assert_eq!(Reader::default().read(text.as_bytes()).unwrap(), expected, "{text:?}");
        }
        check("data: a\n\n", &[event(None, "a")]);
        check("\u{feff}data:a\r\rdata\r\r", &[event(None, "a"), event(None, "")]);
        check(": ping\n\nevent: x\r\ndata:  b\r\ndata: c\r\n\r\n", &[event(Some("x"), " b\nc")]);
        check("id: 7\nretry: 9\nevent: lost\n\ndata: d\n\n", &[event(None, "d")]);
        check("data: without an end\n", &[]);
    }

    #[test]
    fn a_line_without_an_end_is_not_read_for_ever() {
        let mut reader = Reader::default();
        let kilobyte = [b'x'; 1024];
        let read = (0..=EVENT_BYTES_MAX / 1024).map(|_| reader.read(&kilobyte)).find_map(Result::err);
        assert!(matches!(read, Some(LlmError::TooLarge { .. })));
        assert!(matches!(Reader::default().read(b"data: \xff\n"), Err(LlmError::Broken(_))));
    }

    proptest! {
        #[test]
        fn it_does_not_matter_where_chunks_are_cut(
            told in prop::collection::vec(("[a-z]{0,5}", "[^\r\n\u{feff}]{0,12}"), 0..6),
            ends in prop::sample::select(vec!["\n", "\r\n", "\r"]),
            cut in 1usize..7,
        ) {
            let text: String =
                told.iter().map(|(kind, data)| format!("event: {kind}{ends}data: {data}{ends}{ends}")).collect();
            let mut reader = Reader::default();
            let mut events = Vec::new();
            for chunk in text.as_bytes().chunks(cut) {
                events.extend(reader.read(chunk).unwrap());
            }
            let expected: Vec<Event> = told.iter().map(|(kind, data)| event(Some(kind), data)).collect();
            prop_assert_eq!(events, expected);
        }
    }
}
